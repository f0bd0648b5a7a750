//! Every interleaving of a program, one atomic step at a time, with no reduction.

use std::collections::{BTreeMap, BTreeSet};

use selvedge::{Behaviour, Time};

use super::{LOCATIONS, LOCKS, Op, Program};

type Name = (u32, u32);

/// What a thread does next: the program's operations, with a wait taken apart.
#[derive(Clone, Debug)]
enum Step {
    Op(Op),
    Await(usize),
    /// The second half of a condition of two, of which the first half read the location when it had so many writes.
    AwaitSecond(usize, u32, (usize, usize)),
    /// Waits to be notified or times out.
    Leave(usize, u64),
    /// Waits for a change of what was read in the round.
    Hint,
}

#[derive(Clone)]
struct Machine {
    /// What is left of each thread, the next step last.
    threads: Vec<Vec<Step>>,
    /// How many events each thread has done.
    events: Vec<u32>,
    values: [u32; LOCATIONS],
    orders: [Vec<Name>; LOCATIONS],
    /// The writes of updates that wrote what they had read. Who waits for a change does not wait for those.
    idle: BTreeSet<Name>,
    owners: [Option<usize>; LOCKS],
    /// The waiters of each condition variable, and whether they are notified.
    waiters: [Vec<(usize, bool)>; LOCKS],
    held: [bool; LOCKS],
    served: [[Vec<(Name, u32)>; LOCKS]; 4],
    reads: Vec<(Name, Option<Name>)>,
    /// How many writes of each location a thread knew that has read it since its last hint and not written it after that.
    seen: Vec<[Option<usize>; LOCATIONS]>,
    /// Whether somebody has assumed what does not hold.
    dropped: bool,
    time: Time,
    now: u64,
    /// When a thread may go on that has come to sleep, or to a timed wait.
    deadlines: Vec<Option<u64>>,
    daemons: Vec<bool>,
    /// Whether the program has ended, for which the daemons have not been waited.
    ended: bool,
}

/// The behaviours of all interleavings; deadlocked ones as far as they go.
pub fn behaviours(program: &Program) -> BTreeSet<Behaviour> {
    preemptions_in(Time::Adversarial, program).into_keys().collect()
}

/// The same for a reading of time. In virtual time the clock goes on when nobody can take a step, to the next deadline.
pub fn behaviours_in(time: Time, program: &Program) -> BTreeSet<Behaviour> {
    preemptions_in(time, program).into_keys().collect()
}

/// As [`behaviours`], each with the fewest preemptions of an interleaving that shows it.
pub fn preemptions(program: &Program) -> BTreeMap<Behaviour, usize> {
    preemptions_in(Time::Adversarial, program)
}

/// The same for a reading of time.
pub fn preemptions_in(time: Time, program: &Program) -> BTreeMap<Behaviour, usize> {
    let least = |(behaviour, least): (Behaviour, Least)| (behaviour, least.preemptions);
    explore(time, program).into_iter().map(least).collect()
}

/// For each behaviour in which all threads end, the fewest switches of an interleaving.
pub fn switches(program: &Program) -> BTreeMap<Behaviour, usize> {
    let found = explore(Time::Adversarial, program).into_iter().filter(|(_, least)| least.ends);
    found.map(|(behaviour, least)| (behaviour, least.switches)).collect()
}

/// The least of all interleavings of a behaviour, each of its own.
struct Least {
    preemptions: usize,
    switches: usize,
    /// Whether all threads end.
    ends: bool,
}

