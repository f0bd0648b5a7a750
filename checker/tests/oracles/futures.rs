//! `block_on` beside brute force over state machines.
//!
//! Threads drive futures or wake them. A future is a list of stages; a poll does what the present stage says, in order, and a
//! look at a flag that is up leads to the next stage. The brute force is a machine of the same: an access of a flag or a
//! slot, a waking and the end of a wait are a step each, in every order. A wait ends when its waker was woken since the poll
//! began that came before it, and without that as often as the budget allows. What the machine finds is merged by state.

use std::collections::{BTreeSet, HashSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc as StdArc, Mutex as StdMutex};
use std::task::{Context, Poll, Waker};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use selvedge::future::block_on;
use selvedge::sync::atomic::{AtomicBool, Ordering::SeqCst};
use selvedge::sync::{Arc, Mutex};
use selvedge::{Checker, FailureKind, Verdict, outcome, thread};

use crate::oracle::config;

const FLAGS: usize = 2;
const SLOTS: usize = 2;
const DEADLOCK: &str = "deadlock";

/// What a poll does in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    /// Goes on with the next stage if the flag is up.
    Look(usize),
    /// Leaves a clone of its waker in the slot, and drops what was there.
    Register(usize),
    /// Raises the flag.
    Raise(usize),
    /// Wakes itself by reference, in its first poll of the stage.
    WakeSelf,
    /// Wakes whom it finds in the slot.
    WakeOther(usize),
}

/// What a thread does that drives no future.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Raise(usize),
    /// Takes the waker out of the slot and wakes it.
    Wake(usize),
    /// Wakes it by reference, and leaves it.
    WakeByRef(usize),
    /// Takes the waker and drops it.
    Drop(usize),
    /// Takes the waker and keeps it to its end.
    Keep(usize),
    /// Wakes what it has kept.
    WakeKept,
}

#[derive(Clone, Debug)]
enum Thread {
    Drives(Vec<Vec<Does>>),
    Does(Vec<Op>),
}

type Program = Vec<Thread>;
type Outcomes = BTreeSet<String>;

/// The threads whose wakers these are.
type Wakers = Vec<usize>;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Local {
    /// The stage, and what is next in it; of a thread that drives nothing, what is next.
    stage: usize,
    at: usize,
    /// Whether it waits for its waker.
    waits: bool,
    woken: bool,
    woke_itself: bool,
    polls: u32,
    kept: Wakers,
    /// Whom it is about to wake.
    wakes: Wakers,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    flags: [bool; FLAGS],
    slots: [Option<usize>; SLOTS],
    threads: Vec<Local>,
    budget: u32,
}

fn brute_force(program: &Program, budget: u32) -> Outcomes {
    let mut outcomes = Outcomes::new();
    let mut known = HashSet::new();
    let first =
        |thread: &Thread| Local { polls: u32::from(matches!(thread, Thread::Drives(_))), ..Local::default() };
    let threads = program.iter().map(first).collect();
    let mut left = vec![State { flags: [false; FLAGS], slots: [None; SLOTS], threads, budget }];
    while let Some(state) = left.pop() {
        if !known.insert(state.clone()) {
            continue;
        }
        let ended = |(t, thread): (usize, &Thread)| {
            let local = &state.threads[t];
            local.wakes.is_empty()
                && match thread {
                    Thread::Drives(stages) => local.stage == stages.len(),
                    Thread::Does(ops) => local.at == ops.len(),
                }
        };
        if program.iter().enumerate().all(ended) {
            let polls: Vec<_> = state.threads.iter().map(|local| local.polls).collect();
            outcomes.insert(format!("{polls:?}"));
            continue;
        }
        let before = left.len();
        for t in (0..program.len()).filter(|t| !ended((*t, &program[*t]))) {
            step(program, &state, t, &mut left);
        }
        if left.len() == before {
            outcomes.insert(DEADLOCK.to_owned());
        }
    }
    outcomes
}

