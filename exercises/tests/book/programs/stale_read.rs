//! Two threads that end, and the last one turns out the light.

use std::sync::Arc;

use selvedge::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};
use selvedge_exercises::start;

use super::programs;
use Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};

programs! { "stale-read";
    "relaxed", "both flags are relaxed", || last_one(2, relaxed);
    "release-and-acquire", "Release for the own flag, Acquire for the other's", || last_one(2, release_and_acquire);
    "stores-seqcst", "SeqCst for the own flag alone", || last_one(2, stores_seqcst);
    "look-twice", "relaxed, and a second look", || last_one(2, look_twice);
    "seqcst", "SeqCst for all four", || last_one(2, seqcst);
    "fence", "relaxed, with a SeqCst fence between the two", || last_one(2, fenced);
    "count", "a counter that each adds one to; who gets two is the last", counted;
    "one-alone", "one thread; the other has ended long before", || last_one(1, relaxed);
}

struct Room {
    done: [AtomicBool; 2],
    turned_out: AtomicU32,
}

fn last_one(count: usize, is_last: fn(&AtomicBool, &AtomicBool) -> bool) {
    let done = [AtomicBool::new(false), AtomicBool::new(count == 1)];
    let room = Arc::new(Room { done, turned_out: AtomicU32::new(0) });
    let thread = |own| {
        let room = room.clone();
        start(["Thread-1", "Thread-2"][own], move || {
            if is_last(&room.done[own], &room.done[1 - own]) {
                room.turned_out.fetch_add(1, Relaxed);
            }
        })
    };
    let threads: Vec<_> = (0..count).map(thread).collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert!(room.turned_out.load(Relaxed) > 0, "both have gone, and the light is on");
}

fn relaxed(mine: &AtomicBool, other: &AtomicBool) -> bool {
    mine.store(true, Relaxed);
    other.load(Relaxed)
}

fn release_and_acquire(mine: &AtomicBool, other: &AtomicBool) -> bool {
    mine.store(true, Release);
    other.load(Acquire)
}

fn stores_seqcst(mine: &AtomicBool, other: &AtomicBool) -> bool {
    mine.store(true, SeqCst);
    other.load(Relaxed)
}

fn look_twice(mine: &AtomicBool, other: &AtomicBool) -> bool {
    mine.store(true, Relaxed);
    other.load(Relaxed) || other.load(Relaxed)
}

fn seqcst(mine: &AtomicBool, other: &AtomicBool) -> bool {
    mine.store(true, SeqCst);
    other.load(SeqCst)
}

fn fenced(mine: &AtomicBool, other: &AtomicBool) -> bool {
    mine.store(true, Relaxed);
    fence(SeqCst);
    other.load(Relaxed)
}

fn counted() {
    let (executed_count, turned_out) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let threads = ["Thread-1", "Thread-2"].map(|name| {
        let (executed_count, turned_out) = (executed_count.clone(), turned_out.clone());
        start(name, move || {
            if executed_count.fetch_add(1, AcqRel) + 1 == 2 {
                turned_out.fetch_add(1, Relaxed);
            }
        })
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(turned_out.load(Relaxed), 1, "one is the last");
}