fn explore(time: Time, program: &Program) -> BTreeMap<Behaviour, Least> {
    let reversed = |ops: &Vec<Op>| ops.iter().rev().cloned().map(Step::Op).collect();
    let mut machine = Machine {
        threads: program.iter().map(reversed).collect(),
        events: vec![0; program.len()],
        values: [0; LOCATIONS],
        orders: Default::default(),
        idle: BTreeSet::new(),
        owners: [None; LOCKS],
        waiters: Default::default(),
        held: Default::default(),
        served: Default::default(),
        reads: Vec::new(),
        seen: vec![Default::default(); program.len()],
        dropped: false,
        time,
        now: 0,
        deadlines: vec![None; program.len()],
        daemons: program.iter().map(|ops| ops.first() == Some(&Op::Daemon)).collect(),
        ended: false,
    };
    // Nobody is before the first.
    machine.threads[0].retain(|step| !matches!(step, Step::Op(Op::JoinPrevious)));
    for thread in 0..program.len() {
        machine.threads[thread].retain(|step| !matches!(step, Step::Op(Op::Daemon)));
        machine.arrive(thread);
    }
    let mut found = BTreeMap::new();
    machine.explore(None, (0, 0), &mut found);
    found
}

const MUTEX: usize = 0;
const CONDVAR: usize = 1;
const FREE: usize = 2;
const OBSERVER: usize = 3;

impl Machine {
    /// `running`: the thread that took the step before; `so_far`: preemptions and switches.
    fn explore(
        &self,
        running: Option<usize>,
        so_far: (usize, usize),
        found: &mut BTreeMap<Behaviour, Least>,
    ) {
        if self.dropped {
            return;
        }
        let mut stuck = true;
        let could_go_on = running.is_some_and(|running| self.could_go_on(running));
        for thread in 0..self.threads.len() {
            let cost = match running {
                Some(running) if running != thread => (so_far.0 + usize::from(could_go_on), so_far.1 + 1),
                _ => so_far,
            };
            for alternative in 0.. {
                let mut next = self.clone();
                if !next.step(thread, alternative) {
                    break;
                }
                stuck = false;
                next.arrive(thread);
                next.explore(Some(thread), cost, found);
            }
        }
        let unmarked_left =
            (0..self.threads.len()).any(|thread| !self.daemons[thread] && !self.threads[thread].is_empty());
        if !unmarked_left && !self.ended && self.daemons.contains(&true) {
            let mut next = self.clone();
            next.ended = true;
            // The last of the engine's threads sees the ends of the others and then tells the observer.
            next.served[OBSERVER][0].push(((self.threads.len() as u32 + 1, 1), 0));
            next.explore(running, so_far, found);
            return;
        }
        let deadline = self.deadlines.iter().flatten().filter(|d| **d > self.now).min();
        if let Some(deadline) = deadline.filter(|_| stuck && !self.ended && self.time == Time::Virtual) {
            let mut next = self.clone();
            next.now = *deadline;
            next.explore(running, so_far, found);
            return;
        }
        let stale = |steps: &Vec<Step>| match steps.last() {
            Some(Step::AwaitSecond(_, _, (x, seen))) => self.orders[*x].len() > *seen,
            _ => false,
        };
        if stuck && !self.threads.iter().any(stale) {
            let ends = self.threads.iter().all(Vec::is_empty);
            let (preemptions, switches) = so_far;
            let least = found.entry(self.behaviour()).or_insert(Least { preemptions, switches, ends });
            least.preemptions = preemptions.min(least.preemptions);
            least.switches = switches.min(least.switches);
        }
    }

    /// Whether the thread has a step that it could take, other than to time out, and does not itself let others go first.
    fn could_go_on(&self, thread: usize) -> bool {
        match self.threads[thread].last() {
            Some(Step::Hint) => false,
            Some(Step::Op(Op::AcquireTimeout(l, _))) => !self.held[*l],
            Some(Step::Leave(m, _)) => self.waiters[*m].contains(&(thread, true)),
            _ => self.clone().step(thread, 0),
        }
    }

    fn behaviour(&self) -> Behaviour {
        let mut reads = self.reads.clone();
        let mut writes: Vec<_> = self.orders.iter().filter(|o| !o.is_empty()).cloned().collect();
        let mut served: Vec<_> = self.served.iter().flatten().filter(|o| !o.is_empty()).cloned().collect();
        reads.sort_unstable();
        writes.sort_unstable();
        served.sort_unstable();
        Behaviour { reads, writes, served, choices: Vec::new() }
    }

