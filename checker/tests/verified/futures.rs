//! `block_on`: a wait between two polls ends for a waker, and without one only within the budget.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use selvedge::future::block_on;
use selvedge::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use selvedge::sync::{Arc, Mutex};
use selvedge::{Checker, FailureKind, Report, Verdict, outcome, thread};

type Slot = Arc<Mutex<Option<Waker>>>;

fn take(slot: &Slot) -> Option<Waker> {
    slot.lock().unwrap().take()
}

fn is(report: &Report, kind: FailureKind) -> bool {
    matches!(report.verdict(), Verdict::Failed(failure) if failure.kind == kind)
}

#[track_caller]
fn assert_outcomes(report: Report, wanted: &[&str]) {
    let report = report.assert_verified();
    assert_eq!(report.outcomes().keys().collect::<Vec<_>>(), wanted);
}

/// A future that looks at the flag before it registers its waker, or after that.
fn waits_for_a_flag(registers_first: bool) -> impl Fn() + Send + Sync + 'static {
    move || {
        let shared = Arc::new((AtomicBool::new(false), Slot::default()));
        let theirs = shared.clone();
        let other = thread::spawn(move || {
            theirs.0.store(true, SeqCst);
            if let Some(waker) = take(&theirs.1) {
                waker.wake();
            }
        });
        block_on(poll_fn(|context| {
            let register = || *shared.1.lock().unwrap() = Some(context.waker().clone());
            if registers_first {
                register();
            }
            if shared.0.load(SeqCst) {
                return Poll::Ready(());
            }
            if !registers_first {
                register();
            }
            Poll::Pending
        }));
        other.join().unwrap();
    }
}

#[test]
fn a_waker_that_is_registered_too_late_is_a_deadlock() {
    let report = Checker::new().run(waits_for_a_flag(false));
    assert!(is(&report, FailureKind::Deadlock), "{}", report.verdict());
}

/// A poll for no reason sees the flag; but there need not be one.
#[test]
fn a_spurious_poll_does_not_hide_it() {
    let report = Checker::new().spurious_wakeups(1).run(waits_for_a_flag(false));
    assert!(is(&report, FailureKind::Deadlock), "{}", report.verdict());
}

#[test]
fn a_waker_that_is_registered_first_is_enough() {
    let _verified = Checker::new().run(waits_for_a_flag(true)).assert_verified();
    let _verified = Checker::new().spurious_wakeups(1).run(waits_for_a_flag(true)).assert_verified();
}

#[test]
fn nobody_wakes_a_future_that_drops_its_waker() {
    let report = Checker::new().run(|| block_on(poll_fn(|_| Poll::<()>::Pending)));
    assert!(is(&report, FailureKind::Deadlock), "{}", report.verdict());
}

/// The second poll keeps another clone; the first one, dropped unwoken, is no wake-up.
#[test]
fn wakers_that_are_dropped_wake_nobody() {
    let report = Checker::new().run(|| {
        let slot = Slot::default();
        let theirs = slot.clone();
        let other = thread::spawn(move || drop(take(&theirs)));
        block_on(poll_fn(|context| {
            *slot.lock().unwrap() = Some(context.waker().clone());
            Poll::<()>::Pending
        }));
        other.join().unwrap();
    });
    assert!(is(&report, FailureKind::Deadlock), "{}", report.verdict());
}

/// Each waking is worth one poll, by whatever clone and in whatever way.
#[test]
fn a_future_that_wakes_itself_is_polled_again() {
    let report = Checker::new().run(|| {
        let mut polls = 0;
        block_on(poll_fn(|context| {
            polls += 1;
            match polls {
                1 => context.waker().wake_by_ref(),
                2 => {
                    let kept = context.waker().clone();
                    kept.wake();
                }
                3 => {
                    // Twice is once.
                    context.waker().wake_by_ref();
                    context.waker().wake_by_ref();
                }
                _ => return Poll::Ready(()),
            }
            Poll::Pending
        }));
        outcome(polls);
    });
    assert_outcomes(report, &["4"]);
}

/// The future is ready without the waker that another thread still holds.
#[test]
fn a_waker_may_be_woken_when_its_future_has_ended() {
    let report = Checker::new().run(|| {
        let slot = Slot::default();
        let theirs = slot.clone();
        let other = thread::spawn(move || {
            let waker = take(&theirs);
            outcome(waker.is_some());
            waker.map(Waker::wake)
        });
        let mut polls = 0;
        block_on(poll_fn(|context| {
            polls += 1;
            if polls == 2 {
                return Poll::Ready(());
            }
            *slot.lock().unwrap() = Some(context.waker().clone());
            context.waker().wake_by_ref();
            Poll::Pending
        }));
        other.join().unwrap();
    });
    assert_outcomes(report, &["false", "true"]);
}

/// What was written before `wake` is seen by the poll that it leads to.
#[test]
fn waking_synchronises_with_the_poll() {
    let report = Checker::new().run(|| {
        use selvedge::sync::atomic::Ordering::Relaxed;
        let shared = Arc::new((AtomicUsize::new(0), Slot::default()));
        let mut polls = 0;
        block_on(poll_fn(|context| {
            polls += 1;
            if polls == 2 {
                outcome(shared.0.load(Relaxed));
                return Poll::Ready(());
            }
            let (theirs, waker) = (shared.clone(), context.waker().clone());
            thread::spawn(move || {
                theirs.0.store(1, Relaxed);
                waker.wake();
            });
            Poll::Pending
        }));
    });
    assert_outcomes(report, &["1"]);
}

/// The inner call has a waker of its own: it does not take what wakes the outer.
#[test]
fn futures_in_futures_have_wakers_of_their_own() {
    let report = Checker::new().run(|| {
        let mut polls = 0;
        block_on(poll_fn(|context| {
            polls += 1;
            if polls == 2 {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            let mut inner = 0;
            block_on(poll_fn(|context| {
                inner += 1;
                if inner == 2 {
                    return Poll::Ready(());
                }
                context.waker().wake_by_ref();
                Poll::Pending
            }));
            Poll::Pending
        }));
        outcome(polls);
    });
    assert_outcomes(report, &["2"]);
}

/// A waker from a poll by hand is nobody's to wait for.
#[test]
fn a_waker_without_an_executor_wakes_nobody() {
    let report = Checker::new().run(|| {
        let mut polls = 0;
        let mut future = pin!(poll_fn(|context: &mut Context<'_>| {
            polls += 1;
            context.waker().wake_by_ref();
            if polls == 2 { Poll::Ready(()) } else { Poll::Pending }
        }));
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        block_on(future);
        outcome("ready");
    });
    assert_outcomes(report, &["ready"]);
}

#[test]
fn a_spurious_poll_needs_a_budget() {
    let polls = || {
        let slot = Slot::default();
        let theirs = slot.clone();
        let mut polls = 0;
        block_on(poll_fn(|context| {
            polls += 1;
            if polls == 1 {
                *theirs.lock().unwrap() = Some(context.waker().clone());
                let slot = slot.clone();
                thread::spawn(move || take(&slot).unwrap().wake());
            }
            if theirs.lock().unwrap().is_none() { Poll::Ready(()) } else { Poll::Pending }
        }));
        outcome(polls);
    };
    assert_outcomes(Checker::new().run(polls), &["1", "2"]);
    assert_outcomes(Checker::new().spurious_wakeups(1).run(polls), &["1", "2", "3"]);
}
