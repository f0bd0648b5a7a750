//! `Semaphore` and `BoundedSemaphore`: never more holders than permits, no permit lost, nobody forgotten.
//!
//! Models of three threads that block are too large for loom to finish; they are explored up to two preemptions at most.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use selvedge::{Checker, Verdict};
use selvedge_primitives::{BoundedSemaphore, ReleaseError, Semaphore};
use selvedge_tests::{cell::Plain, thread, verify, verify_bounded};

/// A time that passes soon, and in a model may pass at any time.
const SOON: Duration = Duration::from_millis(1);

/// A time that has not passed by the time that a test ends, and may pass at once in a model.
const LONG: Duration = Duration::from_secs(3600);

#[test]
fn a_semaphore_of_one_is_a_lock() {
    verify(|| {
        let shared = Arc::new((Semaphore::new(1), Plain::new(0)));
        let others: Vec<_> = (0..2)
            .map(|_| {
                let shared = shared.clone();
                thread::spawn(move || {
                    let _permit = shared.0.permit();
                    shared.1.set(shared.1.get() + 1);
                })
            })
            .collect();
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(shared.1.get(), 2);
        assert!(shared.0.try_acquire());
        assert!(!shared.0.try_acquire());
    });
}

#[test]
fn a_release_publishes_what_came_before_it_to_the_thread_that_gets_the_permit() {
    verify(|| {
        let shared = Arc::new((Semaphore::new(0), Plain::new(0)));
        let other = {
            let shared = shared.clone();
            thread::spawn(move || {
                shared.1.set(1);
                shared.0.release(1).unwrap();
            })
        };
        shared.0.acquire();
        assert_eq!(shared.1.get(), 1);
        other.join().unwrap();
    });
}

#[test]
fn a_poll_that_gets_a_permit_sees_what_came_before_the_release() {
    verify_bounded(2, || {
        let shared = Arc::new((Semaphore::new(0), Plain::new(0)));
        let others: Vec<_> = [false, true]
            .map(|waits| {
                let shared = shared.clone();
                thread::spawn(move || {
                    if waits {
                        shared.0.acquire();
                    } else {
                        shared.1.set(1);
                        // With the other in the queue or not: on the slow path and on the fast one.
                        shared.0.release(2).unwrap();
                    }
                })
            })
            .into();
        if shared.0.try_acquire() {
            assert_eq!(shared.1.get(), 1);
        }
        for other in others {
            other.join().unwrap();
        }
    });
}

