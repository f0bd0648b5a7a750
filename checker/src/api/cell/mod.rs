//! Plain memory that several threads reach, checked for data races.
//!
//! Accesses are no events: they add no behaviours. Two accesses of one cell, one of them a write, that no happens-before
//! orders fail the execution as a [data race](crate::FailureKind::DataRace).

mod plain;
mod unsafe_cell;

pub use plain::Cell;
pub use unsafe_cell::{ConstPtr, MutPtr, UnsafeCell};
