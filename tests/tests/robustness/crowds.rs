//! Two thousand threads that want the same thing, most of them asleep.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::{Builder, scope};
use std::time::Duration;

use selvedge_primitives::{Barrier, Condition, Event, Lock, Queue, RLock, Semaphore, Thread, program};

const CROWD: usize = 2_000;

/// Runs `body` on each thread of a crowd, with its number, and `meanwhile` on this one.
fn crowd(body: impl Fn(usize) + Sync, meanwhile: impl FnOnce()) {
    scope(|s| {
        for i in 0..CROWD {
            let body = &body;
            let small = Builder::new().stack_size(64 * 1024);
            small.spawn_scoped(s, move || body(i)).expect("the operating system has so many threads");
        }
        meanwhile();
    });
}

#[test]
fn a_lock_lets_each_of_a_crowd_in_once() {
    let counter = Lock::new(0);
    let held = counter.lock();
    crowd(|_| *counter.lock() += 1, || drop(held));
    assert_eq!(counter.into_inner(), CROWD);
}

#[test]
fn a_reentrant_lock_lets_each_of_a_crowd_in_at_two_levels() {
    let lock = RLock::new(AtomicUsize::new(0));
    crowd(
        |_| {
            let outer = lock.lock();
            let inner = lock.lock();
            // Nobody else is between the two.
            inner.store(outer.load(Relaxed) + 1, Relaxed);
        },
        || (),
    );
    assert_eq!(lock.into_inner().into_inner(), CROWD);
}

#[test]
fn a_crowd_that_gives_up_leaves_nothing_behind() {
    let lock = Lock::new(());
    let held = lock.lock();
    crowd(|i| assert!(!lock.acquire_timeout(Duration::from_micros(i as u64 % 500))), || ());
    drop(held);
    assert!(lock.try_acquire());
    lock.release().unwrap();
}

#[test]
fn an_event_lets_a_crowd_go_at_once() {
    let (event, gone) = (Event::new(), AtomicUsize::new(0));
    let body = |_| {
        event.wait();
        gone.fetch_add(1, Relaxed);
    };
    crowd(body, || {
        assert_eq!(gone.load(Relaxed), 0);
        event.set();
    });
    assert_eq!(gone.into_inner(), CROWD);
}

#[test]
fn a_condition_wakes_a_crowd_one_by_one_and_all_at_once() {
    let condition = Condition::over(Lock::new((0, 0)));
    let body = |_| {
        let mut state = condition.lock();
        state.0 += 1;
        state.wait_for(|(_, turns)| *turns > 0);
        state.1 -= 1;
    };
    crowd(body, || {
        while condition.lock().0 < CROWD {
            std::thread::yield_now();
        }
        for _ in 0..CROWD / 2 {
            let mut state = condition.lock();
            state.1 += 1;
            state.notify(1);
        }
        let mut state = condition.lock();
        state.1 += CROWD / 2;
        state.notify_all();
    });
    assert_eq!(condition.into_inner().into_inner(), (CROWD, 0));
}

#[test]
fn a_semaphore_never_holds_more_of_a_crowd_than_it_has_permits() {
    let (semaphore, inside) = (Semaphore::new(7), AtomicUsize::new(0));
    let body = |_| {
        let _permit = semaphore.permit();
        assert!(inside.fetch_add(1, Relaxed) < 7);
        inside.fetch_sub(1, Relaxed);
    };
    crowd(body, || ());
    assert_eq!((0..8).filter(|_| semaphore.try_acquire()).count(), 7);
}

#[test]
fn a_barrier_passes_a_crowd_together_again_and_again() {
    let (barrier, come) = (Barrier::new(CROWD).unwrap(), AtomicUsize::new(0));
    let body = |_| {
        for round in 1..=3 {
            come.fetch_add(1, Relaxed);
            barrier.wait().unwrap();
            assert_eq!(come.load(Relaxed), round * CROWD);
            barrier.wait().unwrap();
        }
    };
    crowd(body, || ());
}

#[test]
fn a_queue_takes_from_one_half_of_a_crowd_and_gives_to_the_other() {
    let (queue, sum) = (Queue::new(3), AtomicUsize::new(0));
    let body = |i: usize| {
        if i.is_multiple_of(2) {
            queue.put(i).unwrap();
        } else {
            sum.fetch_add(queue.get().unwrap(), Relaxed);
            queue.task_done().unwrap();
        }
    };
    crowd(body, || ());
    queue.join();
    assert_eq!(sum.into_inner(), (0..CROWD).step_by(2).sum());
}

#[test]
fn a_crowd_waits_for_the_end_of_one_thread() {
    program(|| {
        let last = Event::new();
        let last = std::sync::Arc::new(last);
        let thread = Thread::new({
            let last = last.clone();
            move || last.wait()
        });
        thread.start().unwrap();
        crowd(|_| thread.join().unwrap(), || last.set());
    });
}
