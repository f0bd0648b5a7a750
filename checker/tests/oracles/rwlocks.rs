//! Readers-writer locks beside brute force that keeps readers out or lets them in.
//!
//! The brute force is a machine: threads do one operation at a time, in every order. A writer that finds the lock held waits;
//! from some moment on, or never, the lock notes that it does. While the lock is read and has such a note, nobody else comes to
//! read it. A lock that becomes free may keep the note or not, and where it keeps it, a `try_read` may fail or not, since
//! locks differ in that. What the machine finds is merged by state, and nothing is left out.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc as StdArc, Mutex as StdMutex};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use selvedge::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};
use selvedge::{Checker, FailureKind, Limit, Verdict, outcome, thread};

use crate::oracle::config;

const LOCKS: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Read(usize),
    Write(usize),
    TryRead(usize),
    TryWrite(usize),
    /// Gives back what was taken last of the lock, if anything was.
    Release(usize),
    /// From writing to reading, where it writes.
    Downgrade(usize),
}

type Program = Vec<Vec<Op>>;

const DEADLOCK: &str = "deadlock";

/// What each thread saw, with each lock that it got, and whether a try succeeded; or, where threads wait for each other for
/// ever, nothing but that.
type Outcomes = BTreeSet<String>;

/// What a thread holds of a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Holds {
    Read,
    Write,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Lock {
    readers: u32,
    written: bool,
    /// How often it was written.
    value: u32,
    /// Writers that have found it held and wait, and whether the lock has noted each of them.
    waiting: BTreeMap<usize, bool>,
}

impl Lock {
    fn is_free(&self) -> bool {
        self.readers == 0 && !self.written
    }

