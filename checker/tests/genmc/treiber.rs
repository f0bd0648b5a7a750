//! R. Treiber's stack ("Systems Programming: Coping with Parallelism", IBM Almaden 1986).

use std::sync::Arc;

use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::{self, Acquire, Relaxed, Release};

use selvedge::MemoryModel;

use crate::{complete, explored, gives_up, in_threads};

struct Stack {
    top: AtomicUsize,
    /// Node `n` is thread `n`'s.
    next: [AtomicUsize; 4],
    /// Whether a thread tries again what has failed.
    tries_again: bool,
}

impl Stack {
    fn new(tries_again: bool) -> Self {
        Stack { top: AtomicUsize::new(0), next: Default::default(), tries_again }
    }

    /// Swings the top; where another was faster, the caller tries again, or the execution ends.
    fn swing(&self, from: usize, to: usize) -> bool {
        let swung = self.top.compare_exchange(from, to, Release, Relaxed).is_ok();
        if !swung && !self.tries_again {
            gives_up();
        }
        swung
    }

    fn push(&self, node: usize) {
        loop {
            let top = self.top.load(Acquire);
            self.next[node].store(top, Relaxed);
            if self.swing(top, node) {
                return;
            }
        }
    }

    fn pop(&self) -> Option<usize> {
        loop {
            let top = self.top.load(Acquire);
            if top == 0 {
                return None;
            }
            if self.swing(top, self.next[top].load(Relaxed)) {
                return Some(top);
            }
        }
    }
}

/// The first `readers` threads take, the others put.
fn shared(readers: usize, writers: usize, tries_again: bool) -> (u64, u64) {
    let report = explored(MemoryModel::Rc11, move || {
        let stack = Arc::new(Stack::new(tries_again));
        in_threads((0..readers + writers).map(|thread| {
            let stack = stack.clone();
            move || match thread < readers {
                true => {
                    stack.pop();
                }
                false => stack.push(thread),
            }
        }));
    })
    .assert_verified();
    (report.executions(), report.blocked())
}

#[test]
fn miri_treiber_stack() {
    assert_eq!(shared(1, 1, true), (2, 0));
    assert_eq!(shared(1, 2, true), (22, 0));
    assert_eq!(shared(1, 3, true), (1_002, 0));
    assert_eq!(shared(1, 2, false), (8, 8));
    assert_eq!(shared(1, 3, false), (36, 159));
}

/// A thread tries again only where another has succeeded, so nobody waits, and no execution is blocked.
#[test]
fn a_stack_blocks_nobody() {
    for (readers, writers) in [(3, 1), (2, 2), (1, 3)] {
        let (_, blocked) = shared(readers, writers, true);
        assert_eq!(blocked, 0, "{readers} readers and {writers} writers");
    }
}

/// A stack whose threads try once, from C. Pulte, J. Pichon-Pharabod, J. Kang, S.-H. Lee, C.-K. Hur, "Promising-ARM/RISC-V: A
/// Simpler and Faster Operational Concurrency Model", PLDI 2019.
#[derive(Default)]
struct Once {
    top: AtomicUsize,
    nodes: [Node; 4],
}

#[derive(Default)]
struct Node {
    data: AtomicUsize,
    next: AtomicUsize,
}

impl Once {
    fn push(&self, node: usize) {
        self.nodes[node].data.store(node, Relaxed);
        let top = self.top.load(Relaxed);
        self.nodes[node].next.store(top, Relaxed);
        let _ = self.top.compare_exchange(top, node, Release, Relaxed);
    }

    fn pop(&self, looks: Ordering, takes: Ordering) {
        let top = self.top.load(looks);
        if top != 0 {
            self.nodes[top].data.load(Relaxed);
            let next = self.nodes[top].next.load(Relaxed);
            let _ = self.top.compare_exchange(top, next, takes, Relaxed);
        }
    }
}

/// One thread pushes twice and pops, the other pops and pushes.
fn pushed_and_popped(looks: Ordering, takes: Ordering) -> [u64; 2] {
    complete(move || {
        let stack = Arc::new(Once::default());
        in_threads((0..2).map(|thread| {
            let stack = stack.clone();
            move || match thread {
                0 => {
                    stack.push(1);
                    stack.push(2);
                    stack.pop(looks, takes);
                }
                _ => {
                    stack.pop(looks, takes);
                    stack.push(3);
                }
            }
        }));
    })
}

#[test]
fn stc() {
    assert_eq!(pushed_and_popped(Acquire, Release), [37, 37]);
}

#[test]
fn stc_opt() {
    assert_eq!(pushed_and_popped(Relaxed, Relaxed), [183, 37]);
}
