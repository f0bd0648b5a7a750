//! Loops that wait lose nothing and end: against all interleavings of the same programs, in which a hint is nothing at all and
//! a loop goes round as often as it likes. Interleavings are merged where they come to the same state, so loops without an
//! end are no obstacle; how the engine tells that a loop waits is nothing that is known here.
//!
//! `SELVEDGE_CASES=full cargo test --release -p selvedge --test oracles waits` tries 5,000 programs.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use selvedge::sync::atomic::AtomicU32;
use selvedge::sync::{Condvar, Mutex, mpsc};
use selvedge::{Checker, FailureKind, Limit, MemoryModel, Verdict, hint, outcome, thread};

use crate::oracle::config;

const LOCATIONS: usize = 2;

/// An exploration that takes longer is not compared, of which there are few.
const TOO_LONG: Duration = Duration::from_secs(20);

const TAKES_LONGER: &str = "took more than 20 s";

/// What a loop says in each round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hint {
    Nothing,
    Spins,
    Yields,
    Sleeps,
}

/// After how many rounds a loop gives up.
type Rounds = Option<u8>;

#[derive(Clone, Debug)]
enum Op {
    Load(usize),
    Store(usize, u32),
    Add(usize),
    /// Loads until it is that.
    Poll(usize, u32, Rounds, Hint),
    /// Loads both until they are that.
    PollBoth(u32, Rounds, Hint),
    /// Exchanges until it was 0, and puts 0 back.
    SwapLock(usize, Hint),
    /// Adds 4, and takes it back until the last bit was 0; and then takes it back, too.
    TakeBack(usize, Rounds, Hint),
    /// Locks until the data is not 0.
    PollLock(Rounds, Hint),
    /// Sets the data.
    Set(u32),
    /// Tries to lock until it succeeds, and adds to the data.
    TryLock(Rounds, Hint),
    Send,
    TryReceive(Rounds, Hint),
    /// Waits with a timeout until the data is not 0.
    WaitTimeout(Rounds),
    Notify,
}

type Program = Vec<Vec<Op>>;

struct Shared {
    locations: [AtomicU32; LOCATIONS],
    data: Mutex<u32>,
    condvar: Condvar,
}

fn give(hint: Hint) {
    match hint {
        Hint::Nothing => {}
        Hint::Spins => hint::spin_loop(),
        Hint::Yields => thread::yield_now(),
        Hint::Sleeps => thread::sleep(Duration::from_millis(1)),
    }
}

/// Goes round until `done`, or as often as it may; says whether it was done.
fn until(rounds: Rounds, hint: Hint, mut done: impl FnMut() -> bool) -> u32 {
    match rounds {
        None => {
            while !done() {
                give(hint);
            }
            1
        }
        Some(rounds) => {
            for _ in 0..rounds {
                if done() {
                    return 1;
                }
                give(hint);
            }
            0
        }
    }
}

/// Does what a thread does, and says what it saw.
fn run(
    shared: &Shared,
    ops: &[Op],
    sender: mpsc::Sender<u32>,
    receiver: Option<mpsc::Receiver<u32>>,
) -> Vec<u32> {
    let mut seen = Vec::new();
    for op in ops {
        match *op {
            Op::Load(x) => seen.push(shared.locations[x].load(SeqCst)),
            Op::Store(x, value) => shared.locations[x].store(value, SeqCst),
            Op::Add(x) => seen.push(shared.locations[x].fetch_add(1, SeqCst)),
            Op::Poll(x, wanted, rounds, hint) => {
                seen.push(until(rounds, hint, || shared.locations[x].load(SeqCst) == wanted));
            }
            Op::PollBoth(wanted, rounds, hint) => {
                let all = || shared.locations.iter().all(|x| x.load(SeqCst) == wanted);
                seen.push(until(rounds, hint, all));
            }
            Op::SwapLock(x, hint) => {
                until(None, hint, || shared.locations[x].swap(1, SeqCst) == 0);
                shared.locations[x].store(0, SeqCst);
            }
            Op::TakeBack(x, rounds, hint) => {
                let x = &shared.locations[x];
                let done = until(rounds, hint, || {
                    let free = x.fetch_add(4, SeqCst) & 1 == 0;
                    if !free {
                        x.fetch_sub(4, SeqCst);
                    }
                    free
                });
                if done == 1 {
                    x.fetch_sub(4, SeqCst);
                }
                seen.push(done);
            }
            Op::PollLock(rounds, hint) => {
                seen.push(until(rounds, hint, || *shared.data.lock().unwrap() != 0))
            }
            Op::Set(value) => *shared.data.lock().unwrap() = value,
            Op::TryLock(rounds, hint) => {
                let done = until(rounds, hint, || match shared.data.try_lock() {
                    Ok(mut data) => {
                        *data += 1;
                        true
                    }
                    Err(_) => false,
                });
                seen.push(done);
            }
            Op::Send => drop(sender.send(1)),
            Op::TryReceive(rounds, hint) => {
                let receiver = receiver.as_ref().expect("the first thread receives");
                seen.push(until(rounds, hint, || receiver.try_recv().is_ok()));
            }
            Op::WaitTimeout(rounds) => {
                let mut data = shared.data.lock().unwrap();
                let mut left = rounds;
                while *data == 0 && left != Some(0) {
                    data = shared.condvar.wait_timeout(data, Duration::from_millis(1)).unwrap().0;
                    left = left.map(|left| left - 1);
                }
                seen.push(u32::from(*data != 0));
            }
            Op::Notify => shared.condvar.notify_one(),
        }
    }
    // The ends of senders are no matter here.
    std::mem::forget(sender);
    std::mem::forget(receiver);
    seen
}

