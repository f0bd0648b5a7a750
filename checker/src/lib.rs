//! Selvedge explores every interleaving of a small concurrent program and says what it found.
//!
//! A *model* is a closure that starts threads and asserts what must hold. [`Checker`] runs it once for each
//! interleaving; the [`Report`] says whether every one was seen, what they let an observer see, and, where an assertion
//! fails or nobody can go on, shows the interleaving that does it.
//!
//! The exploration needs the model-checking build, `RUSTFLAGS="--cfg loom"`. On any other build a model runs once on
//! real threads and its verdict is [`Verdict::Incomplete`]: one run proves nothing.

#![forbid(unsafe_op_in_unsafe_fn)]

mod harness;
pub mod report;
pub mod trace;

#[cfg(loom)]
pub mod upstream;

/// The objects of the engine that explores, in the standard library's shape; real ones on a plain build.
pub mod sync {
    #[cfg(loom)]
    pub use loom::sync::{Arc, Condvar, Mutex, MutexGuard, atomic};
    #[cfg(not(loom))]
    pub use std::sync::{Arc, Condvar, Mutex, MutexGuard, atomic};
}

/// The threads of the engine that explores; real ones on a plain build.
pub mod thread {
    #[cfg(loom)]
    pub use crate::upstream::thread::{JoinHandle, spawn, yield_now};
    #[cfg(not(loom))]
    pub use std::thread::{JoinHandle, spawn, yield_now};
}

pub use harness::{Checker, Failure, FailureKind, Limit, Progress, Report, Verdict, outcome};
pub use report::Counterexample;
