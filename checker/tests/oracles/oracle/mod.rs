//! Small programs, and what is known about them without the engine.
//!
//! A [`Program`] runs on the engine ([`Program::explore`]) and on two enumerators that share nothing with it:
//! [`interleavings`] tries every schedule, [`axioms`] every graph of reads-from and modification order that C++'s repaired
//! memory model allows.

pub mod axioms;
pub mod generate;
pub mod interleavings;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as StdMutex};
use std::time::Duration;

use proptest::test_runner::{Config, RngSeed};
use selvedge::specification::Lock;
use selvedge::sync::atomic::{AtomicU32, fence};
use selvedge::sync::{Condvar, Mutex};
use selvedge::{
    Behaviour, Checker, Limit, MemoryModel, Report, Time, Verdict, assume, hint, outcome, thread,
};

/// How many generated programs a test tries: `ordinary`, or `full` where the environment variable SELVEDGE_CASES says so.
/// `SELVEDGE_CASES=full cargo test --release -p selvedge --test oracles` is the full number; a number is that number.
pub fn cases(ordinary: u32, full: u32) -> u32 {
    match std::env::var("SELVEDGE_CASES").as_deref() {
        Ok("full") => full,
        Ok(n) => n.parse().expect("SELVEDGE_CASES is `full` or a number"),
        Err(_) => ordinary,
    }
}

/// The configuration of a test that tries so many [`cases`], the same programs each time.
pub fn config(ordinary: u32, full: u32) -> Config {
    Config {
        cases: cases(ordinary, full),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(3),
        ..Config::default()
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
    /// Waits until it is that.
    Await(usize, u32, Ordering),
    /// Waits until the first is that and the second that.
    AwaitBoth([(usize, u32); 2]),
    /// Loads, and drops the execution unless it is that.
    Assume(usize, u32),
    /// For so many milliseconds.
    Sleep(u64),
    /// As `Wait`, with a timeout in milliseconds.
    WaitTimeout(usize, u64),
    /// As `Acquire`, with a timeout in milliseconds.
    AcquireTimeout(usize, u64),
    /// Tells an observer.
    Report,
    /// As a thread's first: it is a daemon.
    Daemon,
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
            Op::Await(x, value, order) => hint::spin_until(|| shared.locations[*x].load(*order) == *value),
            Op::AwaitBoth(both) => hint::spin_until(|| {
                both.iter().all(|(x, value)| shared.locations[*x].load(Ordering::SeqCst) == *value)
            }),
            Op::Assume(x, value) => assume(shared.locations[*x].load(Ordering::SeqCst) == *value),
            Op::Sleep(millis) => thread::sleep(Duration::from_millis(*millis)),
            Op::WaitTimeout(m, millis) => {
                let (guard, timeout) = (guards[*m].take(), Duration::from_millis(*millis));
                let wait = shared.condvars[*m].wait_timeout(guard.expect("waits with the lock"), timeout);
                guards[*m] = Some(wait.unwrap().0);
            }
            Op::AcquireTimeout(l, millis) => {
                shared.free[*l].acquire_timeout(Duration::from_millis(*millis));
            }
            Op::Report => outcome(this),
            Op::Daemon => {}
        }
    }
}

/// What the engine finds, every behaviour as often as it finds it.
pub fn explore(program: &Program, model: MemoryModel, time: Time) -> (Report, Vec<Behaviour>) {
    explore_with(Checker::new().memory_model(model).time(time), program)
}

/// As [`explore`], in the way that `checker` says.
pub fn explore_with(checker: Checker, program: &Program) -> (Report, Vec<Behaviour>) {
    explore_group(checker, program, 0..0)
}

/// The same, with the threads of `group` declared symmetric: their operations are the same.
pub fn explore_group(checker: Checker, program: &Program, group: Range<usize>) -> (Report, Vec<Behaviour>) {
    let (report, found) = explore_group_to_ends(checker, program, group);
    (report, found.into_iter().map(|(behaviour, _)| behaviour).collect())
}

/// As [`explore`], and says of every behaviour whether all threads came to their ends.
pub fn explore_to_ends(
    program: &Program,
    model: MemoryModel,
    time: Time,
) -> (Report, Vec<(Behaviour, bool)>) {
    explore_group_to_ends(Checker::new().memory_model(model).time(time), program, 0..0)
}

