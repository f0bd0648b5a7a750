//! The facade: everything that the primitives need from below, and the only place that knows which backend provides it.
//!
//! | build | backend |
//! |---|---|
//! | plain | [`std`] |
//! | `--cfg loom` | loom, with every operation recorded for reports |
//!
//! Both backends have the same items with the same meaning, so that the primitives are written once and what is checked
//! is what ships. Blocking goes through one seam, [`Waiters`].

#[cfg_attr(not(loom), path = "std.rs")]
#[cfg_attr(loom, path = "loom.rs")]
mod backend;
mod identity;
mod waiters;

#[cfg(test)]
pub(crate) use backend::model;
pub(crate) use backend::{
    ABANDONS_DAEMONS, Deadline, MutPtr, Site, Spin, UnsafeCell, atomic, blocks, native_identity, sleep,
    spawn, step, thread_identity, yield_now,
};
pub(crate) use backend::{constructors, statics, thread_locals};
pub(crate) use identity::Identity;
pub(crate) use waiters::{Waiters, Waiting, Wake};
