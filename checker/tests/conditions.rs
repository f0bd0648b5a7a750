//! What `hint::spin_until` promises.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

use std::sync::Arc;

use selvedge::hint::spin_until;
use selvedge::sync::Mutex;
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use selvedge::{Checker, FailureKind, MemoryModel, Report, Verdict, thread};

/// Explores a waiting first thread beside another one.
fn beside(other: fn(&AtomicUsize, &AtomicUsize), waits: fn(&AtomicUsize, &AtomicUsize)) -> Report {
    Checker::new().keep_going().run(move || {
        let here = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
        let there = here.clone();
        let thread = thread::spawn(move || other(&there.0, &there.1));
        waits(&here.0, &here.1);
        thread.join().unwrap();
        selvedge::outcome("complete");
    })
}

#[track_caller]
fn failure(report: &Report) -> &selvedge::Failure {
    let Verdict::Failed(failure) = report.verdict() else { panic!("{}", report.verdict()) };
    failure
}

#[test]
fn what_is_written_before_the_condition_holds_is_seen() {
    let report = beside(
        |x, ready| {
            x.store(7, Relaxed);
            ready.store(1, Release);
        },
        |x, ready| {
            spin_until(|| ready.load(Acquire) == 1);
            assert_eq!(x.load(Relaxed), 7);
        },
    );
    assert_eq!(report.assert_verified().executions(), 1);
}

#[test]
fn a_relaxed_wait_orders_nothing() {
    let report = beside(
        |x, ready| {
            x.store(7, Relaxed);
            ready.store(1, Relaxed);
        },
        |x, ready| {
            spin_until(|| ready.load(Relaxed) == 1);
            assert_eq!(x.load(Relaxed), 7);
        },
    );
    assert_eq!(failure(&report).kind, FailureKind::Panic);
}

#[test]
fn a_condition_that_nobody_makes_hold_is_a_livelock_with_its_place() {
    let report = beside(|x, _| x.store(1, SeqCst), |x, _| spin_until(|| x.load(SeqCst) == 2));
    assert_eq!((report.executions(), report.blocked()), (1, 0));
    let failure = failure(&report);
    assert_eq!(failure.kind, FailureKind::Livelock);
    let place = failure.place.as_ref().expect("it has a place");
    assert_eq!(
        failure.message,
        format!("MainThread waits for a change that nobody is left to make, and repeats load at {place}")
    );
}

#[test]
fn a_moment_that_passes_can_be_missed() {
    let passes = |x: &AtomicUsize, _: &AtomicUsize| {
        x.store(1, SeqCst);
        x.store(2, SeqCst);
    };
    let report = beside(passes, |x, _| spin_until(|| x.load(SeqCst) == 1));
    assert_eq!((report.executions(), report.outcomes()["complete"]), (2, 1));
    assert_eq!(failure(&report).kind, FailureKind::Livelock);
}

#[test]
fn a_moment_that_comes_back_is_waited_for() {
    let comes_back = |x: &AtomicUsize, _: &AtomicUsize| {
        x.store(1, SeqCst);
        x.store(2, SeqCst);
        x.store(1, SeqCst);
    };
    let report = beside(comes_back, |x, _| spin_until(|| x.load(SeqCst) == 1)).assert_verified();
    assert_eq!(report.executions(), 2);
}

#[test]
fn a_condition_may_load_several_atomics() {
    let peterson = |model| {
        Checker::new().memory_model(model).run(|| {
            let shared = Arc::new(([AtomicUsize::new(0), AtomicUsize::new(0)], AtomicUsize::new(0)));
            let inside = Arc::new(AtomicUsize::new(0));
            let enter = |me: usize| {
                let (shared, inside) = (shared.clone(), inside.clone());
                move || {
                    let (interested, turn) = &*shared;
                    interested[me].store(1, SeqCst);
                    turn.store(1 - me, SeqCst);
                    spin_until(|| interested[1 - me].load(SeqCst) == 0 || turn.load(SeqCst) == me);
                    assert_eq!(inside.fetch_add(1, Relaxed), 0);
                    inside.fetch_sub(1, Relaxed);
                    interested[me].store(0, SeqCst);
                }
            };
            let threads = [thread::spawn(enter(0)), thread::spawn(enter(1))];
            threads.into_iter().for_each(|t| t.join().unwrap());
        })
    };
    for model in [MemoryModel::Sc, MemoryModel::Rc11] {
        assert!(peterson(model).verdict().is_verified());
    }
}

#[test]
fn a_condition_that_panics_fails_where_it_reads_what_makes_it_panic() {
    let report = beside(
        |x, _| x.store(3, SeqCst),
        |x, _| {
            spin_until(|| {
                let value = x.load(SeqCst);
                assert!(value < 3, "too large");
                value == 2
            });
        },
    );
    let failure = failure(&report);
    assert_eq!((failure.kind, &*failure.message), (FailureKind::Panic, "too large"));
}

#[test]
fn a_condition_that_does_more_than_load_is_refused() {
    let counts = |x: &AtomicUsize, _: &AtomicUsize| spin_until(|| x.fetch_add(1, SeqCst) == 1);
    let locks = |_: &AtomicUsize, _: &AtomicUsize| {
        let free = Mutex::new(true);
        spin_until(|| *free.lock().unwrap());
    };
    let nests = |x: &AtomicUsize, _: &AtomicUsize| {
        spin_until(|| {
            spin_until(|| x.load(SeqCst) == 0);
            true
        });
    };
    for waits in [counts, locks, nests] {
        let report = beside(|_, _| {}, waits);
        let failure = failure(&report);
        assert_eq!(failure.kind, FailureKind::ModelLimit);
        assert_eq!(failure.message, "a condition of `spin_until` may do nothing but load atomics");
    }
}

#[test]
fn a_condition_that_cannot_change_is_refused() {
    let report = beside(|_, _| {}, |_, _| spin_until(|| false));
    assert_eq!(failure(&report).message, "a condition of `spin_until` is false and has loaded no atomic");
}

#[test]
fn what_fails_after_a_wait_is_told_along_its_schedule() {
    let report = Checker::new().run(|| {
        let ready = Arc::new(AtomicUsize::new(0));
        let theirs = ready.clone();
        let waiting = thread::spawn(move || {
            spin_until(|| theirs.load(Acquire) == 1);
            panic!("too late");
        });
        ready.store(1, Release);
        waiting.join().unwrap();
    });
    assert_eq!(failure(&report).kind, FailureKind::Panic);
    let told = report.counterexample().unwrap();
    assert!(told.schedule().is_some(), "{}", told.render());
}

#[test]
fn a_livelock_shows_what_is_repeated() {
    let report = beside(
        |_, _| {},
        |x, y| {
            while x.load(SeqCst) == 0 || y.compare_exchange(1, 0, SeqCst, Relaxed).is_err() {
                thread::yield_now();
            }
        },
    );
    let failure = failure(&report);
    assert_eq!(failure.kind, FailureKind::Livelock);
    let line = failure.place.as_ref().expect("it has a place").line;
    let steps = failure.message.split_once(" and repeats ").expect("it names the steps").1;
    let file = file!().rsplit('/').next().unwrap();
    let steps: Vec<_> =
        steps.split(", ").map(|step| step.replace(&format!("checker/tests/{file}:"), "")).collect();
    assert_eq!(steps, [format!("load at {line}")]);
}
