//! A Python global.

#[cfg(loom)]
use selvedge::sync::atomic::{AtomicI64, Ordering::SeqCst};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

use selvedge::trace;

/// A Python global that holds a number: each read and each write is atomic and seen by all threads at once, as under
/// Python's global interpreter lock; what is between a read and a write is not.
#[derive(Debug)]
pub struct Variable(AtomicI64);

impl Variable {
    /// A global that holds `value`.
    pub fn new(value: i64) -> Self {
        Variable(AtomicI64::new(value))
    }

    /// Reads it.
    #[track_caller]
    pub fn get(&self) -> i64 {
        let value = if cfg!(feature = "upstream-loom") {
            // A read-modify-write that changes nothing: loom lets a load return an older value even when it is SeqCst.
            self.0.fetch_add(0, SeqCst)
        } else {
            self.0.load(SeqCst)
        };
        trace::step_on(self, "get", value);
        value
    }

    /// Writes it.
    #[track_caller]
    pub fn set(&self, value: i64) {
        if cfg!(feature = "upstream-loom") {
            // A read-modify-write for the same reason.
            self.0.swap(value, SeqCst);
        } else {
            self.0.store(value, SeqCst);
        }
        trace::step_on(self, "set", value);
    }

    /// Adds `n` in one step, which Python's `+=` is not.
    #[track_caller]
    pub fn add(&self, n: i64) {
        let before = self.0.fetch_add(n, SeqCst);
        trace::step_on(self, "add", format_args!("{n}, now {}", before + n));
    }
}
