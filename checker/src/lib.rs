//! Selvedge explores every interleaving of a small concurrent program and says what it found.
//!
//! A *model* is a closure that starts threads and asserts what must hold. [`Checker`] runs it once for each
//! interleaving; the [`Report`] says whether every one was seen, what they let an observer see, and, where an assertion
//! fails or nobody can go on, shows the interleaving that does it.
//!
//! The exploration needs the model-checking build, `RUSTFLAGS="--cfg loom"`. On any other build a model runs once on
//! real threads and its verdict is [`Verdict::Incomplete`]: one run proves nothing.

#![forbid(unsafe_op_in_unsafe_fn)]

mod api;
mod engine;
mod harness;
mod objects;
pub mod report;
pub mod trace;

#[cfg(all(loom, feature = "upstream-loom"))]
pub mod upstream;

pub use api::model::model;
pub use api::{alloc, cell, future, hint, lazy_static, model, specification, sync, thread};
pub use engine::{Behaviour, MemoryModel};
pub use harness::{Checker, Failure, FailureKind, Limit, Progress, Report, Verdict, assume, choose, outcome};
#[doc(hidden)]
pub use harness::{explore, skip_branch, stop_exploring};
pub use report::Counterexample;
