//! The synchronization primitives of Python's `threading` and `queue` modules, for Rust.

// The examples in the documentation are programs, not models: they need real threads.
#![cfg(any(not(doctest), real_threads))]

mod error;
mod lock;
mod sync;

pub use error::NotLocked;
pub use lock::{Lock, LockGuard};