/// The states after the next step of a thread that has not ended.
fn step(program: &Program, state: &State, t: usize, next: &mut Vec<State>) {
    let mut after = state.clone();
    let local = &mut after.threads[t];
    if !local.wakes.is_empty() {
        let woken = local.wakes.remove(0);
        after.threads[woken].woken = true;
        next.push(after);
        return;
    }
    match &program[t] {
        Thread::Does(ops) => {
            local.at += 1;
            match ops[local.at - 1] {
                Op::Raise(x) => after.flags[x] = true,
                Op::Wake(s) => local.wakes.extend(after.slots[s].take()),
                Op::WakeByRef(s) => local.wakes.extend(after.slots[s]),
                Op::Drop(s) => after.slots[s] = None,
                Op::Keep(s) => local.kept.extend(after.slots[s].take()),
                Op::WakeKept => local.wakes = std::mem::take(&mut local.kept),
            }
        }
        Thread::Drives(_) if local.waits => {
            if !std::mem::take(&mut local.woken) {
                if state.budget == 0 {
                    return;
                }
                after.budget -= 1;
            }
            (local.waits, local.at) = (false, 0);
            local.polls += 1;
        }
        Thread::Drives(stages) => {
            let Some(does) = stages[local.stage].get(local.at) else {
                local.waits = true;
                next.push(after);
                return;
            };
            local.at += 1;
            match *does {
                Does::Look(x) if state.flags[x] => {
                    (local.stage, local.at, local.woke_itself) = (local.stage + 1, 0, false);
                }
                Does::Look(_) => {}
                Does::Register(s) => after.slots[s] = Some(t),
                Does::Raise(x) => after.flags[x] = true,
                Does::WakeSelf if !local.woke_itself => (local.woke_itself, local.woken) = (true, true),
                Does::WakeSelf => {}
                Does::WakeOther(s) => local.wakes.extend(after.slots[s].take()),
            }
        }
    }
    next.push(after);
}

#[derive(Default)]
struct Shared {
    flags: [AtomicBool; FLAGS],
    slots: [Mutex<Option<Waker>>; SLOTS],
}

impl Shared {
    fn take(&self, slot: usize) -> Option<Waker> {
        self.slots[slot].lock().unwrap().take()
    }
}

struct Driven {
    shared: Arc<Shared>,
    stages: Vec<Vec<Does>>,
    stage: usize,
    woke_itself: bool,
    polls: u32,
}

impl Future for Driven {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        self.polls += 1;
        let shared = self.shared.clone();
        'stages: while self.stage < self.stages.len() {
            for does in self.stages[self.stage].clone() {
                match does {
                    Does::Look(x) => {
                        if shared.flags[x].load(SeqCst) {
                            self.stage += 1;
                            self.woke_itself = false;
                            continue 'stages;
                        }
                    }
                    Does::Register(s) => *shared.slots[s].lock().unwrap() = Some(context.waker().clone()),
                    Does::Raise(x) => shared.flags[x].store(true, SeqCst),
                    Does::WakeSelf => {
                        if !std::mem::replace(&mut self.woke_itself, true) {
                            context.waker().wake_by_ref();
                        }
                    }
                    Does::WakeOther(s) => {
                        if let Some(waker) = shared.take(s) {
                            waker.wake();
                        }
                    }
                }
            }
            return Poll::Pending;
        }
        Poll::Ready(self.polls)
    }
}

fn run(shared: &Arc<Shared>, thread: &Thread) -> u32 {
    let ops = match thread {
        Thread::Drives(stages) => {
            let (shared, stages) = (shared.clone(), stages.clone());
            return block_on(Driven { shared, stages, stage: 0, woke_itself: false, polls: 0 });
        }
        Thread::Does(ops) => ops,
    };
    let mut kept = Vec::new();
    for op in ops {
        match *op {
            Op::Raise(x) => shared.flags[x].store(true, SeqCst),
            Op::Wake(s) => shared.take(s).into_iter().for_each(Waker::wake),
            Op::WakeByRef(s) => {
                let waker = shared.slots[s].lock().unwrap().clone();
                waker.iter().for_each(Waker::wake_by_ref);
            }
            Op::Drop(s) => drop(shared.take(s)),
            Op::Keep(s) => kept.extend(shared.take(s)),
            Op::WakeKept => kept.drain(..).for_each(Waker::wake),
        }
    }
    0
}