    /// The next event of the thread, whose number among the engine's threads is one more: the first starts the others.
    fn event(&mut self, thread: usize) -> Name {
        self.events[thread] += 1;
        (thread as u32 + 1, self.events[thread] - 1)
    }

    fn read(&mut self, thread: usize, x: usize) -> u32 {
        let name = self.event(thread);
        self.reads.push((name, self.orders[x].last().copied()));
        self.seen[thread][x] = Some(self.orders[x].len());
        self.values[x]
    }

    fn write(&mut self, thread: usize, x: usize, value: u32) {
        let name = self.event(thread);
        self.orders[x].push(name);
        self.seen[thread][x] = None;
        self.values[x] = value;
    }

    /// The locations that changed since the thread read them, each with its last change.
    fn changes(&self, thread: usize) -> impl Iterator<Item = Name> {
        (0..LOCATIONS).filter_map(move |x| {
            let since = &self.orders[x][self.seen[thread][x]?..];
            since.iter().rev().find(|write| !self.idle.contains(write)).copied()
        })
    }

    /// The thread has come to its next step.
    fn arrive(&mut self, thread: usize) {
        self.deadlines[thread] = match self.threads[thread].last() {
            Some(Step::Op(Op::Sleep(d) | Op::AcquireTimeout(_, d)) | Step::Leave(_, d)) => Some(self.now + d),
            _ => None,
        };
    }

    fn serve(&mut self, thread: usize, kind: usize, object: usize, alternative: u32) {
        let name = self.event(thread);
        self.served[kind][object].push((name, alternative));
    }

