//! Workers that add to a counter.

use std::sync::Arc;

use selvedge_models::variable::Variable;
use selvedge_primitives::{Lock, Thread, program};

use super::programs;

programs! { "lost-update";
    "one-lock-each", "each worker has a lock of its own", || workers(2, 1, one_lock_each);
    "lock-for-the-read", "the lock is held for the read alone", || workers(2, 1, lock_for_the_read);
    "look-again", "a second look, right before the write", || workers(2, 1, look_again);
    "one-worker", "one worker adds twice", || workers(1, 2, unlocked);
    "two-workers", "two workers add once", || workers(2, 1, unlocked);
    "three-workers", "three workers add once", || workers(3, 1, unlocked);
    "three-workers-locked", "three workers add once, under the lock", || workers(3, 1, locked);
}

struct Counter {
    lock: Lock,
    value: Variable,
}

fn workers(count: i64, times: i64, add: fn(&Counter)) {
    program(move || {
        let counter = Arc::new(Counter { lock: Lock::new(()), value: Variable::new(0) });
        let work = || {
            let counter = counter.clone();
            Thread::new(move || (0..times).for_each(|_| add(&counter)))
        };
        let workers: Vec<_> = (0..count).map(|_| work()).collect();
        workers.iter().for_each(|worker| worker.start().unwrap());
        workers.iter().for_each(|worker| worker.join().unwrap());
        assert_eq!(counter.value.get(), count * times, "an update is lost");
    });
}

fn unlocked(counter: &Counter) {
    let value = counter.value.get();
    counter.value.set(value + 1);
}

fn locked(counter: &Counter) {
    let _held = counter.lock.lock();
    unlocked(counter);
}

fn one_lock_each(counter: &Counter) {
    let lock = Lock::new(());
    let _held = lock.lock();
    let value = counter.value.get();
    counter.value.set(value + 1);
}

fn lock_for_the_read(counter: &Counter) {
    let value = {
        let _held = counter.lock.lock();
        counter.value.get()
    };
    counter.value.set(value + 1);
}

fn look_again(counter: &Counter) {
    loop {
        let value = counter.value.get();
        if counter.value.get() == value {
            counter.value.set(value + 1);
            return;
        }
    }
}
