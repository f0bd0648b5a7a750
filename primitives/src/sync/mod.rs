//! The facade: everything that the primitives need from below, and the only place that knows which backend provides it.
//!
//! | build | backend |
//! |---|---|
//! | plain | [`std`] |
//! | `--cfg loom` | selvedge's engine, with every operation recorded for reports |
//! | `--cfg loom`, feature `upstream-loom` | loom, recorded in the same way |
//!
//! An access that is more than relaxed is in a function without `#[track_caller]`: so it has a line of its own, by which an
//! audit of orderings knows it, and not that of its caller.
//!
//! All backends have the same items with the same meaning, so that the primitives are written once and what is checked
//! is what ships. Blocking goes through one seam, [`Waiters`].

#[cfg_attr(not(loom), path = "std.rs")]
#[cfg_attr(all(loom, not(feature = "upstream-loom")), path = "selvedge.rs")]
#[cfg_attr(all(loom, feature = "upstream-loom"), path = "loom.rs")]
mod backend;
mod identity;
#[cfg(loom)]
mod modelled;
#[cfg(all(loom, not(feature = "upstream-loom")))]
mod specified;
#[cfg(any(not(loom), feature = "upstream-loom"))]
mod unspecified;
mod waiters;

#[cfg(test)]
pub(crate) use backend::model;
pub(crate) use backend::{
    ABANDONS_DAEMONS, Deadline, EventSpecification, Guess, Instant, LockSpecification, MutPtr,
    SemaphoreSpecification, Site, Spin, UnsafeCell, atomic, blocks, joins_specified, name_native,
    native_identity, panicked, part, set_stack_size, sleep, spawn, stack_size, step, thread_identity,
    yield_now,
};
pub(crate) use backend::{constructors, statics, thread_locals};
pub(crate) use identity::Identity;
pub(crate) use waiters::{Place, Turn, Waiters, Waiting, Wake};
