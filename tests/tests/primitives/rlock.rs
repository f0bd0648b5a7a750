//! `RLock`: one owner at a time, free with its last level, and nobody but the owner releases.

use std::sync::Arc;
use std::time::Duration;

use selvedge_primitives::{NotOwner, OwnedRLockGuard, RLock, RLockGuard};
use selvedge_tests::{cell::Plain, thread, verify, verify_over_locks};

/// A time that has not passed by the time that a test ends, and may pass at once in a model.
const LONG: Duration = Duration::from_secs(3600);

#[test]
fn the_next_owner_sees_what_the_last_one_wrote() {
    verify_over_locks(|| {
        let counter = Arc::new(RLock::new(Plain::new(0)));
        let others: Vec<_> = (0..2)
            .map(|_| {
                let counter = counter.clone();
                thread::spawn(move || {
                    let outer = counter.lock();
                    outer.set(outer.get() + 1);
                    let inner = counter.lock();
                    inner.set(inner.get() + 1);
                })
            })
            .collect();
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(counter.lock().get(), 4);
    });
}

#[test]
fn the_lock_is_free_for_others_with_its_last_level_only() {
    let report = verify_over_locks(|| {
        let shared = Arc::new((RLock::new(()), Plain::new(0)));
        let other = {
            let shared = shared.clone();
            thread::spawn(move || {
                let got = shared.0.try_acquire();
                if got {
                    shared.1.set(shared.1.get() + 10);
                    shared.0.release().unwrap();
                }
                got
            })
        };
        shared.0.acquire();
        shared.0.acquire();
        shared.1.set(shared.1.get() + 1);
        shared.0.release().unwrap();
        assert!(shared.0.locked());
        shared.1.set(shared.1.get() + 1);
        shared.0.release().unwrap();
        selvedge::outcome(other.join().unwrap());
        assert!(!shared.0.locked());
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_thread_that_does_not_own_the_lock_cannot_release_it() {
    verify_over_locks(|| {
        let lock = Arc::new(RLock::new(()));
        let other = {
            let lock = lock.clone();
            thread::spawn(move || assert_eq!(lock.release(), Err(NotOwner)))
        };
        lock.acquire();
        lock.release().unwrap();
        assert_eq!(lock.release(), Err(NotOwner));
        other.join().unwrap();
    });
}

#[test]
fn an_owner_can_release_whichever_thread_owned_the_lock_before() {
    verify_over_locks(|| {
        let lock = Arc::new(RLock::new(()));
        let other = {
            let lock = lock.clone();
            thread::spawn(move || {
                lock.acquire();
                lock.release().unwrap();
            })
        };
        lock.acquire();
        lock.acquire();
        lock.release().unwrap();
        lock.release().unwrap();
        other.join().unwrap();
        assert!(!lock.locked());
    });
}

#[test]
fn a_timed_acquire_gives_up_or_owns_the_lock_and_never_half_of_both() {
    let report = verify_over_locks(|| {
        let shared = Arc::new((RLock::new(()), Plain::new(0)));
        let other = {
            let shared = shared.clone();
            thread::spawn(move || {
                let got = shared.0.acquire_timeout(LONG);
                if got {
                    shared.1.set(shared.1.get() + 1);
                }
                assert_eq!(shared.0.release().is_ok(), got);
                got
            })
        };
        shared.0.acquire();
        shared.1.set(shared.1.get() + 1);
        shared.0.release().unwrap();
        let got = other.join().unwrap();
        assert!(shared.0.try_acquire(), "the thread that gave up left nothing behind");
        assert_eq!(shared.1.get(), if got { 2 } else { 1 });
        selvedge::outcome(got);
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_lock_that_another_holds_is_not_locked_and_a_free_one_is() {
    verify_over_locks(|| {
        let lock = Arc::new(RLock::new(()));
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
fn a_fair_release_gives_one_level_back_and_hands_the_lock_over_with_the_last() {
    verify(|| {
        let shared = Arc::new((RLock::new(()), Plain::new(0)));
        shared.0.acquire();
        shared.0.acquire();
        let other = {
            let shared = shared.clone();
            thread::spawn(move || {
                let held = shared.0.lock();
                shared.1.set(shared.1.get() + 1);
                RLockGuard::release_fair(held);
            })
        };
        shared.0.release_fair().unwrap();
        shared.1.set(1);
        shared.0.release_fair().unwrap();
        assert_eq!(shared.0.release_fair(), Err(NotOwner));
        other.join().unwrap();
        assert_eq!(shared.1.get(), 2);
        assert!(!shared.0.locked());
    });
}

#[test]
fn guards_that_own_their_lock_give_back_one_level_each() {
    verify(|| {
        let lock = Arc::new((Arc::new(RLock::new(())), Plain::new(0)));
        let outer = lock.0.lock_owned();
        let inner = lock.0.try_lock_owned().expect("this thread has it");
        let other = {
            let lock = lock.clone();
            thread::spawn(move || {
                let held = lock.0.lock_owned();
                lock.1.set(lock.1.get() + 1);
                drop(held);
            })
        };
        OwnedRLockGuard::release_fair(outer);
        // One level is left, whichever guard went first.
        lock.1.set(1);
        OwnedRLockGuard::release_fair(inner);
        other.join().unwrap();
        assert_eq!(lock.1.get(), 2);
        assert!(!lock.0.locked());
    });
}
