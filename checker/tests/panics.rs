//! A panic of a thread fails the execution, or reaches the thread that joins the thread, as the model says.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

use std::collections::BTreeSet;

use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::SeqCst;
use selvedge::sync::{Arc, Condvar, Mutex};
use selvedge::{Checker, Failure, FailureKind, Report, Verdict, outcome, thread};

#[track_caller]
fn failure(report: &Report) -> &Failure {
    match report.verdict() {
        Verdict::Failed(failure) => failure,
        other => panic!("{other}"),
    }
}

fn outcomes(report: &Report) -> BTreeSet<&str> {
    report.outcomes().keys().map(String::as_str).collect()
}

fn joined() -> Checker {
    Checker::new().panics_reach_join()
}

fn joins() {
    let luck = Arc::new(AtomicUsize::new(0));
    let theirs = luck.clone();
    let worker = move || -> u32 { if theirs.load(SeqCst) == 0 { panic!("no luck") } else { 7 } };
    let worker = thread::Builder::new().name("Worker".to_owned()).spawn(worker).unwrap();
    let panic = worker.join().unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"no luck"));
    assert_eq!(luck.load(SeqCst), 0);
}

#[test]
fn a_panic_fails_the_execution_with_its_thread_unless_the_model_says_otherwise() {
    let report = Checker::new().run(joins);
    let failure = failure(&report);
    assert_eq!((failure.kind, failure.message.as_str()), (FailureKind::Panic, "no luck"));
    assert_eq!(failure.thread.as_deref(), Some("Worker"));
    let _verified = joined().run(joins).assert_verified();
}

#[test]
fn a_panic_of_the_first_thread_fails_all_the_same() {
    let report = joined().run(|| {
        thread::spawn(|| panic!("quietly"));
        panic!("aloud");
    });
    assert_eq!(failure(&report).message, "aloud");
}

#[test]
fn a_panic_that_is_passed_on_is_told_where_it_arrives() {
    let report = joined().run(|| thread::spawn(|| panic!("passed on")).join().unwrap());
    let failure = failure(&report);
    assert_eq!(failure.thread.as_deref(), Some("MainThread"));
    assert!(failure.message.contains("Any"), "{failure}");
}

#[test]
fn what_a_thread_did_before_its_panic_happens_before_the_join() {
    let report = joined().run(|| {
        let cell = Arc::new(selvedge::cell::UnsafeCell::new(0));
        let theirs = cell.clone();
        let other = thread::spawn(move || {
            // SAFETY: the other access is after the join.
            theirs.with_mut(|value| unsafe { *value = 1 });
            panic!("after the write");
        });
        assert!(other.join().is_err());
        // SAFETY: the thread has ended.
        outcome(cell.with(|value| unsafe { *value }));
    });
    assert_eq!(outcomes(&report.assert_verified()), ["1"].into());
}

#[test]
fn a_scope_panics_when_nobody_joined_a_thread_that_did() {
    let unjoined = || thread::scope(|scope| drop(scope.spawn(|| panic!("inside"))));
    assert_eq!(failure(&joined().run(unjoined)).message, "a scoped thread panicked");
    assert_eq!(failure(&Checker::new().run(unjoined)).message, "inside");
    let report = joined().run(|| {
        let x = AtomicUsize::new(0);
        thread::scope(|scope| {
            let inside = scope.spawn(|| {
                x.load(SeqCst);
                panic!("inside")
            });
            x.load(SeqCst);
            assert!(inside.join().is_err());
        });
    });
    let _verified = report.assert_verified();
}

#[test]
fn a_lock_that_is_held_in_a_panic_is_poisoned() {
    let report = joined().run(|| {
        let lock = Arc::new(Mutex::new(0));
        let theirs = lock.clone();
        let other = thread::spawn(move || {
            let mut held = theirs.lock().unwrap();
            *held = 1;
            panic!("with the lock");
        });
        let seen = match lock.lock() {
            Ok(value) => format!("whole {}", *value),
            Err(poisoned) => format!("poisoned {}", **poisoned.get_ref()),
        };
        assert!(other.join().is_err());
        assert!(lock.is_poisoned());
        assert!(lock.try_lock().is_err());
        lock.clear_poison();
        assert!(!lock.is_poisoned());
        outcome(seen);
        drop(lock.lock().unwrap());
    });
    assert_eq!(outcomes(&report.assert_verified()), ["poisoned 1", "whole 0"].into());
}

#[test]
fn a_wait_returns_the_poison_of_its_lock() {
    let report = joined().run(|| {
        let shared = Arc::new((Mutex::new(false), Condvar::new()));
        let theirs = shared.clone();
        thread::spawn(move || {
            let mut ready = theirs.0.lock().unwrap_or_else(|p| p.into_inner());
            *ready = true;
            theirs.1.notify_one();
            panic!("with the lock");
        });
        let woken = match shared.0.lock() {
            Ok(ready) if *ready => unreachable!("who sets it leaves poison"),
            Ok(ready) => shared.1.wait(ready).map(drop).is_err(),
            Err(_) => true,
        };
        assert!(woken);
    });
    let _verified = report.assert_verified();
}

/// Its destructor is an event, in which other threads go on.
struct Adds(Arc<AtomicUsize>);

impl Drop for Adds {
    fn drop(&mut self) {
        assert!(thread::panicking());
        self.0.fetch_add(1, SeqCst);
        assert!(thread::panicking());
    }
}

#[test]
fn a_thread_that_unwinds_leaves_no_other_panicking() {
    let report = joined().run(|| {
        let (count, lock) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(())));
        let adds = Adds(count.clone());
        let other = thread::spawn(move || {
            let _adds = adds;
            panic!("adds on the way");
        });
        let (theirs, seen) = (lock.clone(), count.clone());
        let looks = thread::spawn(move || {
            let held = theirs.lock().unwrap();
            let seen = seen.load(SeqCst);
            assert!(!thread::panicking());
            drop(held);
            seen
        });
        assert!(!thread::panicking());
        outcome(looks.join().unwrap());
        assert!(other.join().is_err());
        assert!(!lock.is_poisoned());
    });
    assert_eq!(outcomes(&report.assert_verified()), ["0", "1"].into());
}

#[test]
fn an_unwinding_that_was_given_up_leaves_later_executions_as_they_are() {
    struct Waits(Arc<Mutex<()>>);
    impl Drop for Waits {
        fn drop(&mut self) {
            std::mem::forget(self.0.lock().unwrap());
        }
    }
    let report = joined().keep_going().run(|| {
        assert!(!thread::panicking());
        if selvedge::choose(2) == 0 {
            let lock = Arc::new(Mutex::new(()));
            std::mem::forget(lock.lock().unwrap());
            let _waits = Waits(lock);
            panic!("and then waits forever");
        }
        let lock = Arc::new(Mutex::new(()));
        drop(lock.lock().unwrap());
        assert!(!lock.is_poisoned());
        outcome("goes on");
    });
    assert_eq!(failure(&report).kind, FailureKind::Deadlock);
    assert_eq!((report.executions(), outcomes(&report)), (2, ["goes on"].into()));
}
