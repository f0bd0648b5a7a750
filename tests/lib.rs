//! What the tests of the gate share. The tests themselves are in `tests/`.

use selvedge::{Checker, Report, Verdict};

/// Explores `model` completely in the model-checking build; on a plain build runs it once on real threads.
///
/// # Panics
///
/// When an execution fails, with its interleaving, or when the exploration is not complete.
#[track_caller]
pub fn verify(model: impl Fn() + Send + Sync + 'static) -> Report {
    explored(checker(), model)
}

/// As [`verify`], for a primitive that is made of locks: over the specification of the lock, which `lock.rs` checks.
/// loom knows no specifications and explores the lock as it is.
///
/// # Panics
///
/// As [`verify`].
#[track_caller]
pub fn verify_over_locks(model: impl Fn() + Send + Sync + 'static) -> Report {
    explored(checker().specifications(), model)
}

/// In each execution a wait may end and a weak exchange may fail once without a reason. loom knows neither.
fn checker() -> Checker {
    let checker = Checker::new();
    if cfg!(feature = "upstream-loom") { checker } else { checker.spurious_wakeups(1).spurious_failures(1) }
}

#[track_caller]
fn explored(checker: Checker, model: impl Fn() + Send + Sync + 'static) -> Report {
    let report = checker.run(model);
    if cfg!(loom) { report.assert_verified() } else { ran(report) }
}

/// As [`verify_over_locks`], for a model that loom does not finish: there it is explored up to `preemptions` preemptions.
///
/// # Panics
///
/// As [`verify`].
#[track_caller]
pub fn verify_bounded(preemptions: usize, model: impl Fn() + Send + Sync + 'static) -> Report {
    if cfg!(feature = "upstream-loom") {
        ran(Checker::new().preemption_bound(preemptions).run(model))
    } else {
        verify_over_locks(model)
    }
}

#[track_caller]
fn ran(report: Report) -> Report {
    match report.verdict() {
        Verdict::Failed(_) => report.assert_verified(),
        _ => report,
    }
}

/// The threads of the build: the model's, or real ones.
pub mod thread {
    #[cfg(loom)]
    pub use selvedge::thread::{JoinHandle, spawn, yield_now};
    #[cfg(not(loom))]
    pub use std::thread::{JoinHandle, spawn, yield_now};
}

/// The atomics of the build: the model's, or real ones.
pub mod atomic {
    #[cfg(loom)]
    pub use selvedge::sync::atomic::{AtomicU32, Ordering};
    #[cfg(not(loom))]
    pub use std::sync::atomic::{AtomicU32, Ordering};
}

/// Plain memory: loom reports two accesses that no primitive orders.
pub mod cell {
    #[cfg(loom)]
    use selvedge::cell::UnsafeCell;
    #[cfg(not(loom))]
    use std::cell::UnsafeCell;

    /// A number in memory that has no lock of its own. What is tested has to order its reads and writes.
    #[derive(Debug)]
    pub struct Plain(UnsafeCell<u32>);

    // SAFETY: not sound in itself, and so not for use outside of tests: a test that races is one that fails, on loom by
    // its check of every access.
    unsafe impl Sync for Plain {}

    impl Plain {
        /// Memory that holds `value`.
        pub fn new(value: u32) -> Self {
            Plain(UnsafeCell::new(value))
        }

        /// Reads.
        pub fn get(&self) -> u32 {
            #[cfg(loom)]
            // SAFETY: loom has just checked that nobody writes.
            return self.0.with(|p| unsafe { *p });
            #[cfg(not(loom))]
            // SAFETY: the primitive under test orders this.
            return unsafe { *self.0.get() };
        }

        /// Writes.
        pub fn set(&self, value: u32) {
            #[cfg(loom)]
            // SAFETY: loom has just checked that nobody else reads or writes.
            self.0.with_mut(|p| unsafe { *p = value });
            #[cfg(not(loom))]
            // SAFETY: the primitive under test orders this.
            unsafe {
                *self.0.get() = value;
            };
        }
    }
}
