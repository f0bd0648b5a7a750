//! `Condition`: a notify ends the wait of a thread that waits, none falls between the look and the wait, and every wait
//! returns holding the lock.
//!
//! Models of three threads that block are too large for loom to finish; they are explored up to two preemptions.

use std::sync::Arc;
use std::time::Duration;

use selvedge_primitives::{Condition, Lock, NotOwner, OwnedLockGuard, OwnedRLockGuard, RLock};
use selvedge_tests::{cell::Plain, thread, verify_bounded, verify_over_locks};

/// A time that passes soon, and in a model may pass at any time.
const SOON: Duration = Duration::from_millis(1);

#[test]
fn no_notify_falls_between_the_look_and_the_wait() {
    verify_over_locks(|| {
        let ready = Arc::new(Condition::over(Lock::new(false)));
        let other = {
            let ready = ready.clone();
            thread::spawn(move || {
                let mut guard = ready.lock();
                *guard = true;
                guard.notify(1);
            })
        };
        let mut guard = ready.lock();
        guard.wait_for(|ready| *ready);
        assert!(*guard);
        drop(guard);
        other.join().unwrap();
    });
}

#[test]
fn a_wait_without_a_predicate_ends_only_by_a_notify() {
    verify_over_locks(|| {
        let started = Arc::new(Condition::over(Lock::new(0)));
        let other = {
            let started = started.clone();
            thread::spawn(move || {
                let mut guard = started.lock();
                if *guard == 0 {
                    // The other is still to come.
                    *guard = 1;
                    guard.wait();
                    assert_eq!(*guard, 2);
                }
            })
        };
        let mut guard = started.lock();
        let waits = *guard == 1;
        *guard = 2;
        guard.notify(1);
        drop(guard);
        other.join().unwrap();
        selvedge::outcome(waits);
    });
}

#[test]
fn two_notifies_wake_two_threads() {
    verify_bounded(2, || {
        let tokens = Arc::new(Condition::over(Lock::new(0)));
        let others: Vec<_> = (0..2)
            .map(|_| {
                let tokens = tokens.clone();
                thread::spawn(move || {
                    let mut guard = tokens.lock();
                    guard.wait_for(|tokens| *tokens > 0);
                    *guard -= 1;
                })
            })
            .collect();
        for _ in 0..2 {
            let mut guard = tokens.lock();
            *guard += 1;
            guard.notify(1);
        }
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(*tokens.lock(), 0);
    });
}

#[test]
fn one_notify_all_wakes_everybody() {
    verify_bounded(2, || {
        let gate = Arc::new(Condition::over(Lock::new(false)));
        let others: Vec<_> = (0..2)
            .map(|_| {
                let gate = gate.clone();
                thread::spawn(move || gate.lock().wait_for(|open| *open))
            })
            .collect();
        let mut guard = gate.lock();
        *guard = true;
        guard.notify_all();
        drop(guard);
        for other in others {
            other.join().unwrap();
        }
    });
}

