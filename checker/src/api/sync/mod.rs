//! What [`std::sync`] has, inside of a model.
//!
//! What a panic leaves poisoned is what std's leaves so: a [`Mutex`], and an [`RwLock`] that is held for writing, whose guard
//! is dropped while its thread unwinds; a [`Once`] and a [`LazyLock`] whose initialisation panics. An [`OnceLock`] is never
//! poisoned. A panic that its thread does not catch fails the execution before anybody could notice, unless [panics reach
//! `join`](crate::Checker::panics_reach_join).
//!
//! Of std's stable names these are not here: `Exclusive`, `ReentrantLock`, `mpmc` and `nonpoison`, which are unstable in std.

mod arc;
pub mod atomic;
mod barrier;
mod condvar;
mod held;
pub mod mpsc;
mod mutex;
mod notify;
mod once;
mod rwlock;

pub(crate) use arc::Exposed;
pub use arc::{Arc, Weak};
pub use barrier::{Barrier, BarrierWaitResult};
pub use condvar::{Condvar, WaitTimeoutResult};
pub use mutex::{MappedMutexGuard, Mutex, MutexGuard};
pub use notify::Notify;
pub use once::{LazyLock, ONCE_INIT, Once, OnceLock, OnceState};
pub use rwlock::{MappedRwLockReadGuard, MappedRwLockWriteGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
pub use std::sync::{LockResult, PoisonError, TryLockError, TryLockResult};