#[test]
fn a_poll_sees_what_came_before_a_release_that_looked_for_threads_that_wait() {
    let report = verify(|| {
        let shared = Arc::new((Semaphore::new(0), Plain::new(0)));
        // Leaves its mark, so that the release takes the slow path, and nobody in the queue.
        assert!(!shared.0.acquire_timeout(SOON));
        let other = {
            let shared = shared.clone();
            thread::spawn(move || {
                let taken = shared.0.try_acquire();
                if taken {
                    assert_eq!(shared.1.get(), 1);
                }
                taken
            })
        };
        shared.1.set(1);
        shared.0.release(1).unwrap();
        let taken = other.join().unwrap();
        selvedge::outcome(taken);
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn of_two_releases_that_meet_both_publish() {
    let report = verify(|| {
        let shared = Arc::new((Semaphore::new(0), Plain::new(0)));
        let other = {
            let shared = shared.clone();
            thread::spawn(move || {
                shared.1.set(1);
                shared.0.release(1).unwrap();
            })
        };
        shared.0.release(1).unwrap();
        let both = shared.0.try_acquire() && shared.0.try_acquire();
        if both {
            // One of the two is the other's.
            assert_eq!(shared.1.get(), 1);
        }
        other.join().unwrap();
        selvedge::outcome(both);
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn of_two_permits_both_are_held_at_once_and_never_three() {
    static HOLDERS: AtomicUsize = AtomicUsize::new(0);
    let report = verify(|| {
        HOLDERS.store(0, Relaxed);
        let semaphore = Arc::new(Semaphore::new(2));
        semaphore.acquire();
        let others: Vec<_> = (0..2)
            .map(|_| {
                let semaphore = semaphore.clone();
                thread::spawn(move || semaphore.try_acquire())
            })
            .collect();
        let got: usize = others.into_iter().map(|o| usize::from(o.join().unwrap())).sum();
        assert_eq!(got, 1);
        assert!(!semaphore.try_acquire());
    });
    assert!(report.executions() > 0);
}

#[test]
fn one_release_of_two_permits_lets_two_waiting_threads_go_on() {
    verify_bounded(2, || {
        let semaphore = Arc::new(Semaphore::new(0));
        let others: Vec<_> = (0..2)
            .map(|_| {
                let semaphore = semaphore.clone();
                thread::spawn(move || semaphore.acquire())
            })
            .collect();
        semaphore.release(2).unwrap();
        for other in others {
            other.join().unwrap();
        }
        assert!(!semaphore.try_acquire());
    });
}

#[test]
fn two_releases_let_two_waiting_threads_go_on() {
    verify_bounded(1, || {
        let semaphore = Arc::new(Semaphore::new(0));
        let others: Vec<_> = (0..2)
            .map(|_| {
                let semaphore = semaphore.clone();
                thread::spawn(move || semaphore.acquire())
            })
            .collect();
        semaphore.release(1).unwrap();
        semaphore.release(1).unwrap();
        for other in others {
            other.join().unwrap();
        }
        assert!(!semaphore.try_acquire());
    });
}

#[test]
fn a_permit_given_to_a_thread_that_gives_up_is_not_lost() {
    let report = verify_bounded(2, || {
        let semaphore = Arc::new(Semaphore::new(0));
        let timed = {
            let semaphore = semaphore.clone();
            thread::spawn(move || semaphore.acquire_timeout(LONG))
        };
        let patient = {
            let semaphore = semaphore.clone();
            thread::spawn(move || {
                semaphore.acquire();
                semaphore.release(1).unwrap();
            })
        };
        semaphore.release(1).unwrap();
        let got = timed.join().unwrap();
        if got {
            semaphore.release(1).unwrap();
        }
        patient.join().unwrap();
        assert!(semaphore.try_acquire());
        assert!(!semaphore.try_acquire());
        selvedge::outcome(got);
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn permits_that_are_handed_over_are_neither_lost_nor_doubled() {
    let report = verify(|| {
        let shared = Arc::new((BoundedSemaphore::new(2), Plain::new(0)));
        shared.0.acquire();
        shared.0.acquire();
        let other = {
            let shared = shared.clone();
            thread::spawn(move || {
                let got = shared.0.acquire_timeout(LONG);
                if got {
                    assert_eq!(shared.1.get(), 1);
                    shared.0.release_fair(1).unwrap();
                }
                got
            })
        };
        shared.1.set(1);
        shared.0.release_fair(2).unwrap();
        selvedge::outcome(other.join().unwrap());
        assert!(shared.0.try_acquire() && shared.0.try_acquire(), "none is lost");
        assert!(!shared.0.try_acquire(), "and none is there twice");
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_bounded_semaphore_takes_back_what_it_gave_and_no_more() {
    verify(|| {
        let semaphore = Arc::new(BoundedSemaphore::new(1));
        semaphore.acquire();
        let other = {
            let semaphore = semaphore.clone();
            thread::spawn(move || semaphore.release(1))
        };
        let mine = semaphore.release(1);
        let theirs = other.join().unwrap();
        assert!(mine.is_ok() ^ theirs.is_ok());
        let refused = mine.and(theirs).unwrap_err();
        assert_eq!(refused, ReleaseError::TooMany { released: 1, available: 1, limit: 1 });
        assert!(semaphore.try_acquire());
        assert!(!semaphore.try_acquire());
    });
}

#[test]
fn a_bounded_semaphore_refuses_too_many_permits_while_threads_wait_and_wakes_nobody_for_them() {
    verify(|| {
        let semaphore = Arc::new(BoundedSemaphore::new(1));
        semaphore.acquire();
        let other = {
            let semaphore = semaphore.clone();
            thread::spawn(move || {
                semaphore.acquire();
                semaphore.release(1).unwrap();
            })
        };
        let refused = semaphore.release(2).unwrap_err();
        assert_eq!(refused, ReleaseError::TooMany { released: 2, available: 0, limit: 1 });
        semaphore.release(1).unwrap();
        other.join().unwrap();
        assert!(semaphore.try_acquire());
    });
}

#[test]
fn two_releases_that_meet_while_threads_wait_do_not_pass_the_limit_together() {
    // The whole takes long. Where the first release falls between the other's look and its mutex comes early.
    let report = Checker::new().preemption_bound(1).max_executions(5_000).run(|| {
        let semaphore = Arc::new(BoundedSemaphore::new(1));
        semaphore.acquire();
        let spawn = |act: fn(&BoundedSemaphore)| {
            let semaphore = semaphore.clone();
            thread::spawn(move || act(&semaphore))
        };
        // Hands the permit on, so that a single release is enough for both.
        let waits = |semaphore: &BoundedSemaphore| {
            semaphore.acquire();
            // Refused where another release came after this acquire.
            let _ = semaphore.release(1);
        };
        let releases = |semaphore: &BoundedSemaphore| {
            let _ = semaphore.release(1);
        };
        // With the main thread two wait: the first release wakes one and leaves the mark for the other.
        let others = [
            spawn(waits),
            spawn(releases),
            spawn(|semaphore| {
                let _ = semaphore.release(1);
                let seen = format!("{semaphore:?}");
                assert!(["permits: 0,", "permits: 1,"].iter().any(|p| seen.contains(p)), "{seen}");
            }),
        ];
        waits(&semaphore);
        for other in others {
            other.join().unwrap();
        }
        assert!(semaphore.try_acquire());
        assert!(!semaphore.try_acquire());
    });
    if let Verdict::Failed(_) = report.verdict() {
        report.assert_verified();
    }
}
