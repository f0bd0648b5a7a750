//! What [`std::sync`] has, inside of a model.
//!
//! A panic fails the execution before anybody could notice what it leaves poisoned, so the `Result`s of std's signatures are
//! always `Ok`, but for the `WouldBlock` of a `try_` method. Where [panics reach
//! `join`](crate::Checker::panics_reach_join) a [`Mutex`] is poisoned as std's is. Nothing else is: an [`RwLock`], a
//! [`Once`] and a [`LazyLock`] are after a panic what they were before.

mod arc;
pub mod atomic;
mod barrier;
mod condvar;
pub mod mpsc;
mod mutex;
mod notify;
mod once;
mod rwlock;

pub(crate) use arc::Exposed;
pub use arc::{Arc, Weak};
pub use barrier::{Barrier, BarrierWaitResult};
pub use condvar::{Condvar, WaitTimeoutResult};
pub use mutex::{Mutex, MutexGuard};
pub use notify::Notify;
pub use once::{LazyLock, Once, OnceLock};
pub use rwlock::{RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};
