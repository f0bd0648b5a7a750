//! Selvedge explores every interleaving of a small concurrent program and says what it found.
//!
//! A *model* is a closure that starts threads and asserts what must hold. [`Checker`] runs it once for each behaviour; the
//! [`Report`] says whether every one was seen, what they let an observer see, and, where an assertion fails or nobody can
//! go on, shows the interleaving that does it.
//!
//! A model is written with this crate's [`sync`], [`thread`] and [`cell`] in the place of std's, and is explored in any
//! build. A model that uses none of them runs once, on whatever threads it starts itself, and its verdict is
//! [`Verdict::Incomplete`]: one run proves nothing. With `RUSTFLAGS="--cfg loom"` and the feature `upstream-loom`
//! [`Checker::run`] explores on loom, for models that are written with loom's types.

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
pub use api::{alloc, cell, future, hint, lazy_static, model, sync, thread};
pub use engine::{Behaviour, MemoryModel};
pub use harness::{Checker, Failure, FailureKind, Limit, Progress, Report, Verdict, assume, choose, outcome};
#[doc(hidden)]
pub use harness::{explore, skip_branch, stop_exploring};
pub use report::Counterexample;