fn model(program: &Program) -> impl Fn() + Send + Sync + 'static {
    let program = Arc::new(program.clone());
    move || {
        let shared = Arc::new(Shared {
            locations: [const { AtomicU32::new(0) }; LOCATIONS],
            data: Mutex::new(0),
            condvar: Condvar::new(),
        });
        let (sender, receiver) = mpsc::channel();
        let mut receiver = Some(receiver);
        let threads: Vec<_> = (0..program.len())
            .map(|this| {
                let (program, shared) = (program.clone(), shared.clone());
                let (sender, receiver) = (sender.clone(), receiver.take());
                thread::spawn(move || run(&shared, &program[this], sender, receiver))
            })
            .collect();
        std::mem::forget(sender);
        let seen: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        outcome(format!("{seen:?}"));
    }
}

/// A thread of the brute force: at which operation it is, how far in it, how many rounds are left, what it saw.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Thread {
    op: usize,
    within: u8,
    left: Rounds,
    seen: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    threads: Vec<Thread>,
    locations: [u32; LOCATIONS],
    owner: Option<usize>,
    data: u32,
    messages: u32,
}

impl State {
    fn of(program: &Program) -> State {
        let mut state = State {
            threads: vec![Thread { op: 0, within: 0, left: None, seen: Vec::new() }; program.len()],
            locations: [0; LOCATIONS],
            owner: None,
            data: 0,
            messages: 0,
        };
        (0..program.len()).for_each(|thread| state.arrive(program, thread));
        state
    }

    fn ends(&self, program: &Program) -> bool {
        self.threads.iter().zip(program).all(|(thread, ops)| thread.op == ops.len())
    }

    /// The thread has come to an operation: one that may go round no times is over.
    fn arrive(&mut self, program: &Program, this: usize) {
        let thread = &mut self.threads[this];
        thread.within = 0;
        thread.left = match program[this].get(thread.op) {
            Some(
                Op::Poll(_, _, rounds, _)
                | Op::PollBoth(_, rounds, _)
                | Op::TakeBack(_, rounds, _)
                | Op::PollLock(rounds, _)
                | Op::TryLock(rounds, _)
                | Op::TryReceive(rounds, _)
                | Op::WaitTimeout(rounds),
            ) => *rounds,
            _ => None,
        };
    }

    fn goes_on(&mut self, program: &Program, this: usize, saw: Option<u32>) {
        self.threads[this].seen.extend(saw);
        self.threads[this].op += 1;
        self.arrive(program, this);
    }

    /// The end of a round of a loop.
    fn goes_round(&mut self, program: &Program, this: usize, done: bool) {
        let thread = &mut self.threads[this];
        thread.within = 0;
        thread.left = thread.left.map(|left| left - 1);
        if done || thread.left == Some(0) {
            self.goes_on(program, this, Some(u32::from(done)));
        }
    }

