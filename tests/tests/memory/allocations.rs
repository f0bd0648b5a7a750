//! Once it is made, a primitive allocates nothing: not when it is free, not when threads wait for it, not when they are woken or
//! give up.
//!
//! Each thread counts what it allocates itself, so that tests that run at the same time do not disturb one another.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use selvedge_primitives::{Barrier, BoundedSemaphore, Condition, Event, Lock, RLock, Semaphore};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// The system's allocator, counted.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call goes on to the system's allocator as it is. The counter is made without allocating and has nothing to
// drop, so it can be reached whenever a thread allocates.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// How much the calling thread allocates in `body`.
fn allocated(body: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    body();
    ALLOCATIONS.get() - before
}

/// Longer than a thread spins before it blocks.
const SOON: Duration = Duration::from_millis(5);

/// Runs `waits` on one thread and, when that has begun and mostly blocks, `wakes` on another: neither may allocate.
fn neither_allocates(waits: impl FnOnce() + Send, wakes: impl FnOnce() + Send) {
    let begun = &AtomicBool::new(false);
    let counts = thread::scope(|scope| {
        let one = scope.spawn(move || {
            begun.store(true, Relaxed);
            allocated(waits)
        });
        let other = scope.spawn(move || {
            while !begun.load(Relaxed) {
                thread::yield_now();
            }
            thread::sleep(SOON);
            allocated(wakes)
        });
        [one.join().unwrap(), other.join().unwrap()]
    });
    assert_eq!(counts, [0, 0]);
}

#[test]
fn an_allocation_is_counted() {
    assert_eq!(allocated(|| drop(black_box(Box::new(1)))), 1);
    assert_eq!(allocated(|| black_box(Vec::from([1])).extend([2, 3])), 2);
}

#[test]
fn nothing_is_allocated_where_nobody_waits() {
    let (lock, rlock, event) = (Lock::new(()), RLock::new(()), Event::new());
    let (semaphore, bounded, barrier) =
        (Semaphore::new(1), BoundedSemaphore::new(1), Barrier::new(1).unwrap());
    let condition = Condition::over(Lock::new(0));
    let count = allocated(|| {
        lock.acquire();
        assert!(!lock.try_acquire());
        lock.release().unwrap();
        drop(lock.lock());

        rlock.acquire();
        drop(rlock.lock());
        rlock.release().unwrap();

        event.set();
        event.wait();
        event.clear();

        semaphore.acquire();
        semaphore.release(2).unwrap();
        drop(semaphore.permit());

        bounded.acquire();
        bounded.release(1).unwrap();
        assert!(bounded.release(1).is_err());
        drop(bounded.permit());

        barrier.wait().unwrap();
        barrier.abort();
        barrier.reset();

        let mut held = condition.lock();
        held.notify(1);
        held.notify_all();
    });
    assert_eq!(count, 0);
}

#[test]
fn nothing_is_allocated_by_a_thread_that_waits_and_gives_up() {
    let (lock, event) = (Lock::new(()), Event::new());
    let (semaphore, bounded, barrier) =
        (Semaphore::new(0), BoundedSemaphore::new(0), Barrier::new(2).unwrap());
    let condition = Condition::over(Lock::new(0));
    let count = allocated(|| {
        lock.acquire();
        assert!(!lock.acquire_timeout(SOON));
        assert!(!event.wait_timeout(SOON));
        assert!(!semaphore.acquire_timeout(SOON));
        assert!(semaphore.permit_timeout(SOON).is_none());
        assert!(!bounded.acquire_timeout(SOON));
        assert!(barrier.wait_timeout(SOON).is_err());
        assert!(!condition.lock().wait_timeout(SOON));
    });
    assert_eq!(count, 0);
}

#[test]
fn nothing_is_allocated_where_a_thread_waits_for_a_lock() {
    let lock = Lock::new(());
    lock.acquire();
    neither_allocates(|| lock.acquire(), || lock.release().unwrap());
}

#[test]
fn nothing_is_allocated_where_a_thread_waits_for_a_reentrant_lock() {
    let (rlock, held) = (RLock::new(()), Event::new());
    neither_allocates(
        || {
            held.wait();
            drop(rlock.lock());
        },
        || {
            let _outer = rlock.lock();
            let _inner = rlock.lock();
            held.set();
            thread::sleep(SOON);
        },
    );
}

#[test]
fn nothing_is_allocated_where_a_thread_waits_for_an_event() {
    let event = Event::new();
    neither_allocates(|| event.wait(), || event.set());
}

#[test]
fn nothing_is_allocated_where_a_thread_waits_for_a_permit() {
    let semaphore = Semaphore::new(0);
    neither_allocates(|| semaphore.acquire(), || semaphore.release(1).unwrap());
    let bounded = BoundedSemaphore::new(1);
    bounded.acquire();
    neither_allocates(|| bounded.acquire(), || bounded.release(1).unwrap());
}

#[test]
fn nothing_is_allocated_where_a_thread_waits_for_a_notification() {
    let condition = Condition::over(Lock::new(false));
    neither_allocates(
        || condition.lock().wait_for(|ready| *ready),
        || {
            let mut ready = condition.lock();
            *ready = true;
            ready.notify(1);
        },
    );
}

#[test]
fn nothing_is_allocated_where_threads_meet_at_a_barrier() {
    let barrier = Barrier::new(2).unwrap();
    let meet = || {
        for _ in 0..3 {
            barrier.wait().unwrap();
        }
    };
    neither_allocates(meet, meet);
}
