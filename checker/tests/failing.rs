//! Explorations that go on after a failure: how many executions fail, of all, and in which ways.

use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};
use selvedge::sync::{Arc, Mutex};
use selvedge::{Checker, FailureKind, Report, Shards, Verdict, choose, outcome, thread};

fn explored(model: impl Fn() + Send + Sync + 'static) -> Report {
    Checker::new().keep_going().run(model)
}

fn add(x: &AtomicU32) {
    x.store(x.load(SeqCst) + 1, SeqCst);
}

/// Of two reads and two writes, each thread's in its order, there are four behaviours: in two of them an update is lost.
fn lost_update() {
    let x = Arc::new(AtomicU32::new(0));
    let theirs = x.clone();
    let other = thread::spawn(move || add(&theirs));
    add(&x);
    other.join().unwrap();
    assert_eq!(x.load(SeqCst), 2);
}

#[test]
fn the_executions_that_fail_are_counted_among_all() {
    let report = Checker::new().memory_model(selvedge::MemoryModel::Sc).keep_going().run(lost_update);
    assert_eq!((report.failing(), report.executions()), (2, 4));
    assert_eq!(Checker::new().run(lost_update).failing(), 1, "without being told to go on");
    assert_eq!(explored(|| outcome("holds")).failing(), 0);
}

/// What the first thread reads is written after it has failed.
#[test]
fn an_execution_goes_on_without_the_thread_that_panics() {
    let report = explored(|| {
        let x = Arc::new(AtomicU32::new(0));
        let theirs = x.clone();
        let early = thread::spawn(move || assert_eq!(theirs.load(SeqCst), 1, "too early"));
        let theirs = x.clone();
        let late = thread::spawn(move || theirs.store(1, SeqCst));
        late.join().unwrap();
        early.join().unwrap();
        outcome("in time");
    });
    assert_eq!((report.failing(), report.executions()), (1, 2));
    assert_eq!(report.outcomes().keys().collect::<Vec<_>>(), ["in time"]);
}

/// Both threads may panic in one execution: it is one that fails, as the first of them did.
#[test]
fn an_execution_fails_once() {
    let report = explored(|| {
        let x = Arc::new(AtomicU32::new(0));
        let fails = [(); 2].map(|()| {
            let x = x.clone();
            thread::spawn(move || assert_eq!(x.fetch_add(1, SeqCst), 2, "never"))
        });
        for thread in fails {
            thread.join().unwrap();
        }
    });
    assert_eq!((report.failing(), report.executions()), (2, 2));
    assert_eq!(report.failures().len(), 1, "{:?}", report.failures());
}

#[test]
fn a_thread_that_fails_with_a_lock_leaves_others_waiting_and_that_is_its_failure() {
    let report = explored(|| {
        let lock = Arc::new(Mutex::new(()));
        let theirs = lock.clone();
        let fails = thread::spawn(move || {
            std::mem::forget(theirs.lock().unwrap());
            panic!("and keeps the lock");
        });
        drop(lock.lock().unwrap());
        fails.join().unwrap();
    });
    let Verdict::Failed(failure) = report.verdict() else { panic!("{}", report.verdict()) };
    assert_eq!(failure.kind, FailureKind::Panic);
    assert_eq!((report.failing(), report.executions()), (2, 2));
}

#[test]
fn a_thread_that_spins_for_one_that_failed_is_no_failure_of_its_own() {
    let report = explored(|| {
        let x = Arc::new(AtomicU32::new(0));
        let theirs = x.clone();
        thread::spawn(move || {
            assert_ne!(theirs.load(SeqCst), 0, "before the store");
            theirs.store(2, SeqCst);
        });
        x.store(1, SeqCst);
        while x.load(SeqCst) != 2 {
            thread::yield_now();
        }
    });
    assert_eq!(report.failures().len(), 1, "{:?}", report.failures());
    // Of those that hold, the first looks once or twice.
    assert_eq!((report.failing(), report.executions()), (1, 3));
}

#[test]
fn bugs_are_told_apart_by_their_lines_and_each_is_told_once() {
    let report = explored(|| match choose(5) {
        0 => panic!("one"),
        n @ (1 | 2) => panic!("the other, with {n}"),
        _ => outcome("holds"),
    });
    assert_eq!((report.failing(), report.executions()), (3, 5));
    assert_eq!(report.failures().values().copied().collect::<Vec<_>>(), [1, 2]);
    assert!(report.failures().keys().all(|way| way.starts_with("panic at ") && way.contains("failing.rs:")));
}

#[test]
fn workers_and_shards_count_the_same() {
    let whole = explored(lost_update);
    let shared = Checker::new().keep_going().workers(2).run(lost_update);
    assert_eq!((shared.failing(), shared.failures()), (whole.failing(), whole.failures()));
    let shard = |number| Checker::new().keep_going().shard(number, 2).run(lost_update);
    let text = shard(1).to_text();
    let sum = Shards::sum([text.parse().unwrap(), shard(2)]).unwrap();
    assert_eq!((sum.failing(), sum.failures()), (whole.failing(), whole.failures()));
}
