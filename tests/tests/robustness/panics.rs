//! A panic in whatever a primitive calls of its users' leaves the primitive as it was, or as it says.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use selvedge_primitives::{
    Barrier, BrokenBarrier, Condition, GetError, Lock, NotOwner, Queue, RLock, Semaphore, Timer, program,
    set_excepthook,
};

/// A time that passes in the test.
const SOON: Duration = Duration::from_millis(2);

/// Panics without a word.
fn panics<T>() -> T {
    resume_unwind(Box::new("on purpose"))
}

/// Whether `body` panics.
fn panicked(body: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(body)).is_err()
}

#[test]
fn locks_are_free_after_a_panic_of_their_holders() {
    let (lock, reentrant) = (Lock::new(1), RLock::new(()));
    assert!(panicked(|| {
        let _held = lock.lock();
        panics()
    }));
    assert_eq!(*lock.try_lock().expect("the guard released it"), 1);
    assert!(panicked(|| {
        let _outer = reentrant.lock();
        let _inner = reentrant.lock();
        panics()
    }));
    assert!(!reentrant.locked());
}

#[test]
fn a_permit_goes_back_with_a_panic_of_its_holder() {
    let semaphore = Semaphore::new(1);
    assert!(panicked(|| {
        let _permit = semaphore.permit();
        panics()
    }));
    assert!(semaphore.try_acquire());
}

#[test]
fn a_predicate_that_panics_ends_its_wait_and_gives_up_the_lock() {
    let condition = Condition::over(Lock::new(0));
    assert!(panicked(|| condition.lock().wait_for(|_| panics())));
    assert!(panicked(|| {
        condition.lock().wait_for_timeout(Duration::from_secs(3600), |_| panics());
    }));
    // One that panics after it was woken, among others that wait.
    std::thread::scope(|s| {
        let body = |panics_at: usize| {
            let mut state = condition.lock();
            *state += 1;
            state.wait_for(|state| if *state == panics_at { panics() } else { *state >= 100 });
        };
        let bad = s.spawn(move || panicked(|| body(50)));
        s.spawn(move || body(usize::MAX));
        while *condition.lock() < 2 {
            std::thread::yield_now();
        }
        let set = |to| {
            let mut state = condition.lock();
            *state = to;
            state.notify_all();
        };
        set(50);
        assert!(bad.join().unwrap(), "its own panic, and nobody else's");
        set(100);
    });
}

#[test]
fn a_guard_of_a_condition_whose_lock_was_released_meanwhile_panics_and_takes_no_other_lock() {
    let (plain, reentrant) = (Condition::over(Lock::new(())), Condition::new());
    assert!(panicked(|| {
        let mut held = plain.lock();
        plain.release().unwrap();
        held.wait();
    }));
    assert!(panicked(|| {
        let mut held = reentrant.lock();
        reentrant.release().unwrap();
        held.wait_for(|()| false);
    }));
    assert!(panicked(|| {
        let held = plain.lock();
        plain.release().unwrap();
        drop(held);
    }));
    assert!(panicked(|| {
        let held = reentrant.lock();
        reentrant.release().unwrap();
        drop(held);
    }));
    assert!(!plain.locked() && !reentrant.locked());
    assert!(plain.notify_all().is_err() && reentrant.notify_all().is_err());
    // And each is as good as before.
    assert!(!plain.lock().wait_timeout(SOON) && !reentrant.lock().wait_timeout(SOON));
}

#[test]
fn a_predicate_that_gives_up_the_lock_ends_its_wait_with_an_error() {
    let condition = Condition::new();
    condition.acquire();
    let gives_up = || {
        condition.release().unwrap();
        false
    };
    assert_eq!(condition.wait_for(gives_up), Err(NotOwner));
    condition.acquire();
    assert_eq!(condition.wait_for_timeout(SOON, gives_up), Err(NotOwner));
    assert!(!condition.locked());
}

