//! Nobody starves: a thread that waits has its turn beside a holder that sleeps or works inside and takes it again at once.
//!
//! A waiter that is only woken is there when the holder has it again, and so waits for minutes. Here it has a number of turns before
//! the holder gives up, which is long: a machine that is busy with other things delays a turn by milliseconds, not by seconds.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use selvedge_primitives::{BoundedSemaphore, Condition, Lock, RLock, Semaphore};

const TURNS: usize = 10;
const ENOUGH: Duration = Duration::from_secs(10);
const INSIDE: Duration = Duration::from_micros(300);

fn works() {
    let begin = Instant::now();
    while begin.elapsed() < INSIDE {
        std::hint::spin_loop();
    }
}

/// A thread has its turns in `waits` while another is in `holds`, which calls what it is given inside, again and again.
#[track_caller]
fn has_its_turns(waits: impl Fn() + Sync, holds: impl Fn(fn()) + Sync) {
    let inside: [fn(); 2] = [|| thread::sleep(INSIDE), works];
    for inside in inside {
        let (held, done) = (AtomicBool::new(false), AtomicBool::new(false));
        let had_them = thread::scope(|s| {
            let holder = s.spawn(|| {
                let begin = Instant::now();
                while !done.load(Relaxed) && begin.elapsed() < ENOUGH {
                    holds(inside);
                    held.store(true, Relaxed);
                }
                done.load(Relaxed)
            });
            while !held.load(Relaxed) {
                thread::yield_now();
            }
            for _ in 0..TURNS {
                waits();
                // Long enough for the holder to be in again.
                thread::sleep(INSIDE);
            }
            done.store(true, Relaxed);
            holder.join().unwrap()
        });
        assert!(had_them, "the holder has kept it for {ENOUGH:?}");
    }
}

#[test]
fn a_lock_is_handed_to_a_thread_that_has_waited() {
    let lock = Lock::new(());
    let holds = |inside: fn()| {
        let _held = lock.lock();
        inside();
    };
    has_its_turns(|| drop(lock.lock()), holds);
    has_its_turns(|| assert!(lock.lock_timeout(2 * ENOUGH).is_some()), holds);
}

#[test]
fn a_reentrant_lock_is_handed_to_a_thread_that_has_waited() {
    let lock = RLock::new(());
    has_its_turns(
        || drop(lock.lock()),
        |inside| {
            let (_outer, _inner) = (lock.lock(), lock.lock());
            inside();
        },
    );
}

#[test]
fn a_permit_is_handed_to_a_thread_that_has_waited() {
    let (semaphore, bounded) = (Semaphore::new(1), BoundedSemaphore::new(1));
    has_its_turns(
        || drop(semaphore.permit()),
        |inside| {
            let _held = semaphore.permit();
            inside();
        },
    );
    has_its_turns(
        || drop(bounded.permit()),
        |inside| {
            let _held = bounded.permit();
            inside();
        },
    );
}

#[test]
fn a_wait_whose_time_is_over_has_the_lock_again() {
    let condition = Condition::over(Lock::new(()));
    let waits = || assert!(!condition.lock().wait_timeout(Duration::from_nanos(1)));
    let holds = |inside: fn()| {
        let _held = condition.lock();
        inside();
    };
    has_its_turns(waits, holds);
}

#[test]
fn a_consumer_has_the_items_of_a_producer_that_keeps_the_lock() {
    let items = Condition::over(Lock::new(0));
    has_its_turns(
        || {
            let mut held = items.lock();
            held.wait_for(|items| *items > 0);
            *held -= 1;
        },
        |inside| {
            let mut held = items.lock();
            *held += 1;
            held.notify_one();
            inside();
        },
    );
}
