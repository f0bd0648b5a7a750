//! The queue of M. Michael and M. Scott ("Simple, Fast, and Practical Non-Blocking and Blocking Concurrent Queue Algorithms",
//! PODC 1996).

use std::sync::Arc;

use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::{self, Acquire, Relaxed, Release};

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

/// A queue whose threads try once, from the same paper as the [stack](crate::treiber). Its first thread makes it. Node 1 is
/// the first dummy.
#[derive(Default)]
struct Once {
    made: AtomicUsize,
    head: AtomicUsize,
    tail: AtomicUsize,
    nodes: [Node; 3],
}

#[derive(Default)]
struct Node {
    data: AtomicUsize,
    next: AtomicUsize,
}

/// What looks at the queue's ends, and what changes its tail.
#[derive(Clone, Copy)]
struct Orders {
    looks: Ordering,
    swings: Ordering,
}

impl Once {
    fn node(&self, number: usize) -> &Node {
        &self.nodes[number - 1]
    }

    fn make(&self) {
        self.node(1).next.store(0, Release);
        self.head.store(1, Release);
        self.tail.store(1, Release);
        self.made.store(1, Release);
    }

    fn is_made(&self) -> bool {
        self.made.load(Acquire) == 1
    }

    /// The last node; where there is one after it the tail is moved there first.
    fn last(&self, orders: Orders) -> usize {
        loop {
            let tail = self.tail.load(orders.looks);
            let next = self.node(tail).next.load(Relaxed);
            if next == 0 {
                return tail;
            }
            self.tail.store(next, orders.swings);
        }
    }

    fn enqueue(&self, node: usize, orders: Orders) {
        self.node(node).data.store(node, Relaxed);
        self.node(node).next.store(0, Relaxed);
        let last = self.last(orders);
        if self.node(last).next.compare_exchange(0, node, Release, Relaxed).is_ok() {
            self.tail.store(node, orders.swings);
        }
    }

    fn dequeue(&self, orders: Orders) {
        let head = self.head.load(orders.looks);
        let next = self.node(head).next.load(orders.looks);
        if next != 0 && self.head.compare_exchange(head, next, Relaxed, Relaxed).is_ok() {
            self.node(next).data.load(Relaxed);
        }
    }
}

/// Two threads put, and the third takes.
fn made_and_used(orders: Orders) -> [u64; 2] {
    complete(move || {
        let queue = Arc::new(Once::default());
        in_threads((0..3).map(|thread| {
            let queue = queue.clone();
            move || match thread {
                0 => {
                    queue.make();
                    queue.enqueue(2, orders);
                }
                _ if !queue.is_made() => {}
                1 => queue.enqueue(3, orders),
                _ => queue.dequeue(orders),
            }
        }));
    })
}

#[test]
fn qu() {
    assert_eq!(made_and_used(Orders { looks: Acquire, swings: Release }), [75, 39]);
}

#[test]
fn qu_opt() {
    assert_eq!(made_and_used(Orders { looks: Relaxed, swings: Relaxed }), [132, 39]);
}
