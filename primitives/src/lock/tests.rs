use super::*;
use crate::sync::atomic::Ordering::Relaxed;
use crate::{Event, Thread};

#[test]
fn a_lock_is_as_new_when_nobody_waits_for_it_any_more() {
    sync::model(|| {
        let lock = Arc::new(Lock::new(()));
        lock.acquire();
        let other = Thread::new({
            let lock = lock.clone();
            move || {
                lock.acquire();
                lock.release().unwrap();
            }
        });
        other.start().unwrap();
        lock.release().unwrap();
        other.join().unwrap();
        assert_eq!(lock.raw.state.load(Relaxed), 0);
    });
}

/// A lock that this thread holds and another one waits for, or, in a model, is about to, as is said. That one releases it when the
/// event is set.
fn contended() -> (Arc<Lock>, Arc<Event>, Thread, bool) {
    let (lock, may) = (Arc::new(Lock::new(())), Arc::new(Event::new()));
    lock.acquire();
    let other = Thread::new({
        let (lock, may) = (lock.clone(), may.clone());
        move || {
            lock.acquire();
            may.wait();
            lock.release().unwrap();
        }
    });
    other.start().unwrap();
    let waits = lock.raw.when_contended();
    (lock, may, other, waits)
}

#[test]
fn a_fair_release_hands_the_lock_to_a_thread_that_waits() {
    sync::model(|| {
        let (lock, may, other, waits) = contended();
        lock.release_fair().unwrap();
        if waits {
            assert!(!lock.try_acquire(), "it was never free");
        }
        may.set();
        other.join().unwrap();
        assert_eq!(lock.raw.state.load(Relaxed), 0);
    });
}

#[test]
fn a_guard_that_is_released_fair_hands_the_lock_to_a_thread_that_waits() {
    sync::model(|| {
        let (lock, may, other, waits) = contended();
        // SAFETY: `contended` has acquired it.
        LockGuard::release_fair(unsafe { lock.guard() });
        if waits {
            assert!(!lock.try_acquire(), "it was never free");
        }
        may.set();
        other.join().unwrap();
    });
}

#[test]
fn an_owned_guard_that_is_released_fair_hands_the_lock_to_a_thread_that_waits() {
    sync::model(|| {
        let (lock, may, other, waits) = contended();
        OwnedLockGuard::release_fair(lock.owned_guard());
        if waits {
            assert!(!lock.try_acquire(), "it was never free");
        }
        may.set();
        other.join().unwrap();
    });
}

/// In a model that is explored both ways.
#[cfg(real_threads)]
#[test]
fn a_release_hands_the_lock_to_a_thread_that_has_waited_long() {
    for _ in 0..10 {
        let (lock, may, other, _) = contended();
        lock.release().unwrap();
        assert!(!lock.try_acquire(), "it was never free");
        may.set();
        other.join().unwrap();
    }
}
