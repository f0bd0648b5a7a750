//! Selvedge explores every interleaving of a small concurrent program and says what it found.
//!
//! A *model* is a closure that starts threads and asserts what must hold. [`Checker`] runs it once for each behaviour; the
//! [`Report`] says whether every one was seen, what they let an observer see, and, where an assertion fails or nobody can
//! go on, shows the interleaving that does it.
//!
//! ```
//! use selvedge::sync::Arc;
//! use selvedge::sync::atomic::{AtomicUsize, Ordering::SeqCst};
//! use selvedge::{Checker, Verdict, thread};
//!
//! let report = Checker::new().run(|| {
//!     let count = Arc::new(AtomicUsize::new(0));
//!     let adds = |count: &AtomicUsize| count.store(count.load(SeqCst) + 1, SeqCst);
//!     let other = thread::spawn({
//!         let count = count.clone();
//!         move || adds(&count)
//!     });
//!     adds(&count);
//!     other.join().unwrap();
//!     assert_eq!(count.load(SeqCst), 2, "both have added");
//! });
//! // One of the two may overwrite what the other wrote: `report.assert_verified()` would panic, and show how.
//! assert!(matches!(report.verdict(), Verdict::Failed(_)));
//! ```
//!
//! With `fetch_add` in place of the load and the store, every execution passes, and the verdict is [`Verdict::Verified`]. To gate a crate of your own, put one
//! module between it and std:
//!
//! ```toml
//! [target.'cfg(loom)'.dependencies]
//! selvedge = { path = "../selvedge/checker" }
//!
//! [lints.rust]
//! unexpected_cfgs = { level = "warn", check-cfg = ["cfg(loom)"] }
//! ```
//!
//! ```
//! #[cfg(loom)]
//! pub(crate) use selvedge::{sync::{Arc, Mutex, atomic}, thread};
//! #[cfg(not(loom))]
//! pub(crate) use std::{sync::{Arc, Mutex, atomic}, thread};
//! ```
//!
//! and run its tests with `RUSTFLAGS="--cfg loom" cargo test`. The book's page `docs/quick-start.md` goes there step by step, and
//! `examples/quick-start` is the crate that it ends with.
//!
//! A model is written with this crate's [`sync`], [`thread`] and [`cell`] in the place of std's, and is explored in any
//! build. A model that uses none of them runs once, on whatever threads it starts itself, and its verdict is
//! [`Verdict::Incomplete`]: one run proves nothing. With `RUSTFLAGS="--cfg loom"` and the feature `upstream-loom`
//! [`Checker::run`] explores on loom, for models that are written with loom's types.

#![forbid(unsafe_op_in_unsafe_fn)]

#[cfg(not(all(loom, feature = "upstream-loom")))]
mod api;
// Reached through `model`, `cell` and others of the crate's names, but not by all of its own.
mod addresses;
#[cfg(all(loom, feature = "upstream-loom"))]
#[doc(hidden)]
pub mod api;
pub mod audit;
mod engine;
mod harness;
pub mod linearizability;
mod objects;
pub mod report;
pub mod trace;

#[cfg(all(loom, feature = "upstream-loom"))]
pub mod upstream;

/// The objects of the engine that explores, in the standard library's shape.
#[cfg(all(loom, feature = "upstream-loom"))]
pub mod sync {
    pub use loom::sync::{Arc, Condvar, Mutex, MutexGuard, atomic};
}

/// The threads of the engine that explores.
#[cfg(all(loom, feature = "upstream-loom"))]
pub mod thread {
    pub use crate::upstream::thread::{JoinHandle, spawn, yield_now};
}

#[cfg(not(all(loom, feature = "upstream-loom")))]
#[doc(hidden)]
pub use api::interpose;
pub use api::model::model;
pub use api::time;
pub use api::{alloc, future, hint, lazy_static, model};
#[cfg(not(all(loom, feature = "upstream-loom")))]
pub use api::{cell, specification, sync, thread};
pub use engine::{Behaviour, InvalidSchedule, MemoryModel, Schedule, Time};
pub use harness::stepping;
pub use harness::{
    Checker, Difference, Failure, FailureKind, Limit, LoadError, PlainMemory, Progress, Report, Sample,
    Scope, Shard, Shards, Size, SumError, Verdict, WorkItem, assume, choose, outcome,
};
#[doc(hidden)]
pub use harness::{explore, skip_branch, stop_exploring};
/// Memory whose accesses the engine that explores checks.
#[cfg(all(loom, feature = "upstream-loom"))]
pub use loom::cell;
pub use report::{Counterexample, Interleaving};
