//! Small programs, and what is known about them without the engine.
//!
//! A [`Program`] runs on the engine ([`Program::explore`]) and on two enumerators that share nothing with it:
//! [`interleavings`] tries every schedule, [`axioms`] every graph of reads-from and modification order that C++'s repaired
//! memory model allows.

#![allow(dead_code, reason = "each test binary uses a part")]

pub mod axioms;
pub mod generate;
pub mod interleavings;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex as StdMutex};

use selvedge::specification::Lock;
use selvedge::sync::atomic::{AtomicU32, fence};
use selvedge::sync::{Condvar, Mutex};
use selvedge::{Behaviour, Checker, Limit, MemoryModel, Report, Verdict, assume, hint, thread};

/// How many generated programs a test tries: `ordinary`, or `full` where the environment variable SELVEDGE_CASES says so.
/// `SELVEDGE_CASES=full cargo test --release -p selvedge --test oracles` is the full number; a number is that number.
pub fn cases(ordinary: u32, full: u32) -> u32 {
    match std::env::var("SELVEDGE_CASES").as_deref() {
        Ok("full") => full,
        Ok(n) => n.parse().expect("SELVEDGE_CASES is `full` or a number"),
        Err(_) => ordinary,
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    Load(usize, Ordering),
    Store(usize, u32, Ordering),
    Add(usize, Ordering),
    /// Compares with the first, exchanges for the second.
    Cas(usize, u32, u32, Ordering, Ordering),
    Fence(Ordering),
    Lock(usize),
    Unlock(usize),
    /// With what is done when it succeeded, before the lock is released.
    TryLock(usize, Vec<Op>),
    /// Waits on the condition variable, releasing the mutex of the same number.
    Wait(usize),
    NotifyOne(usize),
    NotifyAll(usize),
    /// On a lock that any thread may release.
    Acquire(usize),
    TryAcquire(usize),
    Release(usize),
    IsLocked(usize),
    /// Waits for the end of the thread before this one.
    JoinPrevious,
    /// Loads until it is not 0, with a hint between.
    Spin(usize),
    /// Loads, and drops the execution unless it is that.
    Assume(usize, u32),
}

/// A list of threads.
pub type Program = Vec<Vec<Op>>;

pub const LOCATIONS: usize = 2;
pub const LOCKS: usize = 2;

struct Shared {
    locations: [AtomicU32; LOCATIONS],
    locks: [Mutex<()>; LOCKS],
    condvars: [Condvar; LOCKS],
    free: [Lock; LOCKS],
    handles: StdMutex<Vec<Option<thread::JoinHandle<()>>>>,
}

fn run(shared: &Shared, this: usize, ops: &[Op]) {
    let mut guards = [const { None }; LOCKS];
    for op in ops {
        match op {
            Op::Load(x, order) => {
                shared.locations[*x].load(*order);
            }
            Op::Store(x, value, order) => shared.locations[*x].store(*value, *order),
            Op::Add(x, order) => {
                shared.locations[*x].fetch_add(1, *order);
            }
            Op::Cas(x, old, new, success, failure) => {
                let _ = shared.locations[*x].compare_exchange(*old, *new, *success, *failure);
            }
            Op::Fence(order) => fence(*order),
            Op::Lock(m) => guards[*m] = Some(shared.locks[*m].lock().unwrap()),
            Op::Unlock(m) => guards[*m] = None,
            Op::TryLock(m, then) => {
                if let Ok(guard) = shared.locks[*m].try_lock() {
                    run(shared, this, then);
                    drop(guard);
                }
            }
            Op::Wait(m) => {
                let guard = guards[*m].take().expect("waits with the lock");
                guards[*m] = Some(shared.condvars[*m].wait(guard).unwrap());
            }
            Op::NotifyOne(m) => shared.condvars[*m].notify_one(),
            Op::NotifyAll(m) => shared.condvars[*m].notify_all(),
            Op::Acquire(l) => shared.free[*l].acquire(),
            Op::TryAcquire(l) => drop(shared.free[*l].try_acquire()),
            Op::Release(l) => drop(shared.free[*l].release()),
            Op::IsLocked(l) => drop(shared.free[*l].is_locked()),
            Op::JoinPrevious => {
                let handle = this.checked_sub(1).and_then(|t| shared.handles.lock().unwrap()[t].take());
                if let Some(handle) = handle {
                    handle.join().unwrap();
                }
            }
            Op::Spin(x) => {
                while shared.locations[*x].load(Ordering::SeqCst) == 0 {
                    hint::spin_loop();
                }
            }
            Op::Assume(x, value) => assume(shared.locations[*x].load(Ordering::SeqCst) == *value),
        }
    }
}

/// What the engine finds, every behaviour as often as it finds it.
pub fn explore(program: &Program, model: MemoryModel) -> (Report, Vec<Behaviour>) {
    explore_with(Checker::new().memory_model(model), program)
}

/// As [`explore`], in the way that `checker` says.
pub fn explore_with(checker: Checker, program: &Program) -> (Report, Vec<Behaviour>) {
    explore_group(checker, program, 0..0)
}

/// The same, with the threads of `group` declared symmetric: their operations are the same.
pub fn explore_group(checker: Checker, program: &Program, group: Range<usize>) -> (Report, Vec<Behaviour>) {
    let found = Arc::new(StdMutex::new(Vec::new()));
    let (program, sink) = (program.clone(), found.clone());
    let report =
        checker.keep_going().on_behaviour(move |b| sink.lock().unwrap().push(b.clone())).run(move || {
            let shared = Arc::new(Shared {
                locations: [const { AtomicU32::new(0) }; LOCATIONS],
                locks: [const { Mutex::new(()) }; LOCKS],
                condvars: [const { Condvar::new() }; LOCKS],
                free: [const { Lock::new() }; LOCKS],
                handles: StdMutex::default(),
            });
            for (this, ops) in program.iter().enumerate() {
                let (theirs, ops) = (shared.clone(), ops.clone());
                if group.contains(&this) {
                    if this == group.start {
                        let _unjoined = thread::symmetric(group.len(), move |_| run(&theirs, this, &ops));
                    }
                    continue;
                }
                let handle = thread::spawn(move || run(&theirs, this, &ops));
                shared.handles.lock().unwrap().push(Some(handle));
            }
        });
    let found = std::mem::take(&mut *found.lock().unwrap());
    (report, found)
}

/// Asserts that with a bound on preemptions the engine finds what needs no more of them, each once, and passes only for
/// the whole. `wanted`: every behaviour with the fewest preemptions that it needs.
pub fn assert_explores_within_bounds(
    program: &Program,
    model: MemoryModel,
    wanted: &BTreeMap<Behaviour, usize>,
) {
    for bound in 0..4 {
        let (report, mut found) =
            explore_with(Checker::new().memory_model(model).preemption_bound(bound), program);
        found.retain(|behaviour| behaviour.reads.len() < 100);
        let set: BTreeSet<_> = found.iter().cloned().collect();
        let within: BTreeSet<_> =
            wanted.iter().filter(|(_, n)| **n <= bound).map(|(b, _)| b.clone()).collect();
        let context = format!("{model:?}, at most {bound} preemptions, {program:?}");
        if let Some(missing) = within.difference(&set).next() {
            panic!("{context}\nfound {} of {}; missing for one:\n{missing}", set.len(), within.len());
        }
        if let Some(extra) = set.difference(&within).next() {
            panic!("{context}\nfound {} for {}; one too many:\n{extra}", set.len(), within.len());
        }
        assert_eq!(found.len(), set.len(), "{context}: explored twice");
        match report.verdict() {
            Verdict::Incomplete(limit) => assert_eq!(*limit, Limit::Preemptions(bound), "{context}"),
            Verdict::Verified => {
                assert_eq!(within.len(), wanted.len(), "{context}: it does not see them all")
            }
            Verdict::Failed(_) => {}
        }
    }
}

/// Asserts that the engine finds `wanted` up to renaming the threads of `group`, and each once.
pub fn assert_explores_up_to_renaming(
    program: &Program,
    group: Range<usize>,
    model: MemoryModel,
    wanted: &BTreeSet<Behaviour>,
) -> Report {
    let checker = Checker::new().memory_model(model).keep_going();
    let (report, mut found) = explore_group(checker, program, group.clone());
    found.retain(|behaviour| behaviour.reads.len() < 100);
    let permutations = permutations(group);
    let orbit = |behaviour: &Behaviour| permutations.iter().map(|to| renamed(behaviour, to)).min().unwrap();
    let wanted: BTreeSet<_> = wanted.iter().map(orbit).collect();
    let set: BTreeSet<_> = found.iter().map(orbit).collect();
    let context = format!("{model:?}, symmetric, {program:?}");
    if let Some(missing) = wanted.difference(&set).next() {
        panic!("{context}\nfound {} of {}; missing for one:\n{missing}", set.len(), wanted.len());
    }
    if let Some(extra) = set.difference(&wanted).next() {
        panic!("{context}\nfound {} for {}; not allowed:\n{extra}", set.len(), wanted.len());
    }
    assert_eq!(found.len(), set.len(), "{context}: a behaviour and a renaming of it");
    assert!(report.is_symmetric());
    report
}

/// For each order of the threads of `group`, the engine's number that each of the engine's threads gets.
fn permutations(group: Range<usize>) -> Vec<BTreeMap<u32, u32>> {
    let mut found = vec![vec![]];
    for _ in group.clone() {
        let with = |order: &Vec<usize>| {
            let order = order.clone();
            let left = group.clone().filter(|t| !order.contains(t)).collect::<Vec<_>>();
            left.into_iter().map(move |t| [order.clone(), vec![t]].concat())
        };
        found = found.iter().flat_map(with).collect();
    }
    // The first of the engine's threads starts the others.
    let name = |t: usize| t as u32 + 1;
    found
        .into_iter()
        .map(|order| group.clone().map(name).zip(order.into_iter().map(name)).collect())
        .collect()
}

fn renamed(behaviour: &Behaviour, to: &BTreeMap<u32, u32>) -> Behaviour {
    let mut behaviour = behaviour.clone();
    let rename = |name: &mut (u32, u32)| name.0 = *to.get(&name.0).unwrap_or(&name.0);
    for (read, source) in &mut behaviour.reads {
        rename(read);
        source.as_mut().into_iter().for_each(rename);
    }
    behaviour.writes.iter_mut().flatten().for_each(rename);
    behaviour.served.iter_mut().flatten().for_each(|(name, _)| rename(name));
    behaviour.choices.iter_mut().for_each(|(name, _)| rename(name));
    behaviour.reads.sort_unstable();
    behaviour.writes.sort_unstable();
    behaviour.served.sort_unstable();
    behaviour.choices.sort_unstable();
    behaviour
}

/// Asserts that the engine finds `wanted`, and each once.
pub fn assert_explores(program: &Program, model: MemoryModel, wanted: &BTreeSet<Behaviour>) {
    let (report, mut found) = explore(program, model);
    let executions = found.len();
    // Who spins for ever goes round until that is a livelock; brute force leaves it out.
    found.retain(|behaviour| behaviour.reads.len() < 100);
    let set: BTreeSet<_> = found.iter().cloned().collect();
    if let Some(missing) = wanted.difference(&set).next() {
        panic!("{model:?} {program:?}\nfound {} of {}; missing for one:\n{missing}", set.len(), wanted.len());
    }
    if let Some(extra) = set.difference(wanted).next() {
        panic!(
            "{model:?} {program:?}\nfound {} for {}; one that is not allowed:\n{extra}",
            set.len(),
            wanted.len()
        );
    }
    assert_eq!(found.len(), set.len(), "{model:?} {program:?}: explored twice");
    assert_eq!(report.executions(), executions as u64);
    let assumes = program.iter().flatten().any(|op| matches!(op, Op::Assume(..)));
    assert!(assumes || report.blocked() == 0, "{model:?} {program:?}");
}
