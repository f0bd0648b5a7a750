//! What becomes of what is dropped, or forgotten, before its time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use selvedge_primitives::{Condition, Event, Lock, Queue, Semaphore, Thread, Timer, program};

/// Counts its drops.
#[derive(Clone)]
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn a_queue_drops_what_nobody_got_once() {
    let drops = Arc::new(AtomicUsize::new(0));
    let queue = Queue::new(0);
    for _ in 0..5 {
        queue.put(Counted(drops.clone())).unwrap();
    }
    drop(queue.get());
    assert_eq!(drops.load(Relaxed), 1);
    drop(queue);
    assert_eq!(drops.load(Relaxed), 5);
}

#[test]
fn an_item_that_was_not_put_comes_back_and_is_dropped_once() {
    let drops = Arc::new(AtomicUsize::new(0));
    let queue = Queue::new(1);
    queue.put(Counted(drops.clone())).unwrap();
    let item = queue.try_put(Counted(drops.clone())).unwrap_err().into_inner();
    assert_eq!(drops.load(Relaxed), 0);
    drop((item, queue));
    assert_eq!(drops.load(Relaxed), 2);
}

#[test]
fn a_thread_runs_and_a_timer_calls_though_nobody_has_their_handles() {
    let done = Arc::new(AtomicUsize::new(0));
    let count = || {
        let done = done.clone();
        move || {
            done.fetch_add(1, Relaxed);
        }
    };
    program(|| {
        Thread::new(count()).start().unwrap();
        Timer::new(Duration::from_millis(1), count()).start().unwrap();
    });
    assert_eq!(done.load(Relaxed), 2, "the program waits for them");
}

#[test]
fn what_a_thread_was_to_do_is_dropped_with_the_last_handle_if_it_never_starts() {
    let drops = Arc::new(AtomicUsize::new(0));
    let counted = Counted(drops.clone());
    let thread = Thread::new(move || drop(counted));
    drop(thread.clone());
    assert_eq!(drops.load(Relaxed), 0);
    drop(thread);
    assert_eq!(drops.load(Relaxed), 1);
}

#[test]
fn a_guard_or_permit_that_is_forgotten_stays_taken() {
    let (lock, semaphore) = (Lock::new(()), Semaphore::new(1));
    std::mem::forget(lock.lock());
    assert!(lock.try_lock().is_none());
    lock.release().unwrap();
    assert!(lock.try_lock().is_some());
    std::mem::forget(semaphore.permit());
    assert!(!semaphore.try_acquire());
}

#[test]
fn the_last_to_wake_may_drop_what_it_waited_for() {
    for _ in 0..500 {
        let event = Arc::new(Event::new());
        let condition = Arc::new(Condition::over(Lock::new(false)));
        let waiting = {
            let (event, condition) = (event.clone(), condition.clone());
            std::thread::spawn(move || {
                event.wait();
                drop(event);
                condition.lock().wait_for(|done| *done);
            })
        };
        event.set();
        drop(event);
        {
            let mut done = condition.lock();
            *done = true;
            done.notify(1);
        }
        drop(condition);
        waiting.join().unwrap();
    }
}
