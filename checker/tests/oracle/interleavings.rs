//! Every interleaving of a program, one atomic step at a time, with no reduction.

use std::collections::{BTreeMap, BTreeSet};

use selvedge::Behaviour;

use super::{LOCATIONS, LOCKS, Op, Program};

type Name = (u32, u32);

/// What a thread does next: the program's operations, with a wait taken apart.
#[derive(Clone, Debug)]
enum Step {
    Op(Op),
    Await(usize),
    /// Waits for a change of what was read since the last hint.
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
    owners: [Option<usize>; LOCKS],
    /// The waiters of each condition variable, and whether they are notified.
    waiters: [Vec<(usize, bool)>; LOCKS],
    held: [bool; LOCKS],
    served: [[Vec<(Name, u32)>; LOCKS]; 3],
    reads: Vec<(Name, Option<Name>)>,
    /// How many writes of each location a thread knew that has read it since its last hint and not written it after that.
    seen: Vec<[Option<usize>; LOCATIONS]>,
    /// Whether somebody has assumed what does not hold.
    dropped: bool,
}

/// The behaviours of all interleavings; deadlocked ones as far as they go.
pub fn behaviours(program: &Program) -> BTreeSet<Behaviour> {
    preemptions(program).into_keys().collect()
}

/// The same, each with the fewest preemptions of an interleaving that shows it.
pub fn preemptions(program: &Program) -> BTreeMap<Behaviour, usize> {
    let reversed = |ops: &Vec<Op>| ops.iter().rev().cloned().map(Step::Op).collect();
    let machine = Machine {
        threads: program.iter().map(reversed).collect(),
        events: vec![0; program.len()],
        values: [0; LOCATIONS],
        orders: Default::default(),
        owners: [None; LOCKS],
        waiters: Default::default(),
        held: Default::default(),
        served: Default::default(),
        reads: Vec::new(),
        seen: vec![Default::default(); program.len()],
        dropped: false,
    };
    let mut found = BTreeMap::new();
    machine.explore(None, 0, &mut found);
    found
}

const MUTEX: usize = 0;
const CONDVAR: usize = 1;
const FREE: usize = 2;

impl Machine {
    fn explore(&self, running: Option<usize>, preemptions: usize, found: &mut BTreeMap<Behaviour, usize>) {
        if self.dropped {
            return;
        }
        let mut stuck = true;
        let could_go_on = running.is_some_and(|running| self.could_go_on(running));
        for thread in 0..self.threads.len() {
            let preempts = could_go_on && running != Some(thread);
            for alternative in 0.. {
                let mut next = self.clone();
                if !next.step(thread, alternative) {
                    break;
                }
                stuck = false;
                next.explore(Some(thread), preemptions + usize::from(preempts), found);
            }
        }
        let spins = |steps: &Vec<Step>| matches!(steps.last(), Some(Step::Hint));
        if stuck && !self.threads.iter().any(spins) {
            let fewest = found.entry(self.behaviour()).or_insert(preemptions);
            *fewest = preemptions.min(*fewest);
        }
    }

    /// Whether the thread has a step that it could take, and does not itself let others go first.
    fn could_go_on(&self, thread: usize) -> bool {
        !matches!(self.threads[thread].last(), Some(Step::Hint)) && self.clone().step(thread, 0)
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

    /// The locations that changed since the thread read them.
    fn changes(&self, thread: usize) -> impl Iterator<Item = usize> {
        (0..LOCATIONS).filter(move |x| self.seen[thread][*x].is_some_and(|seen| seen < self.orders[*x].len()))
    }

    fn serve(&mut self, thread: usize, kind: usize, object: usize, alternative: u32) {
        let name = self.event(thread);
        self.served[kind][object].push((name, alternative));
    }

    /// Takes a step of the thread; false where it cannot, or not in so many ways.
    fn step(&mut self, thread: usize, alternative: u32) -> bool {
        let Some(step) = self.threads[thread].pop() else { return false };
        let notifies = |m: usize| self.waiters[m].iter().filter(|(_, notified)| !notified).count();
        let ways = match step {
            Step::Op(Op::NotifyOne(m)) => notifies(m).max(1),
            Step::Op(Op::Lock(m)) => usize::from(self.owners[m].is_none()),
            Step::Await(m) => usize::from(self.waiters[m].contains(&(thread, true))),
            Step::Hint => self.changes(thread).count(),
            Step::Op(Op::Acquire(l)) => usize::from(!self.held[l]),
            Step::Op(Op::JoinPrevious) if thread > 0 => usize::from(self.threads[thread - 1].is_empty()),
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
            Step::Op(Op::Acquire(l) | Op::TryAcquire(l)) => {
                self.serve(thread, FREE, l, 0);
                self.held[l] = true;
            }
            Step::Op(Op::Release(l)) => {
                self.serve(thread, FREE, l, 0);
                self.held[l] = false;
            }
            Step::Op(Op::IsLocked(l)) => self.serve(thread, FREE, l, 0),
            Step::Op(Op::JoinPrevious) => {
                if thread > 0 {
                    self.event(thread);
                }
            }
            Step::Op(Op::Spin(x)) => {
                if self.read(thread, x) == 0 {
                    self.threads[thread].extend([Step::Op(Op::Spin(x)), Step::Hint]);
                }
            }
            Step::Hint => {
                let x = self.changes(thread).nth(alternative as usize).expect("there are so many ways");
                let name = self.event(thread);
                self.reads.push((name, self.orders[x].last().copied()));
                self.seen[thread] = Default::default();
            }
            Step::Op(Op::Assume(x, value)) => self.dropped |= self.read(thread, x) != value,
        }
        true
    }
}