#[test]
fn a_timed_wait_returns_with_the_lock_notified_or_not() {
    let report = verify_over_locks(|| {
        let shared = Arc::new(Condition::over(Lock::new(0)));
        let other = {
            let shared = shared.clone();
            thread::spawn(move || {
                let mut guard = shared.lock();
                let notified = guard.wait_timeout(SOON);
                *guard += 1;
                notified
            })
        };
        let mut guard = shared.lock();
        *guard += 1;
        guard.notify(1);
        drop(guard);
        let notified = other.join().unwrap();
        assert_eq!(*shared.lock(), 2);
        selvedge::outcome(notified);
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_notify_is_not_lost_on_a_thread_that_has_given_up() {
    let report = verify_bounded(2, || {
        let token = Arc::new(Condition::over(Lock::new(false)));
        let patient = {
            let token = token.clone();
            thread::spawn(move || {
                let mut guard = token.lock();
                guard.wait_for(|token| *token);
                *guard = false;
            })
        };
        let timed = {
            let token = token.clone();
            thread::spawn(move || {
                let mut guard = token.lock();
                let notified = guard.wait_timeout(SOON);
                if notified {
                    // The token is for the other.
                    guard.notify(1);
                }
                notified
            })
        };
        let mut guard = token.lock();
        *guard = true;
        guard.notify(1);
        drop(guard);
        patient.join().unwrap();
        selvedge::outcome(timed.join().unwrap());
        assert!(!*token.lock());
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_wait_that_timed_out_asks_its_predicate_once_more() {
    let report = verify_over_locks(|| {
        let ready = Arc::new(Condition::over(Lock::new(false)));
        let other = {
            let ready = ready.clone();
            thread::spawn(move || {
                let mut guard = ready.lock();
                let said = guard.wait_for_timeout(SOON, |ready| *ready);
                assert_eq!(said, *guard);
                said
            })
        };
        // Not notified: only a timeout ends the wait.
        *ready.lock() = true;
        selvedge::outcome(other.join().unwrap());
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_wait_gives_up_every_level_of_a_reentrant_lock_and_takes_them_back() {
    verify_bounded(2, || {
        let condition = Arc::new((Condition::new(), Plain::new(0)));
        let other = {
            let condition = condition.clone();
            thread::spawn(move || {
                condition.0.acquire();
                condition.1.set(condition.1.get() + 1);
                condition.0.notify(1).unwrap();
                condition.0.release().unwrap();
            })
        };
        condition.0.acquire();
        condition.0.acquire();
        condition.0.wait_for(|| condition.1.get() == 1).unwrap();
        condition.0.release().unwrap();
        condition.1.set(2);
        condition.0.release().unwrap();
        assert_eq!(condition.0.release(), Err(NotOwner));
        other.join().unwrap();
    });
}

#[test]
fn guards_of_a_reentrant_lock_outlive_a_wait_under_the_innermost() {
    verify_bounded(2, || {
        let condition = Arc::new((Condition::over(RLock::new(())), Plain::new(0)));
        let other = {
            let condition = condition.clone();
            thread::spawn(move || {
                let mut guard = condition.0.lock();
                condition.1.set(1);
                guard.notify_all();
            })
        };
        let outer = condition.0.lock();
        condition.0.lock().wait_for(|()| condition.1.get() == 1);
        condition.1.set(2);
        drop(outer);
        other.join().unwrap();
    });
}

#[test]
fn two_conditions_over_one_lock_are_waited_for_and_notified_apart() {
    verify_bounded(2, || {
        let buffer = Arc::new(Lock::new(Vec::new()));
        let conditions = Arc::new((Condition::over(buffer.clone()), Condition::over(buffer)));
        let consumer = {
            let conditions = conditions.clone();
            thread::spawn(move || {
                let (not_empty, not_full) = &*conditions;
                (0..2)
                    .map(|_| {
                        let mut items = not_empty.lock();
                        items.wait_for(|items| !items.is_empty());
                        not_full.with(&mut items).unwrap().notify(1);
                        items.pop().unwrap()
                    })
                    .collect::<Vec<_>>()
            })
        };
        let (not_empty, not_full) = &*conditions;
        for item in 1..=2 {
            let mut items = not_empty.lock();
            not_full.with(&mut items).unwrap().wait_for(|items| items.is_empty());
            items.push(item);
            items.notify(1);
        }
        assert_eq!(consumer.join().unwrap(), [1, 2]);
    });
}

#[test]
fn the_face_of_pythons_programs_hands_over_as_the_guards_do() {
    verify_over_locks(|| {
        let shared = Arc::new((Condition::over(Lock::new(())), Plain::new(0)));
        let other = {
            let shared = shared.clone();
            thread::spawn(move || {
                shared.0.acquire();
                shared.1.set(1);
                shared.0.notify_all().unwrap();
                shared.0.release().unwrap();
            })
        };
        shared.0.acquire();
        while shared.1.get() == 0 {
            shared.0.wait().unwrap();
        }
        shared.0.release().unwrap();
        other.join().unwrap();
    });
}

#[test]
fn a_condition_over_a_lock_that_nobody_holds_refuses() {
    verify_over_locks(|| {
        let condition = Condition::over(Lock::new(()));
        assert_eq!(condition.wait(), Err(NotOwner));
        assert_eq!(condition.wait_timeout(SOON), Err(NotOwner));
        assert_eq!(condition.wait_for(|| true), Err(NotOwner));
        assert_eq!(condition.wait_for_timeout(SOON, || true), Err(NotOwner));
        assert_eq!(condition.notify(1), Err(NotOwner));
        assert_eq!(condition.notify_all(), Err(NotOwner));
        assert_eq!(condition.release(), Err(NotOwner));
    });
}

#[test]
fn a_condition_whose_lock_is_held_is_taken_by_nobody_else() {
    verify_over_locks(|| {
        let condition = Arc::new(Condition::over(Lock::new(())));
        let held = condition.try_lock().expect("the lock is free");
        let other = {
            let condition = condition.clone();
            thread::spawn(move || {
                assert!(condition.try_lock().is_none());
                assert!(condition.lock_timeout(Duration::ZERO).is_none());
                assert!(!condition.try_acquire());
                assert!(!condition.acquire_timeout(Duration::ZERO));
            })
        };
        other.join().unwrap();
        drop(held);
        drop(condition.lock_timeout(SOON).expect("the lock is free"));
        for take in [Condition::try_acquire, |c: &Condition<Lock<()>>| c.acquire_timeout(SOON)] {
            assert!(take(&condition), "the lock is free");
            condition.release().unwrap();
        }
    });
}

#[test]
fn a_condition_is_waited_for_under_guards_that_own_their_lock() {
    verify_bounded(2, || {
        let lock = Arc::new(Lock::new(0));
        let condition = Arc::new(Condition::over(lock.clone()));
        let other = {
            let (lock, condition) = (lock.clone(), condition.clone());
            thread::spawn(move || {
                let mut held = lock.lock_owned();
                *held = 1;
                condition.with(&mut held).unwrap().notify_one();
            })
        };
        let mut held = lock.lock_owned();
        condition.with(&mut held).unwrap().wait_for(|number| **number == 1);
        *held = 2;
        OwnedLockGuard::release_fair(held);
        other.join().unwrap();
        assert_eq!(*lock.lock(), 2);
    });
}

#[test]
fn a_wait_under_a_guard_that_owns_its_lock_gives_up_every_level() {
    verify_bounded(2, || {
        let shared = Arc::new((Arc::new(RLock::new(())), Plain::new(0)));
        let condition = Arc::new(Condition::over(shared.0.clone()));
        let other = {
            let (shared, condition) = (shared.clone(), condition.clone());
            thread::spawn(move || {
                let mut held = shared.0.lock_owned();
                shared.1.set(1);
                condition.with(&mut held).unwrap().notify_one();
            })
        };
        let outer = shared.0.lock_owned();
        let mut inner = shared.0.lock_owned();
        condition.with(&mut inner).unwrap().wait_for(|_| shared.1.get() == 1);
        OwnedRLockGuard::release_fair(inner);
        // The outer level is held again.
        shared.1.set(2);
        drop(outer);
        other.join().unwrap();
        assert!(!shared.0.locked());
    });
}
