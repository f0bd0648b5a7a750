//! The deque of D. Chase and Y. Lev ("Dynamic Circular Work-Stealing Deque", SPAA 2005), of fixed size.

use std::sync::Arc;

use selvedge::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use selvedge::sync::atomic::{AtomicUsize, fence};

use crate::{complete, in_threads};

const CAPACITY: usize = 10;

/// The owner works at the bottom, others take from the top. The slots are GenMC's plain memory; they are read while they are
/// written, so it explores them without its detector of races, and what is read there is as if it were relaxed.
#[derive(Default)]
struct Deque {
    bottom: AtomicUsize,
    top: AtomicUsize,
    slots: [AtomicUsize; CAPACITY],
}

fn length(bottom: usize, top: usize) -> isize {
    bottom.wrapping_sub(top) as isize
}

impl Deque {
    fn push(&self, value: usize) {
        let bottom = self.bottom.load(Relaxed);
        let top = self.top.load(Acquire);
        assert!(length(bottom, top) < CAPACITY as isize);
        self.slots[bottom % CAPACITY].store(value, Relaxed);
        self.bottom.store(bottom + 1, Release);
    }

    fn pop(&self) -> Option<usize> {
        let bottom = self.bottom.load(Relaxed);
        self.bottom.store(bottom.wrapping_sub(1), Relaxed);
        fence(SeqCst);
        let top = self.top.load(Relaxed);
        let length = length(bottom, top);
        if length <= 0 {
            self.bottom.store(bottom, Relaxed);
            return None;
        }
        let value = self.slots[(bottom - 1) % CAPACITY].load(Relaxed);
        if length > 1 {
            return Some(value);
        }
        let won = self.top.compare_exchange(top, top + 1, AcqRel, Acquire).is_ok();
        self.bottom.store(bottom, Relaxed);
        won.then_some(value)
    }

    fn steal(&self) -> Option<usize> {
        let top = self.top.load(Relaxed);
        fence(SeqCst);
        let bottom = self.bottom.load(Acquire);
        if length(bottom, top) <= 0 {
            return None;
        }
        let value = self.slots[top % CAPACITY].load(Relaxed);
        self.top.compare_exchange(top, top + 1, Release, Relaxed).is_ok().then_some(value)
    }
}

/// How many executions there are where the owner pushes, pops and pushes so often, and each of the others steals so often.
#[track_caller]
fn shared(owner: [usize; 3], thieves: &'static [usize]) -> [u64; 2] {
    complete(move || {
        let deque = Arc::new(Deque::default());
        let theirs = deque.clone();
        let owns = move || {
            let [first, pops, then] = owner;
            (1..=first).for_each(|value| theirs.push(value));
            for _ in 0..pops {
                theirs.pop();
            }
            (first + 1..=first + then).for_each(|value| theirs.push(value));
        };
        let mut bodies: Vec<Box<dyn FnOnce()>> = vec![Box::new(owns)];
        for steals in thieves {
            let deque = deque.clone();
            bodies.push(Box::new(move || {
                for _ in 0..*steals {
                    deque.steal();
                }
            }));
        }
        in_threads(bodies);
    })
}

#[test]
fn dq() {
    assert_eq!(shared([2, 1, 1], &[2, 1]), [1_924, 1_373]);
}

#[test]
fn chase_lev() {
    assert_eq!(shared([5, 3, 2], &[1]), [65, 59]);
}
