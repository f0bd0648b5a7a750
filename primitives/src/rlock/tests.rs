use super::*;
use crate::{Event, Thread};

#[test]
fn one_level_too_many_is_refused_and_the_levels_stay_as_they_were() {
    sync::model(|| {
        let lock = RLock::new(());
        lock.raw.restore("restore", usize::MAX);
        let acquire = std::panic::AssertUnwindSafe(|| lock.acquire());
        assert!(std::panic::catch_unwind(acquire).is_err());
        assert_eq!(lock.raw.release_all(), Some(usize::MAX));
        assert!(!lock.locked());
    });
}

/// Whether a thread that waits has the lock as soon as `release` has given one level of two back, and the other with it.
fn hands_over(release: fn(&Arc<RLock>)) {
    sync::model(move || {
        let (lock, may) = (Arc::new(RLock::new(())), Arc::new(Event::new()));
        lock.acquire();
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
        let waits = lock.raw.lock.when_contended();
        release(&lock);
        assert!(lock.raw.is_owned(), "one level is left");
        release(&lock);
        if waits {
            assert!(!lock.try_acquire(), "it was never free");
        }
        may.set();
        other.join().unwrap();
    });
}

#[test]
fn a_fair_release_of_the_last_level_hands_the_lock_to_a_thread_that_waits() {
    hands_over(|lock| lock.release_fair().unwrap());
}

#[test]
fn a_guard_of_the_last_level_that_is_released_fair_hands_the_lock_to_a_thread_that_waits() {
    // SAFETY: `hands_over` has acquired the level.
    hands_over(|lock| RLockGuard::release_fair(unsafe { lock.guard() }));
}

#[test]
fn an_owned_guard_of_the_last_level_that_is_released_fair_hands_the_lock_to_a_thread_that_waits() {
    hands_over(|lock| OwnedRLockGuard::release_fair(lock.owned_guard()));
}
