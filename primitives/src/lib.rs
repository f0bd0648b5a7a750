//! The synchronization primitives of Python's `threading` and `queue` modules, for Rust.

// The examples in the documentation are programs, not models: they need real threads.
#![cfg(any(not(doctest), real_threads))]

mod condition;
mod error;
mod event;
mod lock;
mod lockable;
mod rlock;
mod semaphore;
mod sync;

pub use condition::{Condition, ConditionGuard};
pub use error::{NotLocked, NotOwner, OtherLock, ReleaseError};
pub use event::Event;
pub use lock::{Lock, LockGuard};
pub use lockable::{Held, Lockable};
pub use rlock::{RLock, RLockGuard};
pub use semaphore::{BoundedSemaphore, Permit, Semaphore};
