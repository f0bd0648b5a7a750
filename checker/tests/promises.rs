//! What `Verified` promises, tried by models that make it hard to keep.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

use std::collections::BTreeSet;
use std::sync::atomic::AtomicUsize as StdUsize;

use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::{Relaxed, SeqCst};
use selvedge::sync::{Arc, Condvar, Mutex, mpsc};
use selvedge::{Checker, Failure, FailureKind, Report, Verdict, assume, outcome, thread};

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

fn atomics() -> (Arc<AtomicUsize>, Arc<AtomicUsize>) {
    (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)))
}

#[test]
fn an_assumption_that_a_later_write_makes_true_is_explored() {
    let report = Checker::new().run(|| {
        let (x, y) = atomics();
        let (theirs, other) = (x.clone(), y.clone());
        thread::spawn(move || {
            theirs.store(1, SeqCst);
            other.store(1, SeqCst);
        });
        assume(x.load(SeqCst) == 1);
        outcome(y.load(SeqCst));
    });
    let report = report.assert_verified();
    assert_eq!(outcomes(&report), ["0", "1"].into());
    assert_eq!(report.blocked(), 1);
}

#[test]
fn a_failure_is_found_behind_an_assumption() {
    let report = Checker::new().run(|| {
        let (x, _) = atomics();
        let theirs = x.clone();
        thread::spawn(move || theirs.store(1, SeqCst));
        assume(x.load(SeqCst) == 1);
        panic!("reached");
    });
    assert_eq!(failure(&report).message, "reached");
}

#[test]
fn what_fails_in_a_dropped_execution_drops_its_own_thread_alone() {
    let report = Checker::new().run(|| {
        let (x, y) = atomics();
        let theirs = y.clone();
        thread::spawn(move || assert_eq!(theirs.load(SeqCst), 1, "reached"));
        let (theirs, other) = (x.clone(), y.clone());
        thread::spawn(move || {
            other.store(1, SeqCst);
            theirs.store(1, SeqCst);
        });
        assume(x.load(SeqCst) == 1);
    });
    assert_eq!(failure(&report).kind, FailureKind::Panic);
}

#[test]
fn a_thread_that_never_began_is_given_up_with_what_it_owns() {
    let report = Checker::new().run(|| {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(1).unwrap());
        drop(receiver);
        panic!("on purpose");
    });
    assert_eq!(failure(&report).message, "on purpose");
}

#[test]
fn thread_locals_of_a_thread_that_is_given_up_are_given_up_too() {
    struct Locks(Arc<Mutex<()>>);
    impl Drop for Locks {
        fn drop(&mut self) {
            drop(self.0.lock().unwrap());
        }
    }
    selvedge::thread_local! {
        static LOCAL: Locks = Locks(Arc::new(Mutex::new(())));
    }
    let report = Checker::new().keep_going().run(|| {
        let (x, _) = atomics();
        let theirs = x.clone();
        thread::spawn(move || theirs.store(1, SeqCst));
        let both = (Arc::new(Mutex::new(false)), Arc::new(Condvar::new()));
        LOCAL.with(|_| {});
        if x.load(SeqCst) == 0 {
            let never = both.0.lock().unwrap();
            drop(both.1.wait(never).unwrap());
        }
    });
    assert_eq!(failure(&report).kind, FailureKind::Deadlock);
    assert_eq!(report.executions(), 2);
}

#[test]
fn a_model_that_reads_another_object_than_before_is_nondeterministic() {
    static RUNS: StdUsize = StdUsize::new(0);
    let report = Checker::new().run(|| {
        let run = RUNS.fetch_add(1, Relaxed);
        let (x, y) = atomics();
        let theirs = x.clone();
        thread::spawn(move || theirs.store(1, SeqCst));
        if run.is_multiple_of(2) {
            x.load(SeqCst);
        } else {
            y.load(SeqCst);
        }
        thread::spawn(move || y.store(1, SeqCst));
    });
    let failure = failure(&report);
    assert_eq!(failure.kind, FailureKind::Nondeterminism);
    assert!(failure.place.is_some_and(|place| place.file.ends_with("promises.rs")), "{failure}");
}

#[test]
fn a_model_that_calls_an_object_otherwise_than_before_is_nondeterministic() {
    static RUNS: StdUsize = StdUsize::new(0);
    let report = Checker::new().run(|| {
        let run = RUNS.fetch_add(1, Relaxed);
        let order = if run.is_multiple_of(2) { SeqCst } else { Relaxed };
        let (x, _) = atomics();
        let theirs = x.clone();
        thread::spawn(move || theirs.store(1, SeqCst));
        x.load(order);
    });
    assert_eq!(failure(&report).kind, FailureKind::Nondeterminism);
}

#[test]
fn a_model_with_one_execution_is_nondeterministic_too() {
    static RUNS: StdUsize = StdUsize::new(0);
    let report = Checker::new().run(|| {
        let (x, _) = atomics();
        x.store(1, SeqCst);
        if RUNS.fetch_add(1, Relaxed) > 0 {
            assert_eq!(x.load(SeqCst), 0);
        }
    });
    let failure = failure(&report);
    assert_eq!(failure.kind, FailureKind::Nondeterminism);
    assert!(failure.place.is_some(), "{failure}");
}

#[test]
fn a_failure_that_does_not_happen_again_is_nondeterministic() {
    static RUNS: StdUsize = StdUsize::new(0);
    let report = Checker::new().run(|| {
        let (x, _) = atomics();
        let theirs = x.clone();
        thread::spawn(move || theirs.store(1, SeqCst));
        if x.load(SeqCst) == 1 {
            assert!(RUNS.fetch_add(1, Relaxed) > 0, "the first time alone");
        }
    });
    assert_eq!(failure(&report).kind, FailureKind::Nondeterminism);
}
