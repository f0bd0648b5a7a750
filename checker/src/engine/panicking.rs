//! Which threads of a model unwind.
//!
//! std counts panics for each OS thread, and the fibers of an execution share one: a fiber that waits in a destructor while
//! it unwinds leaves all others panicking. So it is written down which thread panicked. That a thread has caught
//! its own panic nobody tells; it is seen when no other unwinds, and when the thread ends.

use std::cell::RefCell;

use super::guard;

/// What is known of the threads of the execution on this OS thread.
#[derive(Default)]
pub(super) struct Unwinding {
    /// The lanes of threads that have panicked.
    lanes: Vec<u32>,
    /// Whether a fiber was given up while it unwound: std counts its panic forever.
    given_up: bool,
}

thread_local! {
    pub(super) static UNWINDING: RefCell<Unwinding> = RefCell::default();
}

/// Before each execution.
pub(super) fn begin() {
    UNWINDING.with_borrow_mut(|unwinding| {
        if !unwinding.lanes.is_empty() {
            unwinding.given_up |= std::thread::panicking();
            unwinding.lanes.clear();
            guard::here().forgets_panics();
        }
    });
}

/// The thread in `lane` panics.
pub(super) fn begins(lane: u32) {
    UNWINDING.with_borrow_mut(|unwinding| unwinding.lanes.push(lane));
}

/// The thread in `lane` has caught what it panicked with.
pub(super) fn ends(lane: u32) {
    UNWINDING.with_borrow_mut(|unwinding| unwinding.lanes.retain(|l| *l != lane));
    guard::here().forgets_panics();
}

/// Whether another thread has begun to panic before the thread in `lane` did for the last time, and has not ended, nor caught
/// that so far as anybody knows. What it leaves poisoned may be why this one panics.
pub(super) fn is_later(lane: u32) -> bool {
    UNWINDING.with_borrow(|unwinding| {
        let last = unwinding.lanes.iter().rposition(|l| *l == lane).unwrap_or(0);
        unwinding.lanes[..last].iter().any(|l| *l != lane)
    })
}

/// Whether the thread in `lane`, which is running, unwinds.
pub(super) fn is(lane: u32) -> bool {
    std::thread::panicking()
        && UNWINDING.with_borrow_mut(|unwinding| {
            let alone = !unwinding.given_up && unwinding.lanes.iter().all(|l| *l == lane);
            // A thread that resumes a panic that was caught tells nobody.
            alone || unwinding.lanes.contains(&lane)
        })
}
