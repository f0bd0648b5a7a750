//! FreeBSD's ring of many producers and consumers, and the queue of M. Herlihy and J. Wing ("Linearizability: A Correctness
//! Condition for Concurrent Objects", TOPLAS 1990).

use std::sync::Arc;

use selvedge::hint::spin_until;
use selvedge::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use selvedge::sync::atomic::{AtomicUsize, fence};

use crate::{complete, gives_up, in_threads};

const CAPACITY: usize = 8;

/// One end of the ring: who works there has moved `head` on, and `tail` follows when the work is done.
#[derive(Default)]
struct Side {
    head: AtomicUsize,
    tail: AtomicUsize,
}

impl Side {
    /// Takes a place, unless `is_none_left` says of the place and the next one that there is none.
    fn reserve(&self, is_none_left: impl Fn(usize, usize) -> bool) -> Option<(usize, usize)> {
        let at = self.head.load(Relaxed);
        let next = (at + 1) % CAPACITY;
        if is_none_left(at, next) {
            return None;
        }
        if self.head.compare_exchange(at, next, AcqRel, Acquire).is_err() {
            gives_up();
        }
        Some((at, next))
    }

    fn wait_for(&self, at: usize) {
        spin_until(|| self.tail.load(Relaxed) == at);
    }
}

#[derive(Default)]
struct Ring {
    producers: Side,
    consumers: Side,
    slots: [AtomicUsize; CAPACITY],
}

impl Ring {
    fn enqueue(&self, message: usize) -> bool {
        let Some((at, next)) = self.producers.reserve(|_, next| next == self.consumers.tail.load(Relaxed))
        else {
            return false;
        };
        fence(SeqCst);
        self.slots[at].store(message, Relaxed);
        self.producers.wait_for(at);
        self.producers.tail.store(next, Relaxed);
        true
    }

    fn dequeue(&self) -> Option<usize> {
        let (at, next) = self.consumers.reserve(|at, _| at == self.producers.tail.load(Relaxed))?;
        let message = self.slots[at].load(Relaxed);
        self.consumers.wait_for(at);
        fence(SeqCst);
        self.consumers.tail.store(next, Relaxed);
        Some(message)
    }
}

/// Each of three threads puts a message and takes one.
#[test]
fn buf_ring() {
    let found = complete(|| {
        let ring = Arc::new(Ring::default());
        in_threads((1..=3).map(|message| {
            let ring = ring.clone();
            move || {
                ring.enqueue(message);
                ring.dequeue();
            }
        }));
    });
    assert_eq!(found, [1_218, 273]);
}

#[derive(Default)]
struct HerlihyWing {
    tail: AtomicUsize,
    slots: [AtomicUsize; 3],
}

impl HerlihyWing {
    fn enqueue(&self, value: usize) {
        let before = self.tail.fetch_add(1, Release);
        self.slots[before + 1].store(value, Release);
    }

    fn dequeue(&self) {
        let tail = self.tail.load(Acquire);
        for slot in &self.slots[..=tail] {
            if slot.load(Acquire) != 0 && slot.swap(0, AcqRel) != 0 {
                return;
            }
        }
        if tail < 2 {
            gives_up();
        }
    }
}

/// Each of two threads puts a value and takes one. The first thread's value is 0, which nobody takes for one: so at most
/// one of them finds a value. GenMC counts the execution all the same where the other has looked at three slots, for it
/// unrolls the loop three times and then ends the thread; where there were two slots to look at, the execution is blocked.
#[test]
fn hw_queue() {
    let [rc11, _] = complete(|| {
        let queue = Arc::new(HerlihyWing::default());
        in_threads([0, 10].map(|value| {
            let queue = queue.clone();
            move || {
                queue.enqueue(value);
                queue.dequeue();
            }
        }));
    });
    assert_eq!(rc11, 18);
}