    /// The state after the thread's next access, where it can make one.
    fn step(&self, program: &Program, this: usize) -> Option<State> {
        let thread = &self.threads[this];
        let op = program[this].get(thread.op)?;
        let within = thread.within;
        let mut next = self.clone();
        match (op, within) {
            (Op::Load(x), _) => next.goes_on(program, this, Some(self.locations[*x])),
            (Op::Store(x, value), _) => {
                next.locations[*x] = *value;
                next.goes_on(program, this, None);
            }
            (Op::Add(x), _) => {
                next.locations[*x] = self.locations[*x].wrapping_add(1);
                next.goes_on(program, this, Some(self.locations[*x]));
            }
            (Op::Poll(x, wanted, ..), _) => next.goes_round(program, this, self.locations[*x] == *wanted),
            (Op::PollBoth(wanted, ..), 0) if self.locations[0] == *wanted => next.threads[this].within = 1,
            (Op::PollBoth(..), 0) => next.goes_round(program, this, false),
            (Op::PollBoth(wanted, ..), _) => next.goes_round(program, this, self.locations[1] == *wanted),
            (Op::SwapLock(x, _), 0) => {
                next.threads[this].within = u8::from(self.locations[*x] == 0);
                next.locations[*x] = 1;
            }
            (Op::SwapLock(x, _), _) => {
                next.locations[*x] = 0;
                next.goes_on(program, this, None);
            }
            (Op::TakeBack(x, ..), 0) => {
                next.locations[*x] = self.locations[*x].wrapping_add(4);
                next.threads[this].within = if self.locations[*x] & 1 == 0 { 2 } else { 1 };
            }
            (Op::TakeBack(x, ..), done) => {
                next.locations[*x] = self.locations[*x].wrapping_sub(4);
                next.goes_round(program, this, done == 2);
            }
            (Op::PollLock(..) | Op::Set(_) | Op::WaitTimeout(_), 0) => {
                self.owner.is_none().then_some(())?;
                next.owner = Some(this);
                next.threads[this].within = 1;
                if let Op::Set(value) = op {
                    next.data = *value;
                }
                if matches!(op, Op::WaitTimeout(_)) && self.data == 0 && thread.left != Some(0) {
                    next.threads[this].within = 2;
                }
            }
            (Op::Set(_), _) => {
                next.owner = None;
                next.goes_on(program, this, None);
            }
            (Op::PollLock(..), _) => {
                next.owner = None;
                next.goes_round(program, this, self.data != 0);
            }
            (Op::WaitTimeout(_), 1) => {
                next.owner = None;
                next.goes_on(program, this, Some(u32::from(self.data != 0)));
            }
            (Op::WaitTimeout(_), _) => {
                next.owner = None;
                next.threads[this].within = 0;
                next.threads[this].left = thread.left.map(|left| left - 1);
            }
            (Op::TryLock(..), 0) if self.owner.is_some() => next.goes_round(program, this, false),
            (Op::TryLock(..), 0) => {
                next.owner = Some(this);
                next.data += 1;
                next.threads[this].within = 1;
            }
            (Op::TryLock(..), _) => {
                next.owner = None;
                next.goes_round(program, this, true);
            }
            (Op::Send, _) => {
                next.messages += 1;
                next.goes_on(program, this, None);
            }
            (Op::TryReceive(..), _) => {
                next.messages = self.messages.saturating_sub(1);
                next.goes_round(program, this, self.messages > 0);
            }
            (Op::Notify, _) => next.goes_on(program, this, None),
        }
        Some(next)
    }
}

/// The outcomes of all interleavings, and whether all of them can still come to an end wherever they are. `None` where there
/// are too many states, of counters that grow without an end for example.
fn interleavings(program: &Program) -> Option<(BTreeSet<String>, bool)> {
    let mut numbers = BTreeMap::new();
    let mut states = vec![State::of(program)];
    let mut before: Vec<Vec<usize>> = vec![Vec::new()];
    numbers.insert(states[0].clone(), 0);
    let mut at = 0;
    while at < states.len() {
        let now = states[at].clone();
        for next in (0..program.len()).filter_map(|thread| now.step(program, thread)) {
            let number = *numbers.entry(next.clone()).or_insert_with(|| {
                states.push(next);
                before.push(Vec::new());
                states.len() - 1
            });
            before[number].push(at);
        }
        at += 1;
        if states.len() > 20_000 {
            return None;
        }
    }
    let mut can_end = vec![false; states.len()];
    let mut left: Vec<_> = (0..states.len()).filter(|n| states[*n].ends(program)).collect();
    let outcome =
        |n: &usize| format!("{:?}", states[*n].threads.iter().map(|t| t.seen.clone()).collect::<Vec<_>>());
    let outcomes = left.iter().map(outcome).collect();
    while let Some(n) = left.pop() {
        if !std::mem::replace(&mut can_end[n], true) {
            left.extend(&before[n]);
        }
    }
    Some((outcomes, can_end.into_iter().all(|can| can)))
}

fn hints() -> impl Strategy<Value = Hint> {
    prop_oneof![Just(Hint::Nothing), Just(Hint::Spins), Just(Hint::Yields), Just(Hint::Sleeps)]
}

fn rounds() -> impl Strategy<Value = Rounds> {
    prop_oneof![2 => (1..4u8).prop_map(Some), 3 => Just(None)]
}

