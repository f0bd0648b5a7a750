use super::raw::{PERMIT, WAITERS};
use super::*;
use crate::Thread;
use crate::sync::atomic::Ordering::Relaxed;

#[test]
fn a_semaphore_is_as_new_when_nobody_waits_for_it_any_more() {
    sync::model(|| {
        let semaphore = Arc::new(Semaphore::new(0));
        let other = Thread::new({
            let semaphore = semaphore.clone();
            move || semaphore.acquire()
        });
        other.start().unwrap();
        semaphore.release(1).unwrap();
        other.join().unwrap();
        assert_eq!(semaphore.raw.state.load(Relaxed), 0);
    });
}

/// A semaphore without permits for which another thread waits, or, in a model, is about to, as is said. The last hand-over is long
/// ago.
fn waited_for() -> (Arc<Semaphore>, Thread, bool) {
    let semaphore = Arc::new(Semaphore::new(0));
    let other = Thread::new({
        let semaphore = semaphore.clone();
        move || semaphore.acquire()
    });
    other.start().unwrap();
    while semaphore.raw.state.load(Relaxed) != WAITERS {
        sync::yield_now();
    }
    let waits = || !semaphore.raw.waiters.lock().is_empty();
    while cfg!(real_threads) && !waits() {
        sync::yield_now();
    }
    sync::sleep(Duration::from_millis(2));
    let waits = waits();
    (semaphore, other, waits)
}

#[test]
fn a_fair_release_hands_a_permit_to_a_thread_that_waits_and_leaves_the_others() {
    sync::model(|| {
        let (semaphore, other, waits) = waited_for();
        semaphore.release_fair(3).unwrap();
        if waits {
            assert_eq!(semaphore.raw.state.load(Relaxed), 2 * PERMIT, "one was never to be had");
        }
        other.join().unwrap();
        assert_eq!(semaphore.raw.state.load(Relaxed), 2 * PERMIT);
    });
}

#[test]
fn a_permit_that_is_released_fair_goes_to_a_thread_that_waits() {
    sync::model(|| {
        let (semaphore, other, waits) = waited_for();
        let permit = semaphore.guard();
        permit.release_fair();
        if waits {
            assert!(!semaphore.try_acquire(), "it was never to be had");
        }
        other.join().unwrap();
    });
}

#[test]
fn an_owned_permit_that_is_released_fair_goes_to_a_thread_that_waits() {
    sync::model(|| {
        let (semaphore, other, waits) = waited_for();
        OwnedPermit::release_fair(semaphore.owned());
        if waits {
            assert!(!semaphore.try_acquire(), "it was never to be had");
        }
        other.join().unwrap();
    });
}

/// In a model that is explored both ways.
#[cfg(real_threads)]
#[test]
fn a_release_hands_a_permit_to_a_thread_that_has_waited_long() {
    for _ in 0..10 {
        let (semaphore, other, _) = waited_for();
        semaphore.release(1).unwrap();
        assert!(!semaphore.try_acquire(), "it was never to be had");
        other.join().unwrap();
    }
}
