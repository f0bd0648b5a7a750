//! Threads that each need two locks of a circle.

use std::sync::Arc;

use selvedge_primitives::{Lock, RLock, Thread, program, yield_now};

use super::programs;

programs! { "deadlock";
    "two-in-a-circle", "two threads and two locks, taken crosswise", || circle(2, in_turn);
    "three-in-a-circle", "three threads and three locks in a circle", || circle(3, in_turn);
    "two-in-a-row", "two threads that take the locks in the same order", || circle(2, lower_first);
    "three-in-a-row", "three threads; each takes its lower lock first", || circle(3, lower_first);
    "one-alone", "one thread that needs two locks", || circle(1, in_turn);
    "reentrant", "the locks are reentrant", reentrant;
    "try-the-second", "who does not get the second lock tries again, and keeps the first", || circle(2, try_the_second);
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
    let _own = locks[own].lock();
    let _next = locks[next].lock();
}

fn lower_first(locks: &[Lock], own: usize, next: usize) {
    let _lower = locks[own.min(next)].lock();
    let _higher = locks[own.max(next)].lock();
}

fn try_the_second(locks: &[Lock], own: usize, next: usize) {
    let _own = locks[own].lock();
    while locks[next].try_lock().is_none() {
        yield_now();
    }
}

fn reentrant() {
    program(|| {
        let locks = Arc::new([RLock::new(()), RLock::new(())]);
        let threads = [("Ann", 0, 1), ("Bob", 1, 0)].map(|(name, own, next)| {
            let locks = locks.clone();
            Thread::named(name, move || {
                let _own = locks[own].lock();
                let _next = locks[next].lock();
            })
        });
        threads.iter().for_each(|thread| thread.start().unwrap());
        threads.iter().for_each(|thread| thread.join().unwrap());
    });
}
