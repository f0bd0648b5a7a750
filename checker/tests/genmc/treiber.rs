//! R. Treiber's stack ("Systems Programming: Coping with Parallelism", IBM Almaden 1986).

use std::sync::Arc;

use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use selvedge::MemoryModel;

use crate::{explored, gives_up, in_threads};

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
