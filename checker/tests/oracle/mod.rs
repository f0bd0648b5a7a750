//! Small programs, and what is known about them without the engine.
//!
//! A [`Program`] runs on the engine ([`Program::explore`]) and on two enumerators that share nothing with it:
//! [`interleavings`] tries every schedule, [`axioms`] every graph of reads-from and modification order that C++'s repaired
//! memory model allows.

#![allow(dead_code, reason = "each test binary uses a part")]

pub mod axioms;
pub mod generate;
pub mod interleavings;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as StdMutex};
use std::time::Duration;

use selvedge::specification::Lock;
use selvedge::sync::atomic::{AtomicU32, fence};
use selvedge::sync::{Condvar, Mutex};
use selvedge::{Behaviour, Checker, MemoryModel, Report, Time, assume, hint, outcome, thread};

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
    let (report, found) = explore_to_ends(program, model, time);
    (report, found.into_iter().map(|(behaviour, _)| behaviour).collect())
}

/// As [`explore`], and says of every behaviour whether all threads came to their ends.
pub fn explore_to_ends(
    program: &Program,
    model: MemoryModel,
    time: Time,
) -> (Report, Vec<(Behaviour, bool)>) {
    let found = Arc::new(StdMutex::new(Vec::new()));
    let sink = found.clone();
    let (ended, threads) = (Arc::new(AtomicUsize::new(0)), program.len());
    let ends = ended.clone();
    let report = Checker::new()
        .memory_model(model)
        .time(time)
        .keep_going()
        .on_behaviour(move |b| {
            let all = ends.load(Ordering::Relaxed) == threads;
            sink.lock().unwrap().push((b.clone(), all));
        })
        .run(runs_to_ends(program, ended));
    let found = std::mem::take(&mut *found.lock().unwrap());
    (report, found)
}

/// The model that runs `program`.
pub fn runs(program: &Program) -> impl Fn() + Send + Sync + 'static {
    runs_to_ends(program, Arc::default())
}

/// As [`runs`], and counts the threads of each execution that come to their ends.
fn runs_to_ends(program: &Program, ended: Arc<AtomicUsize>) -> impl Fn() + Send + Sync + 'static {
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
        for (this, ops) in program.iter().enumerate() {
            let (theirs, ops, ended) = (shared.clone(), ops.clone(), ended.clone());
            let builder = thread::Builder::new().daemon(ops.first() == Some(&Op::Daemon));
            let handle = builder.spawn(move || {
                run(&theirs, this, &ops);
                ended.fetch_add(1, Ordering::Relaxed);
            });
            shared.handles.lock().unwrap().push(Some(handle.unwrap()));
        }
    }
}

/// Asserts that the engine finds `wanted`, and each once.
pub fn assert_explores(program: &Program, model: MemoryModel, wanted: &BTreeSet<Behaviour>) {
    assert_explores_in(Time::Adversarial, program, model, wanted);
}

/// The same for a reading of time.
pub fn assert_explores_in(time: Time, program: &Program, model: MemoryModel, wanted: &BTreeSet<Behaviour>) {
    let (report, mut found) = explore(program, model, time);
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
    let drops = |op: &Op| matches!(op, Op::Assume(..) | Op::Await(..) | Op::AwaitBoth(..));
    assert!(program.iter().flatten().any(drops) || report.blocked() == 0, "{model:?} {program:?}");
}
