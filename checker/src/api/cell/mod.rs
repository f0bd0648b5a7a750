//! Plain memory that several threads reach, checked for data races.
//!
//! Accesses are no events: they add no behaviours. Two accesses of one cell, one of them a write, that no happens-before
//! orders fail the execution as a [data race](crate::FailureKind::DataRace).
//!
//! Of what [`std::cell`] has, what is for one thread alone is not here: `RefCell`, `OnceCell` and `LazyCell` are std's, inside of
//! a model too. Nor is what gives a pointer past the check: `as_ptr`, `get_mut`, `from_mut` and the slices of
//! [`Cell`](std::cell::Cell).

mod plain;
mod unsafe_cell;

pub use plain::Cell;
pub use unsafe_cell::{ConstPtr, MutPtr, UnsafeCell};