#[test]
fn a_predicate_that_panics_where_the_lock_was_acquired_leaves_it_acquired() {
    let condition = Condition::new();
    condition.acquire();
    assert!(panicked(|| condition.wait_for(panics).unwrap()));
    condition.release().expect("as in Python, the caller holds it still");
}

#[test]
fn an_action_that_panics_breaks_its_barrier_until_the_reset() {
    let fails = Arc::new(AtomicBool::new(true));
    let barrier = Barrier::new(2).unwrap().with_action({
        let fails = fails.clone();
        move || {
            if fails.load(Relaxed) {
                panics()
            }
        }
    });
    std::thread::scope(|s| {
        let waiting = s.spawn(|| catch_unwind(AssertUnwindSafe(|| barrier.wait())));
        let here = catch_unwind(AssertUnwindSafe(|| barrier.wait()));
        let both = [here, waiting.join().unwrap()];
        let told = both.iter().filter(|end| matches!(end, Ok(Err(BrokenBarrier)))).count();
        let panicked = both.iter().filter(|end| end.is_err()).count();
        assert_eq!((told, panicked), (1, 1), "the one that came last panics, the other is told");
    });
    assert!(barrier.is_broken());
    barrier.reset();
    fails.store(false, Relaxed);
    std::thread::scope(|s| {
        s.spawn(|| barrier.wait().unwrap());
        barrier.wait().unwrap();
    });
}

#[test]
fn a_timer_whose_function_panics_has_ended_and_told_the_hook() {
    program(|| {
        let told = Arc::new(AtomicUsize::new(0));
        set_excepthook({
            let told = told.clone();
            move |_| {
                told.fetch_add(1, Relaxed);
            }
        });
        let timer = Timer::new(Duration::ZERO, panics::<()>);
        timer.start().unwrap();
        timer.join().unwrap();
        assert_eq!(told.load(Relaxed), 1);
        assert!(!timer.cancel(), "the call was made");
    });
}

#[test]
fn items_whose_drops_panic_leave_a_queue_that_is_shut_down_at_once_empty() {
    struct Malign(bool);

    impl Drop for Malign {
        fn drop(&mut self) {
            if self.0 {
                panics()
            }
        }
    }

    let queue = Queue::new(0);
    for malign in [false, true, false, true] {
        queue.put(Malign(malign)).unwrap();
    }
    assert!(panicked(|| queue.shutdown(true)));
    assert!(queue.is_shut_down() && queue.empty());
    assert_eq!(queue.try_get().map(drop), Err(GetError::ShutDown));
    queue.join();
}

/// Panics in its drop, with a payload that panics in its own, and so on for so many times.
struct Bomb(u32);

impl Drop for Bomb {
    fn drop(&mut self) {
        if self.0 > 0 {
            panic_any(Bomb(self.0 - 1));
        }
    }
}

#[test]
fn of_items_whose_drops_panic_the_first_panic_goes_on_and_the_others_harm_nothing() {
    let queue = Queue::new(0);
    for fuse in [1, 3, 0] {
        queue.put(Bomb(fuse)).unwrap();
    }
    let payload = catch_unwind(AssertUnwindSafe(|| queue.shutdown(true))).unwrap_err();
    assert_eq!(payload.downcast::<Bomb>().map(|bomb| bomb.0).ok(), Some(0));
    assert!(queue.empty());
}

#[test]
fn items_whose_drops_panic_harm_no_thread_that_unwinds_already() {
    struct ShutsDown<'a>(&'a Queue<Bomb>);

    impl Drop for ShutsDown<'_> {
        fn drop(&mut self) {
            self.0.shutdown(true);
        }
    }

    let queue = Queue::new(0);
    for fuse in [1, 2] {
        queue.put(Bomb(fuse)).unwrap();
    }
    let payload = catch_unwind(AssertUnwindSafe(|| {
        let _shuts_down = ShutsDown(&queue);
        panic_any("the first");
    }))
    .unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"the first"));
    assert!(queue.is_shut_down() && queue.empty());
}