    /// Takes a step of the thread; false where it cannot, or not in so many ways.
    fn step(&mut self, thread: usize, alternative: u32) -> bool {
        let Some(step) = self.threads[thread].pop() else { return false };
        let notifies = |m: usize| self.waiters[m].iter().filter(|(_, notified)| !notified).count();
        let expired = self.time == Time::Adversarial || self.deadlines[thread].is_some_and(|d| d <= self.now);
        let ways = match step {
            Step::Op(Op::NotifyOne(m)) => notifies(m).max(1),
            Step::Op(Op::Lock(m)) => usize::from(self.owners[m].is_none()),
            Step::Await(m) => usize::from(self.waiters[m].contains(&(thread, true))),
            Step::Hint => self.changes(thread).count(),
            Step::Op(Op::Await(x, value, _) | Op::AwaitBoth([(x, value), _]))
            | Step::AwaitSecond(x, value, _) => usize::from(self.values[x] == value),
            Step::Op(Op::Acquire(l)) => usize::from(!self.held[l]),
            Step::Op(Op::AcquireTimeout(l, _)) => usize::from(!self.held[l] || expired),
            Step::Op(Op::Sleep(_)) => usize::from(expired),
            Step::Leave(m, _) => usize::from(expired || self.waiters[m].contains(&(thread, true))),
            Step::Op(Op::Report) => usize::from(!self.ended),
            Step::Op(Op::JoinPrevious) => usize::from(self.threads[thread - 1].is_empty()),
            _ => 1,
        };
        if alternative as usize >= ways {
            return false;
        }
        match step {
            Step::Op(Op::Load(x, _)) => {
                self.read(thread, x);
            }
            Step::Op(Op::Store(x, value, _)) => self.write(thread, x, value),
            Step::Op(Op::Add(x, _)) => {
                let old = self.read(thread, x);
                self.write(thread, x, old + 1);
            }
            Step::Op(Op::Cas(x, old, new, ..)) => {
                if self.read(thread, x) == old {
                    self.write(thread, x, new);
                    if new == old {
                        self.idle.extend(self.orders[x].last());
                        self.seen[thread][x] = Some(self.orders[x].len());
                    }
                }
            }
            Step::Op(Op::Fence(_)) => {
                self.event(thread);
            }
            Step::Op(Op::Lock(m)) => {
                self.serve(thread, MUTEX, m, 0);
                self.owners[m] = Some(thread);
            }
            Step::Op(Op::Unlock(m)) => {
                self.serve(thread, MUTEX, m, 0);
                self.owners[m] = None;
            }
            Step::Op(Op::TryLock(m, then)) => {
                self.serve(thread, MUTEX, m, 0);
                if self.owners[m].is_none() {
                    self.owners[m] = Some(thread);
                    self.threads[thread].push(Step::Op(Op::Unlock(m)));
                    self.threads[thread].extend(then.into_iter().rev().map(Step::Op));
                }
            }
            Step::Op(Op::Wait(m)) => {
                self.serve(thread, CONDVAR, m, 0);
                self.waiters[m].push((thread, false));
                self.threads[thread].extend([Step::Op(Op::Lock(m)), Step::Await(m), Step::Op(Op::Unlock(m))]);
            }
            Step::Await(m) => {
                self.event(thread);
                self.waiters[m].retain(|(waiter, _)| *waiter != thread);
            }
            Step::Op(Op::NotifyOne(m)) => {
                self.serve(thread, CONDVAR, m, alternative);
                if let Some(waiter) = self.waiters[m].iter_mut().filter(|w| !w.1).nth(alternative as usize) {
                    waiter.1 = true;
                }
            }
            Step::Op(Op::NotifyAll(m)) => {
                self.serve(thread, CONDVAR, m, 0);
                self.waiters[m].iter_mut().for_each(|w| w.1 = true);
            }
            Step::Op(Op::WaitTimeout(m, d)) => {
                self.serve(thread, CONDVAR, m, 0);
                self.waiters[m].push((thread, false));
                self.threads[thread].extend([
                    Step::Op(Op::Lock(m)),
                    Step::Leave(m, d),
                    Step::Op(Op::Unlock(m)),
                ]);
            }
            Step::Leave(m, _) => {
                self.serve(thread, CONDVAR, m, 0);
                self.waiters[m].retain(|(waiter, _)| *waiter != thread);
            }
            Step::Op(Op::Sleep(_)) => {}
            Step::Op(Op::Report) => self.serve(thread, OBSERVER, 0, 0),
            Step::Op(Op::Daemon) => unreachable!("a mark is no step"),
            Step::Op(Op::Acquire(l) | Op::TryAcquire(l) | Op::AcquireTimeout(l, _)) => {
                self.serve(thread, FREE, l, 0);
                self.held[l] = true;
            }
            Step::Op(Op::Release(l)) => {
                self.serve(thread, FREE, l, 0);
                self.held[l] = false;
            }
            Step::Op(Op::IsLocked(l)) => self.serve(thread, FREE, l, 0),
            Step::Op(Op::JoinPrevious) => {
                self.event(thread);
            }
            Step::Op(Op::Spin(x)) => {
                self.seen[thread] = Default::default();
                if self.read(thread, x) == 0 {
                    self.threads[thread].extend([Step::Op(Op::Spin(x)), Step::Hint]);
                }
            }
            Step::Hint => {
                let change = self.changes(thread).nth(alternative as usize).expect("there are so many ways");
                let name = self.event(thread);
                self.reads.push((name, Some(change)));
                self.seen[thread] = Default::default();
            }
            Step::Op(Op::Await(x, ..)) | Step::AwaitSecond(x, ..) => {
                self.read(thread, x);
            }
            Step::Op(Op::AwaitBoth([(x, _), (y, value)])) => {
                self.read(thread, x);
                self.threads[thread].push(Step::AwaitSecond(y, value, (x, self.orders[x].len())));
            }
            Step::Op(Op::Assume(x, value)) => self.dropped |= self.read(thread, x) != value,
        }
        true
    }
}
