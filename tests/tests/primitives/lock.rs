//! `Lock`: one holder at a time, nothing lost between holders, nobody forgotten.

use std::sync::Arc;
use std::time::Duration;

use selvedge_primitives::{Lock, OwnedLockGuard};
use selvedge_tests::{cell::Plain, thread, verify};

/// A time that has not passed by the time that a test ends, and may pass at once in a model.
const LONG: Duration = Duration::from_secs(3600);

#[test]
fn the_next_holder_sees_what_the_last_one_wrote() {
    verify(|| {
        let counter = Arc::new(Lock::new(0));
        let other = {
            let counter = counter.clone();
            thread::spawn(move || *counter.lock() += 1)
        };
        *counter.lock() += 1;
        other.join().unwrap();
        assert_eq!(*counter.lock(), 2);
    });
}

#[test]
fn every_waiting_thread_gets_the_lock_in_the_end() {
    verify(|| {
        let lock = Arc::new((Lock::new(()), Plain::new(0)));
        let others: Vec<_> = (0..2)
            .map(|_| {
                let lock = lock.clone();
                thread::spawn(move || {
                    lock.0.acquire();
                    lock.1.set(lock.1.get() + 1);
                    lock.0.release().unwrap();
                })
            })
            .collect();
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(lock.1.get(), 2);
    });
}

// Three threads that want one lock are more than loom finishes.
#[cfg(not(feature = "upstream-loom"))]
#[test]
fn of_two_threads_that_wait_both_get_the_lock() {
    verify(|| {
        let lock = Arc::new((Lock::new(()), Plain::new(0)));
        lock.0.acquire();
        let others: Vec<_> = (0..2)
            .map(|_| {
                let lock = lock.clone();
                thread::spawn(move || {
                    lock.0.acquire();
                    lock.1.set(lock.1.get() + 1);
                    lock.0.release().unwrap();
                })
            })
            .collect();
        // Wakes one; where the other still waits, the lock is free and marked.
        lock.0.release().unwrap();
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(lock.1.get(), 2);
    });
}

#[test]
fn a_lock_is_released_by_another_thread_than_acquired_it() {
    verify(|| {
        let lock = Arc::new((Lock::new(()), Plain::new(0)));
        lock.0.acquire();
        let other = {
            let lock = lock.clone();
            thread::spawn(move || {
                lock.1.set(1);
                lock.0.release().unwrap();
            })
        };
        lock.0.acquire();
        assert_eq!(lock.1.get(), 1, "the release publishes what came before it");
        other.join().unwrap();
    });
}

#[test]
fn of_two_releases_of_one_acquire_exactly_one_succeeds() {
    verify(|| {
        let lock = Arc::new(Lock::new(()));
        lock.acquire();
        let other = {
            let lock = lock.clone();
            thread::spawn(move || lock.release().is_ok())
        };
        let mine = lock.release().is_ok();
        assert!(mine ^ other.join().unwrap());
        assert!(!lock.locked());
    });
}

#[test]
fn a_release_fails_before_an_acquire_and_frees_the_lock_after_it() {
    let report = verify(|| {
        let lock = Arc::new(Lock::new(()));
        let other = {
            let lock = lock.clone();
            thread::spawn(move || lock.acquire())
        };
        // The acquire may come between two looks of the release.
        let released = lock.release().is_ok();
        other.join().unwrap();
        assert_eq!(lock.locked(), !released);
        selvedge::outcome(released);
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_timed_acquire_gives_up_or_gets_the_lock_and_never_half_of_both() {
    let report = verify(|| {
        let lock = Arc::new((Lock::new(()), Plain::new(0)));
        let other = {
            let lock = lock.clone();
            thread::spawn(move || {
                let got = lock.0.acquire_timeout(LONG);
                if got {
                    lock.1.set(lock.1.get() + 1);
                    lock.0.release().unwrap();
                }
                got
            })
        };
        lock.0.acquire();
        lock.1.set(lock.1.get() + 1);
        lock.0.release().unwrap();
        let got = other.join().unwrap();
        assert!(lock.0.try_acquire(), "the thread that gave up left nothing behind");
        assert_eq!(lock.1.get(), if got { 2 } else { 1 });
        selvedge::outcome(got);
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_lock_that_another_holds_is_not_locked_and_a_free_one_is() {
    verify(|| {
        let lock = Arc::new(Lock::new(()));
        let held = lock.lock_timeout(LONG).expect("the lock is free");
        let other = {
            let lock = lock.clone();
            thread::spawn(move || lock.lock_timeout(Duration::ZERO).is_none() && lock.try_lock().is_none())
        };
        assert!(other.join().unwrap());
        drop(held);
        assert!(lock.try_lock().is_some());
    });
}

#[test]
fn a_fair_release_loses_nothing_whichever_thread_waits_or_gives_up() {
    let report = verify(|| {
        let lock = Arc::new((Lock::new(()), Plain::new(0)));
        lock.0.acquire();
        let other = {
            let lock = lock.clone();
            thread::spawn(move || {
                let got = lock.0.acquire_timeout(LONG);
                if got {
                    lock.1.set(lock.1.get() + 1);
                    lock.0.release_fair().unwrap();
                }
                got
            })
        };
        lock.1.set(1);
        lock.0.release_fair().unwrap();
        // Comes by when the lock is free, handed over, or handed over and freed.
        let again = lock.0.try_acquire();
        if again {
            lock.1.set(lock.1.get() + 1);
            lock.0.release_fair().unwrap();
        }
        let got = other.join().unwrap();
        assert!(!lock.0.locked(), "the thread that gave up left nothing behind");
        assert_eq!(lock.1.get(), 1 + u32::from(got) + u32::from(again));
        selvedge::outcome(format_args!("{got} {again}"));
    });
    if cfg!(loom) {
        let all = ["false true", "true false", "true true"];
        assert!(report.outcomes().keys().eq(all), "{:?}", report.outcomes());
    }
}

// Three threads that want one lock are more than loom finishes.
#[cfg(not(feature = "upstream-loom"))]
#[test]
fn of_two_threads_that_wait_a_fair_release_hands_the_lock_to_both_in_the_end() {
    use selvedge_primitives::LockGuard;

    verify(|| {
        let lock = Arc::new((Lock::new(()), Plain::new(0)));
        let held = lock.0.lock();
        let others: Vec<_> = (0..2)
            .map(|_| {
                let lock = lock.clone();
                thread::spawn(move || {
                    let held = lock.0.lock();
                    lock.1.set(lock.1.get() + 1);
                    LockGuard::release_fair(held);
                })
            })
            .collect();
        LockGuard::release_fair(held);
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(lock.1.get(), 2);
        assert!(lock.0.try_acquire());
    });
}

#[test]
fn a_guard_that_owns_its_lock_is_released_by_another_thread_and_publishes() {
    verify(|| {
        let lock = Arc::new(Lock::new(0));
        let mut held = lock.lock_owned();
        *held = 1;
        let other = thread::spawn(move || {
            *held += 1;
            OwnedLockGuard::release_fair(held);
        });
        assert_eq!(*lock.lock(), 2, "not before the other thread has written");
        other.join().unwrap();
        assert_eq!(lock.try_lock_owned().map(|held| *held), Some(2), "nothing is left behind");
    });
}