fn op(receives: bool) -> impl Strategy<Value = Op> {
    let location = || 0..LOCATIONS;
    prop_oneof![
        2 => location().prop_map(Op::Load),
        5 => (location(), 0..2u32).prop_map(|(x, v)| Op::Store(x, v)),
        1 => location().prop_map(Op::Add),
        4 => (location(), 0..2u32, rounds(), hints()).prop_map(|(x, v, r, h)| Op::Poll(x, v, r, h)),
        1 => (0..2u32, rounds(), hints()).prop_map(|(v, r, h)| Op::PollBoth(v, r, h)),
        1 => (location(), hints()).prop_map(|(x, h)| Op::SwapLock(x, h)),
        2 => (location(), rounds(), hints()).prop_map(|(x, r, h)| Op::TakeBack(x, r, h)),
        2 => (rounds(), hints()).prop_map(|(r, h)| Op::PollLock(r, h)),
        3 => (0..2u32).prop_map(Op::Set),
        2 => (rounds(), hints()).prop_map(|(r, h)| Op::TryLock(r, h)),
        2 => Just(Op::Send),
        2 => (rounds(), hints()).prop_map(move |(r, h)| if receives { Op::TryReceive(r, h) } else { Op::Send }),
        1 => rounds().prop_map(Op::WaitTimeout),
        1 => Just(Op::Notify),
    ]
}

fn programs() -> impl Strategy<Value = Program> {
    (vec(op(true), 1..4), vec(vec(op(false), 1..4), 1..3)).prop_map(|(first, others)| {
        let mut program = vec![first];
        program.extend(others);
        program
    })
}

fn uses_atomics_alone(program: &Program) -> bool {
    program.iter().flatten().all(|op| {
        matches!(
            op,
            Op::Load(_)
                | Op::Store(..)
                | Op::Add(_)
                | Op::Poll(..)
                | Op::PollBoth(..)
                | Op::SwapLock(..)
                | Op::TakeBack(..)
        )
    })
}

fn assert_agrees(program: &Program, memory: MemoryModel) -> Result<(), TestCaseError> {
    let Some((wanted, all_end)) = interleavings(program) else {
        return Err(TestCaseError::reject("too many states"));
    };
    let checker = Checker::new().memory_model(memory).max_steps(3_000).max_executions(100_000);
    // Blocked executions are not among those.
    let checker = checker.max_duration(TOO_LONG);
    let report = checker.run(model(program));
    let found: BTreeSet<_> = report.outcomes().keys().cloned().collect();
    prop_assert!(found.is_subset(&wanted), "impossible: {:?}", found.difference(&wanted).next());
    match report.verdict() {
        Verdict::Verified => {
            prop_assert!(all_end, "verified, though it may come to where it does not end");
            prop_assert_eq!(found, wanted);
        }
        Verdict::Failed(failure) => {
            prop_assert!(
                matches!(failure.kind, FailureKind::Livelock | FailureKind::Deadlock),
                "{}",
                failure
            );
            prop_assert!(!all_end, "failed, though it can always end: {failure}");
        }
        Verdict::Incomplete(Limit::Duration(_)) => return Err(TestCaseError::reject(TAKES_LONGER)),
        Verdict::Incomplete(limit) => {
            // Rounds that write and take back may go on without an end, each seen by the others.
            let writes = program.iter().flatten().any(|op| {
                matches!(
                    op,
                    Op::TakeBack(_, None, _)
                        | Op::TryLock(None, _)
                        | Op::PollLock(None, _)
                        | Op::WaitTimeout(None)
                )
            });
            prop_assert!(writes, "{limit}");
        }
    }
    Ok(())
}

#[test]
fn waiting_loops_do_what_all_interleavings_show() {
    let left_out = Cell::new([0, 0]);
    let count = |result: Result<(), TestCaseError>| {
        if let Err(TestCaseError::Reject(reason)) = &result {
            let [states, time] = left_out.get();
            left_out.set(if reason.message() == TAKES_LONGER {
                [states, time + 1]
            } else {
                [states + 1, time]
            });
        }
        result
    };
    let cases = config(150, 5_000).cases;
    TestRunner::new(config(150, 5_000))
        .run(&programs(), |program| {
            count(assert_agrees(&program, MemoryModel::Sc))?;
            if uses_atomics_alone(&program) {
                count(assert_agrees(&program, MemoryModel::Rc11))?;
            }
            Ok(())
        })
        .unwrap();
    let [states, time] = left_out.get();
    println!("{cases} programs; left out besides: {states} with too many states, {time} that {TAKES_LONGER}");
    assert!(time * 50 <= cases, "{time} {TAKES_LONGER}");
}
