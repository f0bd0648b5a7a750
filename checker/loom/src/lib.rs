//! loom's API on Selvedge's engine.
//!
//! ```toml
//! [patch.crates-io]
//! loom = { path = "../selvedge/checker/loom" }
//! ```
//!
//! and a crate's loom tests run on Selvedge, unmodified. What each item means is documented where it is defined.

#![warn(missing_docs)]

pub use selvedge::{alloc, cell, hint, lazy_static, model, sync, thread};
pub use selvedge::{explore, skip_branch, stop_exploring, thread_local};

#[cfg(feature = "futures")]
pub use selvedge::future;

/// The most threads of a model: there is no limit.
pub const MAX_THREADS: usize = usize::MAX;
