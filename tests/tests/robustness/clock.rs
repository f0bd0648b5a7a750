//! The ends of the clock: no time at all, the least, and more than there is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use selvedge_primitives::{Barrier, Condition, Event, Lock, Queue, RLock, Semaphore, Thread, program, sleep};

/// A way to wait for something that does not come, and its name: true if it gave up.
type Wait = (&'static str, Box<dyn Fn(Duration) -> bool>);

fn waits() -> Vec<Wait> {
    let (lock, reentrant) = (Lock::new(()), Arc::new(RLock::new(())));
    lock.acquire();
    let owner = reentrant.clone();
    // Owned by a thread that is gone.
    std::thread::spawn(move || owner.acquire()).join().unwrap();
    let (condition, event, semaphore) = (Condition::new(), Event::new(), Semaphore::new(0));
    let (full, empty) = (Queue::new(1), Queue::<u32>::new(0));
    full.put(1).unwrap();
    let barrier = Barrier::new(2).unwrap();
    let unfinished = Queue::new(0);
    unfinished.put(1).unwrap();
    vec![
        ("lock", Box::new(move |time| !lock.acquire_timeout(time))),
        ("rlock", Box::new(move |time| !reentrant.acquire_timeout(time))),
        (
            "condition",
            Box::new(move |time| {
                condition.acquire();
                let gave_up = !condition.wait_timeout(time).unwrap();
                condition.release().unwrap();
                gave_up
            }),
        ),
        ("event", Box::new(move |time| !event.wait_timeout(time))),
        ("semaphore", Box::new(move |time| !semaphore.acquire_timeout(time))),
        ("put", Box::new(move |time| full.put_timeout(2, time).is_err())),
        ("get", Box::new(move |time| empty.get_timeout(time).is_err())),
        ("join", Box::new(move |time| !unfinished.join_timeout(time))),
        (
            "barrier",
            Box::new(move |time| {
                let gave_up = barrier.wait_timeout(time).is_err();
                barrier.reset();
                gave_up
            }),
        ),
    ]
}

#[test]
fn no_wait_gives_up_before_its_time() {
    for (name, wait) in waits() {
        for time in
            [Duration::ZERO, Duration::from_nanos(1), Duration::from_micros(300), Duration::from_millis(3)]
        {
            let begin = Instant::now();
            assert!(wait(time), "{name}: {time:?}");
            assert!(begin.elapsed() >= time, "{name}: {time:?}");
        }
    }
}

#[test]
fn a_time_that_the_clock_cannot_count_is_forever() {
    for time in [Duration::MAX, Duration::from_secs(u64::MAX), Duration::from_secs(u64::MAX / 2)] {
        program(|| {
            let (event, lock) = (Arc::new(Event::new()), Arc::new(Lock::new(())));
            lock.acquire();
            let waiting = {
                let (event, lock) = (event.clone(), lock.clone());
                Thread::new(move || {
                    assert!(event.wait_timeout(time));
                    assert!(lock.acquire_timeout(time));
                })
            };
            waiting.start().unwrap();
            sleep(Duration::from_millis(1));
            assert!(waiting.is_alive());
            event.set();
            lock.release().unwrap();
            assert!(waiting.join_timeout(time).unwrap());
        });
    }
}