fn explore(program: &Program, budget: u32) -> Outcomes {
    let program = program.clone();
    let report = Checker::new().spurious_wakeups(budget).keep_going().run(move || {
        let shared = Arc::new(Shared::default());
        let begin = |does: &Thread| {
            let (shared, does) = (shared.clone(), does.clone());
            thread::spawn(move || run(&shared, &does))
        };
        let threads: Vec<_> = program.iter().map(begin).collect();
        let polls: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        outcome(format!("{polls:?}"));
    });
    let mut outcomes: Outcomes = report.outcomes().keys().cloned().collect();
    match report.verdict() {
        Verdict::Failed(failure) => {
            assert_eq!(failure.kind, FailureKind::Deadlock, "{failure}");
            outcomes.insert(DEADLOCK.to_owned());
        }
        verdict => assert!(verdict.is_verified(), "{verdict}"),
    }
    outcomes
}

#[track_caller]
fn assert_alike(program: &Program, budget: u32) -> Outcomes {
    let (found, wanted) = (explore(program, budget), brute_force(program, budget));
    let context = format!("{budget} spurious wake-ups, {program:?}");
    if let Some(missing) = wanted.difference(&found).next() {
        panic!("{context}\nfound {} of {}; missing for one:\n{missing}", found.len(), wanted.len());
    }
    if let Some(extra) = found.difference(&wanted).next() {
        panic!("{context}\nfound {} for {}; one too many:\n{extra}", found.len(), wanted.len());
    }
    wanted
}

fn stages(most: usize) -> impl Strategy<Value = Thread> {
    use Does::{Look, Raise, Register, WakeOther, WakeSelf};
    let stage = (0..FLAGS, 0..SLOTS, 0..8).prop_map(|(x, s, kind)| match kind {
        // Right.
        0..2 => vec![Register(s), Look(x)],
        // Too late.
        2 => vec![Look(x), Register(s)],
        3 => vec![Look(x), Register(s), Look(x)],
        4 => vec![WakeSelf, Look(x), Register(s)],
        5 => vec![Register(s), Look(x), Raise(1 - x)],
        6 => vec![Register(s), Look(x), WakeOther(1 - s)],
        _ => vec![Look(x), WakeSelf],
    });
    prop::collection::vec(stage, 1..=most).prop_map(Thread::Drives)
}

fn wakes_others(thread: &Thread) -> bool {
    let wakes = |does: &Does| matches!(does, Does::WakeOther(_));
    matches!(thread, Thread::Drives(stages) if stages.iter().flatten().any(wakes))
}

fn ops(most: usize) -> impl Strategy<Value = Thread> {
    let op = (0..14, 0..2_usize).prop_map(|(kind, n)| match kind {
        0..5 => Op::Raise(n),
        5..8 => Op::Wake(n),
        8 => Op::WakeByRef(n),
        9 => Op::Drop(n),
        10..12 => Op::Keep(n),
        _ => Op::WakeKept,
    });
    prop::collection::vec(op, 1..=most).prop_map(Thread::Does)
}

#[test]
fn generated_futures_do_what_they_may() {
    let one = (stages(2), ops(4)).prop_map(|(drives, does)| vec![drives, does]);
    // Two that wake each other do so without an end: that is told as incomplete, and has no outcomes.
    let two = (stages(1), stages(1), ops(2))
        .prop_filter("two wake each other", |(one, other, _)| !(wakes_others(one) && wakes_others(other)))
        .prop_map(|(one, other, does)| vec![one, other, does]);
    let found = StdArc::new(StdMutex::new([0, 0]));
    let count = found.clone();
    TestRunner::new(config(60, 1000))
        .run(&(prop_oneof![2 => one, 1 => two], 0..=1_u32), |(program, budget)| {
            let wanted = assert_alike(&program, budget);
            count.lock().unwrap()[usize::from(wanted.contains(DEADLOCK))] += 1;
            Ok(())
        })
        .unwrap();
    // Both kinds are tried.
    let [passing, failing] = *found.lock().unwrap();
    assert!(passing > 0 && failing > 0, "{passing} programs without a deadlock, {failing} with one");
}
