//! `Barrier`: nobody goes on before all have come, each has an index of its own, and a generation ends in one way for all.
//!
//! Models of three threads that block are too large for loom to finish; they are explored up to two preemptions.

use std::sync::Arc;
use std::time::Duration;

use selvedge_primitives::{Barrier, BrokenBarrier};
use selvedge_tests::{cell::Plain, thread, verify_bounded, verify_over_locks};

/// A time that passes soon, and in a model may pass at any time.
const SOON: Duration = Duration::from_millis(1);

#[test]
fn a_thread_that_goes_on_sees_what_all_the_others_did_before_they_came() {
    verify_bounded(2, || {
        let shared = Arc::new((Barrier::new(3).unwrap(), [(); 3].map(|()| Plain::new(0))));
        let come = |me: usize| {
            let shared = shared.clone();
            move || {
                shared.1[me].set(1);
                let index = shared.0.wait().unwrap();
                assert!(shared.1.iter().all(|p| p.get() == 1));
                index
            }
        };
        let others = [1, 2].map(|me| thread::spawn(come(me)));
        let mine = come(0)();
        let mut indices = others.map(|o| o.join().unwrap()).to_vec();
        indices.push(mine);
        indices.sort_unstable();
        assert_eq!(indices, [0, 1, 2]);
    });
}

#[test]
fn a_barrier_is_used_again_and_again() {
    verify_over_locks(|| {
        let shared = Arc::new((Barrier::new(2).unwrap(), Plain::new(0)));
        let other = {
            let shared = shared.clone();
            thread::spawn(move || {
                shared.1.set(1);
                shared.0.wait().unwrap();
                shared.0.wait().unwrap();
                assert_eq!(shared.1.get(), 2);
            })
        };
        shared.0.wait().unwrap();
        assert_eq!(shared.1.get(), 1);
        shared.1.set(2);
        shared.0.wait().unwrap();
        other.join().unwrap();
        assert_eq!(shared.0.n_waiting(), 0);
    });
}

#[test]
fn the_action_runs_once_after_all_have_come_and_before_any_goes_on() {
    verify_over_locks(|| {
        let count = Arc::new(Plain::new(0));
        let counted = count.clone();
        let barrier = Barrier::new(2).unwrap().with_action(move || counted.set(counted.get() + 1));
        let barrier = Arc::new(barrier);
        let come = || {
            let (barrier, count) = (barrier.clone(), count.clone());
            move || {
                barrier.wait().unwrap();
                assert_eq!(count.get(), 1);
            }
        };
        let other = thread::spawn(come());
        come()();
        other.join().unwrap();
    });
}

#[test]
fn a_time_that_is_over_breaks_the_barrier_for_all_or_for_nobody() {
    let report = verify_over_locks(|| {
        let barrier = Arc::new(Barrier::new(2).unwrap());
        let other = {
            let barrier = barrier.clone();
            thread::spawn(move || barrier.wait_timeout(SOON))
        };
        let mine = barrier.wait();
        let theirs = other.join().unwrap();
        assert_eq!(mine.is_ok(), theirs.is_ok());
        assert_eq!(barrier.is_broken(), mine.is_err());
        selvedge::outcome(mine.is_ok());
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_time_that_is_over_while_the_action_runs_breaks_nothing() {
    let report = verify_over_locks(|| {
        let action = Arc::new(Plain::new(0));
        let ran = action.clone();
        let barrier = Barrier::new(2).unwrap().with_timeout(SOON).with_action(move || ran.set(1));
        let barrier = Arc::new(barrier);
        let other = {
            let barrier = barrier.clone();
            thread::spawn(move || barrier.wait())
        };
        let mine = barrier.wait();
        let theirs = other.join().unwrap();
        assert_eq!(mine.is_ok(), theirs.is_ok());
        assert_eq!(action.get(), u32::from(mine.is_ok()));
        selvedge::outcome(mine.is_ok());
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn an_abort_fails_those_that_wait_and_those_that_come() {
    verify_over_locks(|| {
        let barrier = Arc::new(Barrier::new(2).unwrap());
        let other = {
            let barrier = barrier.clone();
            thread::spawn(move || assert_eq!(barrier.wait(), Err(BrokenBarrier)))
        };
        barrier.abort();
        other.join().unwrap();
        assert!(barrier.is_broken());
        assert_eq!(barrier.wait(), Err(BrokenBarrier));
        barrier.reset();
        assert!(!barrier.is_broken());
    });
}

#[test]
fn a_reset_fails_those_that_wait_and_leaves_the_barrier_as_new() {
    let report = verify_bounded(2, || {
        let barrier = Arc::new(Barrier::new(2).unwrap());
        let come = || {
            let barrier = barrier.clone();
            // Once more after the reset, where it comes in between.
            move || barrier.wait().or_else(|_| barrier.wait()).unwrap()
        };
        let others = [(); 2].map(|()| thread::spawn(come()));
        let met = barrier.n_waiting();
        barrier.reset();
        // One may have failed while the other had not come, or both have met before; nobody is left alone.
        let indices = others.map(|o| o.join().unwrap());
        assert_ne!(indices[0], indices[1]);
        assert!(!barrier.is_broken());
        assert_eq!(barrier.n_waiting(), 0);
        selvedge::outcome(met);
    });
    assert!(report.executions() > 0);
}

#[test]
fn a_thread_that_comes_too_early_is_not_mixed_up_with_those_that_are_leaving() {
    let report = verify_bounded(2, || {
        let barrier = Arc::new(Barrier::new(2).unwrap().with_action(thread::yield_now));
        let others = [(); 2].map(|()| {
            let barrier = barrier.clone();
            thread::spawn(move || barrier.wait())
        });
        let mine = barrier.wait_timeout(SOON);
        // One of the three is left alone.
        barrier.abort();
        let [first, second] = others.map(|o| o.join().unwrap());
        let mut passed: Vec<_> = [mine, first, second].into_iter().flatten().collect();
        passed.sort_unstable();
        assert!(passed.is_empty() || passed == [0, 1], "{passed:?}");
        assert_eq!(barrier.n_waiting(), 0);
        selvedge::outcome(format!("{} {}", mine.is_ok(), passed.len()));
    });
    if cfg!(loom) {
        let outcomes = report.outcomes();
        assert!(outcomes.keys().eq(["false 0", "false 2", "true 2"]), "{outcomes:?}");
    }
}

#[test]
fn an_abort_while_the_action_runs_fails_both() {
    let report = verify_bounded(2, || {
        let aborts = Arc::new(Barrier::new(1).unwrap());
        let barrier = Arc::new(Barrier::new(2).unwrap().with_action(move || {
            aborts.wait().unwrap();
        }));
        let other = {
            let barrier = barrier.clone();
            thread::spawn(move || barrier.wait())
        };
        let aborter = {
            let barrier = barrier.clone();
            thread::spawn(move || barrier.abort())
        };
        let (mine, theirs) = (barrier.wait(), other.join().unwrap());
        aborter.join().unwrap();
        assert_eq!(mine.is_ok(), theirs.is_ok());
        assert!(barrier.is_broken());
        selvedge::outcome(mine.is_ok());
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}
