//! The queue of M. Michael and M. Scott ("Simple, Fast, and Practical Non-Blocking and Blocking Concurrent Queue Algorithms",
//! PODC 1996).

use std::sync::Arc;

use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use selvedge::MemoryModel;

use crate::{complete, explored, gives_up, in_threads};

/// What a thread does that comes to a round that has changed nothing, or that swings the tail for another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rounds {
    /// It goes on.
    All,
    /// It gives up where it has changed nothing, but for a failed link, as Miri's test says by hand.
    Effective,
    /// As GenMC: it gives up, and waits for the tail instead of helping, so that it never goes round.
    First,
}

/// Node 1 is the first dummy, and node `n + 1` belongs to thread `n`.
struct Queue {
    head: AtomicUsize,
    tail: AtomicUsize,
    next: [AtomicUsize; 4],
    rounds: Rounds,
}

impl Queue {
    fn new(rounds: Rounds) -> Self {
        Queue { head: AtomicUsize::new(1), tail: AtomicUsize::new(1), next: Default::default(), rounds }
    }

    fn next(&self, node: usize) -> &AtomicUsize {
        &self.next[node - 1]
    }

    /// A round has changed nothing.
    fn spins(&self) {
        if self.rounds != Rounds::All {
            gives_up();
        }
    }

    fn helps(&self, tail: usize, next: usize) {
        if self.rounds == Rounds::First {
            gives_up();
        }
        let _ = self.tail.compare_exchange(tail, next, Release, Relaxed);
    }

    fn enqueue(&self, node: usize) {
        let tail = loop {
            let tail = self.tail.load(Acquire);
            let next = self.next(tail).load(Acquire);
            if self.tail.load(Acquire) != tail {
                self.spins();
            } else if next != 0 {
                self.helps(tail, next);
            } else if self.next(tail).compare_exchange(0, node, Release, Relaxed).is_ok() {
                break tail;
            } else if self.rounds == Rounds::First {
                gives_up();
            }
        };
        let _ = self.tail.compare_exchange(tail, node, Release, Relaxed);
    }

    fn dequeue(&self) -> Option<usize> {
        loop {
            let head = self.head.load(Acquire);
            let tail = self.tail.load(Acquire);
            let next = self.next(head).load(Acquire);
            if self.head.load(Acquire) != head {
                self.spins();
            } else if head == tail {
                if next == 0 {
                    return None;
                }
                self.helps(tail, next);
            } else if self.head.compare_exchange(head, next, Release, Relaxed).is_ok() {
                return Some(next);
            } else {
                self.spins();
            }
        }
    }
}

/// Each of two threads puts and takes.
#[test]
fn ms_queue_dynamic() {
    let found = complete(|| {
        let queue = Arc::new(Queue::new(Rounds::First));
        in_threads((2..=3).map(|node| {
            let queue = queue.clone();
            move || {
                queue.enqueue(node);
                queue.dequeue();
            }
        }));
    });
    assert_eq!(found, [6, 6]);
}

/// One thread takes, others put.
fn one_reader(writers: usize, rounds: Rounds) -> (u64, u64) {
    let report = explored(MemoryModel::Rc11, move || {
        let queue = Arc::new(Queue::new(rounds));
        in_threads((0..=writers).map(|thread| {
            let queue = queue.clone();
            move || match thread {
                0 => {
                    queue.dequeue();
                }
                _ => queue.enqueue(thread + 1),
            }
        }));
    })
    .assert_verified();
    (report.executions(), report.blocked())
}

#[test]
fn miri_ms_queue() {
    assert_eq!(one_reader(1, Rounds::All), (4, 0));
    assert_eq!(one_reader(2, Rounds::All), (188, 0));
    assert_eq!(one_reader(2, Rounds::Effective), (128, 24));
}