fn explore_group_to_ends(
    checker: Checker,
    program: &Program,
    group: Range<usize>,
) -> (Report, Vec<(Behaviour, bool)>) {
    let found = Arc::new(StdMutex::new(Vec::new()));
    let sink = found.clone();
    let (ended, threads) = (Arc::new(AtomicUsize::new(0)), program.len());
    let ends = ended.clone();
    let report = checker
        .keep_going()
        .on_behaviour(move |b| {
            let all = ends.load(Ordering::Relaxed) == threads;
            sink.lock().unwrap().push((without_first_uses(b.clone()), all));
        })
        .run(runs_to_ends(program, group, ended));
    let found = std::mem::take(&mut *found.lock().unwrap());
    (report, found)
}

/// What the threads do, without what [`use_first`] does before them.
fn without_first_uses(mut behaviour: Behaviour) -> Behaviour {
    for order in &mut behaviour.served {
        order.retain(|((thread, _), _)| *thread != 0);
    }
    behaviour.served.retain(|order| !order.is_empty());
    behaviour.served.sort_unstable();
    behaviour
}

/// Uses every lock once before the threads begin. That changes nothing that they can tell, but the engine knows the objects
/// before the threads then, and not after them.
fn use_first(shared: &Shared) {
    shared.locks.iter().for_each(|lock| drop(lock.lock().unwrap()));
    for lock in &shared.free {
        lock.acquire();
        lock.release();
    }
}

/// The model that runs `program`.
pub fn runs(program: &Program) -> impl Fn() + Send + Sync + 'static {
    runs_to_ends(program, 0..0, Arc::default())
}

/// As [`runs`], and counts the threads of each execution that come to their ends.
/// The threads of `group` are declared symmetric.
fn runs_to_ends(
    program: &Program,
    group: Range<usize>,
    ended: Arc<AtomicUsize>,
) -> impl Fn() + Send + Sync + 'static {
    let program = program.clone();
    move || {
        ended.store(0, Ordering::Relaxed);
        let shared = Arc::new(Shared {
            locations: [const { AtomicU32::new(0) }; LOCATIONS],
            locks: [const { Mutex::new(()) }; LOCKS],
            condvars: [const { Condvar::new() }; LOCKS],
            free: [const { Lock::new() }; LOCKS],
            handles: StdMutex::default(),
        });
        if program.iter().map(Vec::len).sum::<usize>() % 2 == 0 {
            use_first(&shared);
        }
        for (this, ops) in program.iter().enumerate() {
            let (theirs, ops, ended) = (shared.clone(), ops.clone(), ended.clone());
            let is_daemon = ops.first() == Some(&Op::Daemon);
            let body = move || {
                run(&theirs, this, &ops);
                ended.fetch_add(1, Ordering::Relaxed);
            };
            if group.contains(&this) {
                if this == group.start {
                    let _unjoined = thread::symmetric(group.len(), move |_| body());
                }
                continue;
            }
            let handle = thread::Builder::new().daemon(is_daemon).spawn(body);
            shared.handles.lock().unwrap().push(Some(handle.unwrap()));
        }
    }
}

/// Asserts that with a bound on preemptions the engine finds what needs no more of them, each once, and passes only for
/// the whole. `wanted`: every behaviour with the fewest preemptions that it needs.
pub fn assert_explores_within_bounds(
    program: &Program,
    model: MemoryModel,
    wanted: &BTreeMap<Behaviour, usize>,
) {
    assert_explores_within_bounds_in(Time::Adversarial, program, model, wanted);
}

