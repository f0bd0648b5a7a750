//! Threads that each need two locks of a circle.

use std::sync::Arc;
use std::time::Duration;

use selvedge_primitives::{Lock, RLock, Thread, program, yield_now};

use super::programs;

programs! { "deadlock";
    "two-in-a-circle", "two threads and two locks, taken crosswise", || circle(2, in_turn);
    "three-in-a-circle", "three threads and three locks in a circle", || circle(3, in_turn);
    "two-in-a-row", "two threads that take the locks in the same order", || circle(2, lower_first);
    "three-in-a-row", "three threads; each takes its lower lock first", || circle(3, lower_first);
    "one-alone", "one thread that needs two locks", || circle(1, in_turn);
    "as-printed", "R02 in small: two deep, and one try", || nested(running, polling);
    "gives-back", "the second thread gives back what it got", || nested(running, polling_and_giving_back);
    "reentrant", "the locks are reentrant", reentrant;
    "try-the-second", "who does not get the second lock tries again, and keeps the first", || circle(2, try_the_second);
}

/// R02 in small.
fn nested(running: fn(&RLock<()>), polling: fn(&RLock<()>)) {
    program(move || {
        let rl = Arc::new(RLock::new(()));
        for (name, body) in [("running", running), ("polling", polling)] {
            let rl = rl.clone();
            Thread::named(name, move || body(&rl)).start().unwrap();
        }
    });
}

fn running(rl: &RLock<()>) {
    rl.acquire();
    rl.acquire();
    rl.release().unwrap();
    rl.release().unwrap();
}

fn polling(rl: &RLock<()>) {
    if !rl.acquire_timeout(Duration::ZERO) {
        rl.acquire();
    }
}

fn polling_and_giving_back(rl: &RLock<()>) {
    polling(rl);
    rl.release().unwrap();
}

/// As many threads as locks, but for one alone, who has two. Each needs its own and the next.
fn circle(threads: usize, work: fn(&[Lock], usize, usize)) {
    program(move || {
        let count = threads.max(2);
        let locks: Arc<[Lock]> = (0..count).map(|_| Lock::new(())).collect();
        let thread = |own| {
            let locks = locks.clone();
            Thread::named(["Ann", "Bob", "Cleo"][own], move || work(&locks, own, (own + 1) % count))
        };
        let threads: Vec<_> = (0..threads).map(thread).collect();
        threads.iter().for_each(|thread| thread.start().unwrap());
        threads.iter().for_each(|thread| thread.join().unwrap());
    });
}

fn in_turn(locks: &[Lock], own: usize, next: usize) {
    let (own, next) = (&locks[own], &locks[next]);
    let _own = own.lock();
    let _next = next.lock();
}

fn lower_first(locks: &[Lock], own: usize, next: usize) {
    let (lower, higher) = (&locks[own.min(next)], &locks[own.max(next)]);
    let _lower = lower.lock();
    let _higher = higher.lock();
}

fn try_the_second(locks: &[Lock], own: usize, next: usize) {
    let (own, next) = (&locks[own], &locks[next]);
    let _own = own.lock();
    while next.try_lock().is_none() {
        yield_now();
    }
}

fn reentrant() {
    program(|| {
        let locks = Arc::new([RLock::new(()), RLock::new(())]);
        let threads = [("Ann", 0, 1), ("Bob", 1, 0)].map(|(name, own, next)| {
            let locks = locks.clone();
            Thread::named(name, move || {
                let (own, next) = (&locks[own], &locks[next]);
                let _own = own.lock();
                let _next = next.lock();
            })
        });
        threads.iter().for_each(|thread| thread.start().unwrap());
        threads.iter().for_each(|thread| thread.join().unwrap());
    });
}
