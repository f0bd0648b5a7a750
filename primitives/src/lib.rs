//! The synchronization primitives of Python's `threading` and `queue` modules, for Rust.

mod error;
mod lock;
mod sync;

pub use error::NotLocked;
pub use lock::{Lock, LockGuard};