    fn is_noted(&self) -> bool {
        self.waiting.values().any(|noted| *noted)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    locks: [Lock; LOCKS],
    at: Vec<usize>,
    holds: Vec<[Vec<Holds>; LOCKS]>,
    seen: Vec<Vec<Option<u32>>>,
}

/// Everything that the program may do.
fn brute_force(program: &Program) -> Outcomes {
    let threads = program.len();
    let mut outcomes = Outcomes::new();
    let mut known = HashSet::new();
    let mut left = vec![State {
        locks: Default::default(),
        at: vec![0; threads],
        holds: vec![Default::default(); threads],
        seen: vec![Vec::new(); threads],
    }];
    while let Some(state) = left.pop() {
        if !known.insert(state.clone()) {
            continue;
        }
        if (0..threads).all(|t| state.at[t] == program[t].len()) {
            outcomes.insert(told(&state.seen));
            continue;
        }
        let before = left.len();
        for (t, ops) in program.iter().enumerate() {
            if let Some(op) = ops.get(state.at[t]) {
                step(&state, t, *op, &mut left);
            }
        }
        // A note lets nobody go on.
        if left[before..].iter().all(|next| next.at == state.at) {
            outcomes.insert(DEADLOCK.to_owned());
        }
    }
    outcomes
}

/// The states after the next step of a thread.
fn step(state: &State, t: usize, op: Op, next: &mut Vec<State>) {
    let done = |change: &dyn Fn(&mut State)| {
        let mut after = state.clone();
        after.at[t] += 1;
        change(&mut after);
        after
    };
    let holding = |l: usize, holds: Holds| {
        done(&|s: &mut State| {
            let lock = &mut s.locks[l];
            match holds {
                Holds::Read => lock.readers += 1,
                Holds::Write => {
                    lock.written = true;
                    lock.value += 1;
                    lock.waiting.remove(&t);
                }
            }
            s.seen[t].push(Some(lock.value));
            s.holds[t][l].push(holds);
        })
    };
    let fails = || done(&|s: &mut State| s.seen[t].push(None));
    match op {
        Op::Read(l) => {
            let lock = &state.locks[l];
            if !(lock.written || lock.readers > 0 && lock.is_noted()) {
                // One that comes while the lock is free makes it forget its notes, or not.
                let taken = holding(l, Holds::Read);
                forgotten(taken, l, lock.is_free(), next);
            }
        }
        Op::TryRead(l) => {
            let lock = &state.locks[l];
            let refused = lock.written || lock.readers > 0 && lock.is_noted();
            if refused || lock.is_free() && lock.is_noted() {
                next.push(fails());
            }
            if !refused {
                forgotten(holding(l, Holds::Read), l, lock.is_free(), next);
            }
        }
        Op::Write(l) => {
            let lock = &state.locks[l];
            if lock.is_free() {
                next.push(holding(l, Holds::Write));
            } else {
                let note = |noted: bool| {
                    let mut after = state.clone();
                    after.locks[l].waiting.insert(t, noted);
                    after
                };
                if !lock.waiting.contains_key(&t) {
                    next.push(note(false));
                }
                if lock.waiting.get(&t) != Some(&true) {
                    next.push(note(true));
                }
            }
        }
        Op::TryWrite(l) => {
            let free = state.locks[l].is_free();
            next.push(if free { holding(l, Holds::Write) } else { fails() });
        }
        Op::Release(l) => next.push(done(&|s: &mut State| match s.holds[t][l].pop() {
            Some(Holds::Read) => s.locks[l].readers -= 1,
            Some(Holds::Write) => s.locks[l].written = false,
            None => {}
        })),
        Op::Downgrade(l) => {
            let writes = state.holds[t][l].last() == Some(&Holds::Write);
            let after = done(&|s: &mut State| {
                if writes {
                    s.locks[l].written = false;
                    s.locks[l].readers += 1;
                    *s.holds[t][l].last_mut().unwrap() = Holds::Read;
                }
            });
            forgotten(after, l, writes, next);
        }
    }
}

/// The state as it is, and, where it `may`, with the lock's notes forgotten.
fn forgotten(state: State, l: usize, may: bool, next: &mut Vec<State>) {
    if may && state.locks[l].is_noted() {
        let mut forgets = state.clone();
        forgets.locks[l].waiting.values_mut().for_each(|noted| *noted = false);
        next.push(forgets);
    }
    next.push(state);
}

fn told(seen: &[Vec<Option<u32>>]) -> String {
    let one = |seen: &Vec<Option<u32>>| {
        let words: Vec<_> = seen.iter().map(|s| s.map_or("-".to_owned(), |v| v.to_string())).collect();
        words.join(" ")
    };
    seen.iter().map(one).collect::<Vec<_>>().join(" | ")
}

enum Guard<'a> {
    Read(RwLockReadGuard<'a, u32>),
    Write(RwLockWriteGuard<'a, u32>),
}

impl<'a> Guard<'a> {
    fn write(mut guard: RwLockWriteGuard<'a, u32>) -> Self {
        *guard += 1;
        Guard::Write(guard)
    }

    fn value(&self) -> u32 {
        match self {
            Guard::Read(guard) => **guard,
            Guard::Write(guard) => **guard,
        }
    }
}

/// What a thread sees.
fn run(locks: &[RwLock<u32>; LOCKS], ops: &[Op]) -> Vec<Option<u32>> {
    let mut guards: [Vec<Guard<'_>>; LOCKS] = Default::default();
    let mut seen = Vec::new();
    for op in ops {
        let (l, got) = match *op {
            Op::Read(l) => (l, Some(Guard::Read(locks[l].read().unwrap()))),
            Op::Write(l) => (l, Some(Guard::write(locks[l].write().unwrap()))),
            Op::TryRead(l) => (l, locks[l].try_read().ok().map(Guard::Read)),
            Op::TryWrite(l) => (l, locks[l].try_write().ok().map(Guard::write)),
            Op::Release(l) => {
                guards[l].pop();
                continue;
            }
            Op::Downgrade(l) => {
                if let Some(guard) = guards[l].pop() {
                    guards[l].push(match guard {
                        Guard::Write(guard) => Guard::Read(RwLockWriteGuard::downgrade(guard)),
                        reads => reads,
                    });
                }
                continue;
            }
        };
        seen.push(got.as_ref().map(Guard::value));
        guards[l].extend(got);
    }
    seen
}

/// What the engine finds.
fn explore(program: &Program) -> (Outcomes, bool) {
    let program = program.clone();
    let report = Checker::new().keep_going().run(move || {
        let locks = Arc::new([const { RwLock::new(0) }; LOCKS]);
        let begin = |ops: &Vec<Op>| {
            let (locks, ops) = (locks.clone(), ops.clone());
            thread::spawn(move || run(&locks, &ops))
        };
        let threads: Vec<_> = program.iter().map(begin).collect();
        let seen: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        outcome(told(&seen));
    });
    let mut outcomes: Outcomes = report.outcomes().keys().cloned().collect();
    match report.verdict() {
        Verdict::Failed(failure) => {
            assert_eq!(failure.kind, FailureKind::Deadlock, "{failure}");
            outcomes.insert(DEADLOCK.to_owned());
        }
        // Where they use no lock together, that is said.
        Verdict::Incomplete(Limit::NothingShared) => {}
        verdict => assert!(verdict.is_verified(), "{verdict}"),
    }
    (outcomes, !matches!(report.verdict(), Verdict::Failed(_)))
}

#[track_caller]
fn assert_alike(program: &Program) {
    let (found, verified) = explore(program);
    let wanted = brute_force(program);
    let context = format!("{program:?}");
    if let Some(missing) = wanted.difference(&found).next() {
        panic!("{context}\nfound {} of {}; missing for one:\n{missing}", found.len(), wanted.len());
    }
    if let Some(extra) = found.difference(&wanted).next() {
        panic!("{context}\nfound {} for {}; one too many:\n{extra}", found.len(), wanted.len());
    }
    assert_eq!(verified, !wanted.contains(DEADLOCK), "{context}");
}

/// With what gives everything back in the end.
fn closed(mut ops: Vec<Op>) -> Vec<Op> {
    for l in 0..LOCKS {
        let takes =
            |op: &&Op| matches!(op, Op::Read(k) | Op::Write(k) | Op::TryRead(k) | Op::TryWrite(k) if *k == l);
        let taken = ops.iter().filter(takes).count();
        ops.extend(std::iter::repeat_n(Op::Release(l), taken));
    }
    ops
}

fn programs() -> impl Strategy<Value = Program> {
    let lock = prop_oneof![3 => Just(0), 1 => Just(1)];
    let op = (0..12, lock).prop_map(|(kind, l)| match kind {
        0..4 => Op::Read(l),
        4..6 => Op::Write(l),
        6..8 => Op::TryRead(l),
        8 => Op::TryWrite(l),
        9..11 => Op::Release(l),
        _ => Op::Downgrade(l),
    });
    let two = prop::collection::vec(prop::collection::vec(op.clone(), 1..=4), 2);
    let three = prop::collection::vec(prop::collection::vec(op, 1..=2), 3);
    prop_oneof![two, three].prop_map(|program| program.into_iter().map(closed).collect())
}

#[test]
fn generated_programs_do_what_they_may() {
    let found = StdArc::new(StdMutex::new([0, 0]));
    let count = found.clone();
    TestRunner::new(config(60, 1000))
        .run(&programs(), |program| {
            assert_alike(&program);
            count.lock().unwrap()[usize::from(brute_force(&program).contains(DEADLOCK))] += 1;
            Ok(())
        })
        .unwrap();
    // Both kinds are tried.
    let [passing, failing] = *found.lock().unwrap();
    assert!(passing > 0 && failing > 0, "{passing} programs without a deadlock, {failing} with one");
}

#[test]
fn written_programs_do_what_they_may() {
    use Op::{Downgrade, Read, Release, TryRead, TryWrite, Write};
    let programs = [
        vec![vec![Read(0), Read(0)], vec![Write(0)]],
        vec![vec![Read(0), TryRead(0)], vec![Write(0)]],
        vec![vec![Read(0), TryRead(0), TryRead(0)], vec![Write(0)]],
        vec![vec![Read(0), Release(0), TryRead(0), TryWrite(0)], vec![Write(0)]],
        vec![vec![Read(0), TryRead(0), Release(0), Release(0), TryRead(0)], vec![Write(0)]],
        vec![vec![Read(0)], vec![Write(0)], vec![TryRead(0), TryRead(0)]],
        vec![vec![Read(0)], vec![Write(0)], vec![TryRead(0), Release(0), Read(0)]],
        vec![vec![Write(0), Downgrade(0), Read(0)], vec![Write(0)]],
        vec![vec![Write(0), Downgrade(0), TryRead(0)], vec![Write(0)]],
        vec![vec![Write(0), Downgrade(0)], vec![Write(0)], vec![TryRead(0), TryRead(0)]],
        vec![vec![Read(0), Read(1)], vec![Read(1), Read(0)], vec![Write(0), Release(0), Write(1)]],
        vec![vec![Read(0), Read(0)], vec![Write(0)], vec![Write(0)]],
        vec![vec![Read(0), TryRead(0)], vec![Write(0)], vec![Write(0)]],
        vec![vec![Write(0)], vec![Write(0)], vec![TryRead(0), Release(0), TryRead(0)]],
        vec![vec![Read(0), Write(0)], vec![Read(0)]],
    ];
    for program in programs {
        assert_alike(&program.into_iter().map(closed).collect());
    }
}
