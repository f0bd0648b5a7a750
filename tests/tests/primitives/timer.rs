//! `Timer`: the call is made once, or cancelled.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use selvedge_primitives::{JoinError, StartError, Timer};
use selvedge_tests::{cell::Plain, thread, verify_bounded, verify_over_locks};

/// A time that has not passed by the time that a test ends, and may pass at once in a model.
const LONG: Duration = Duration::from_secs(3600);

fn counting(interval: Duration) -> (Timer, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let timer = Timer::new(interval, {
        let calls = calls.clone();
        move || {
            calls.fetch_add(1, Ordering::Relaxed);
        }
    });
    (timer, calls)
}

#[test]
fn of_a_cancel_and_the_call_exactly_one_happens() {
    let report = verify_over_locks(|| {
        let (timer, calls) = counting(LONG);
        timer.start().unwrap();
        let cancelled = timer.cancel();
        timer.join().unwrap();
        assert_eq!(calls.load(Ordering::Relaxed), usize::from(!cancelled));
        assert_eq!(timer.cancel(), cancelled);
        selvedge::outcome(cancelled);
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_cancel_that_comes_too_late_knows_that_the_timer_was_started() {
    verify_over_locks(|| {
        let (timer, _) = counting(LONG);
        let timer = Arc::new(timer);
        let starter = {
            let timer = timer.clone();
            thread::spawn(move || timer.start().unwrap())
        };
        if !timer.cancel() {
            timer.join().expect("it has fired");
        }
        starter.join().unwrap();
    });
}

#[test]
fn two_cancels_agree() {
    // loom does not finish this in a reasonable time.
    let report = verify_bounded(2, || {
        let (timer, calls) = counting(LONG);
        timer.start().unwrap();
        let other = {
            let timer = timer.clone();
            thread::spawn(move || timer.cancel())
        };
        let mine = timer.cancel();
        assert_eq!(mine, other.join().unwrap());
        timer.join().unwrap();
        assert_eq!(calls.load(Ordering::Relaxed), usize::from(!mine));
        selvedge::outcome(mine);
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_timer_that_never_expires_is_woken_by_its_cancel() {
    verify_over_locks(|| {
        let (timer, calls) = counting(Duration::MAX);
        timer.start().unwrap();
        assert!(timer.cancel());
        timer.join().unwrap();
        assert_eq!(calls.load(Ordering::Relaxed), 0);
    });
}

#[test]
fn a_timer_that_is_cancelled_before_its_start_never_calls() {
    verify_over_locks(|| {
        let (timer, calls) = counting(Duration::ZERO);
        assert!(timer.cancel());
        assert!(!timer.is_alive());
        timer.start().unwrap();
        timer.join().unwrap();
        assert_eq!(calls.load(Ordering::Relaxed), 0);
    });
}

#[test]
fn a_thread_that_joins_a_timer_sees_what_it_did_once() {
    verify_over_locks(|| {
        let cell = Arc::new(Plain::new(0));
        let timer = Timer::new(Duration::ZERO, {
            let cell = cell.clone();
            move || cell.set(cell.get() + 1)
        });
        assert_eq!(timer.join(), Err(JoinError::NotStarted));
        timer.start().unwrap();
        assert!(matches!(timer.start(), Err(StartError::AlreadyStarted)));
        timer.join().unwrap();
        assert_eq!(cell.get(), 1);
        assert!(!timer.cancel(), "too late");
    });
}