/// The same for a reading of time.
pub fn assert_explores_within_bounds_in(
    time: Time,
    program: &Program,
    model: MemoryModel,
    wanted: &BTreeMap<Behaviour, usize>,
) {
    for bound in 0..4 {
        let checker = Checker::new().memory_model(model).time(time).preemption_bound(bound);
        let (report, found) = explore_with(checker, program);
        let set: BTreeSet<_> = found.iter().cloned().collect();
        let within: BTreeSet<_> =
            wanted.iter().filter(|(_, n)| **n <= bound).map(|(b, _)| b.clone()).collect();
        let context = format!("{model:?}, {time:?} time, at most {bound} preemptions, {program:?}");
        if let Some(missing) = within.difference(&set).next() {
            panic!("{context}\nfound {} of {}; missing for one:\n{missing}", set.len(), within.len());
        }
        if let Some(extra) = set.difference(&within).next() {
            panic!("{context}\nfound {} for {}; one too many:\n{extra}", set.len(), within.len());
        }
        assert_eq!(found.len(), set.len(), "{context}: explored twice");
        match report.verdict() {
            Verdict::Incomplete(Limit::Preemptions(n)) => assert_eq!(*n, bound, "{context}"),
            Verdict::Verified | Verdict::Incomplete(Limit::NothingShared) => {
                assert_eq!(within.len(), wanted.len(), "{context}: it does not see them all")
            }
            Verdict::Failed(_) => {}
            other => panic!("{context}: {other}"),
        }
    }
}

/// Asserts that with a bound on preemptions the engine leaves out nothing that needs no more of them, and finds nothing
/// twice. `wanted` as in [`assert_explores_within_bounds`].
pub fn assert_loses_nothing_within_bounds(program: &Program, wanted: &BTreeMap<Behaviour, usize>) {
    for bound in 0..3 {
        let checker = Checker::new().memory_model(MemoryModel::Sc).preemption_bound(bound);
        let (report, found) = explore_with(checker, program);
        let set: BTreeSet<_> = found.iter().cloned().collect();
        let context = format!("at most {bound} preemptions, {program:?}");
        if let Some((missing, _)) = wanted.iter().find(|(b, n)| **n <= bound && !set.contains(*b)) {
            panic!("{context}\nfound {}; missing for one:\n{missing}", set.len());
        }
        assert!(set.iter().all(|behaviour| wanted.contains_key(behaviour)), "{context}");
        assert_eq!(found.len(), set.len(), "{context}: explored twice");
        assert!(!report.verdict().is_verified() || set.len() == wanted.len(), "{context}");
    }
}

/// Asserts that the engine finds `wanted` up to renaming the threads of `group`, and each once.
pub fn assert_explores_up_to_renaming(
    program: &Program,
    group: Range<usize>,
    (model, time): (MemoryModel, Time),
    wanted: &BTreeSet<Behaviour>,
) -> Report {
    let checker = Checker::new().memory_model(model).time(time).keep_going();
    let (report, mut found) = explore_group_to_ends(checker, program, group.clone());
    let permutations = permutations(group);
    let orbit = |behaviour: &Behaviour| permutations.iter().map(|to| renamed(behaviour, to)).min().unwrap();
    let wanted: BTreeSet<_> = wanted.iter().map(orbit).collect();
    let set: BTreeSet<_> = found.iter().map(|(behaviour, _)| orbit(behaviour)).collect();
    let context = format!("{model:?}, {time:?} time, symmetric, {program:?}");
    if let Some(missing) = wanted.difference(&set).next() {
        panic!("{context}\nfound {} of {}; missing for one:\n{missing}", set.len(), wanted.len());
    }
    if let Some(extra) = set.difference(&wanted).next() {
        panic!("{context}\nfound {} for {}; not allowed:\n{extra}", set.len(), wanted.len());
    }
    // A condition that never comes to hold stops an execution as a failure, which is counted which thread is which.
    let fails = program.iter().flatten().any(|op| matches!(op, Op::Await(..) | Op::AwaitBoth(..)));
    found.retain(|(_, ends)| *ends || !fails);
    let set: BTreeSet<_> = found.iter().map(|(behaviour, _)| orbit(behaviour)).collect();
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
    assert_explores_in(Time::Adversarial, program, model, wanted);
}

/// The same for a reading of time.
pub fn assert_explores_in(time: Time, program: &Program, model: MemoryModel, wanted: &BTreeSet<Behaviour>) {
    let (report, found) = explore(program, model, time);
    let executions = found.len();
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
    let drops = |op: &Op| matches!(op, Op::Assume(..) | Op::Await(..) | Op::AwaitBoth(..));
    assert!(program.iter().flatten().any(drops) || report.blocked() == 0, "{model:?} {program:?}");
}
