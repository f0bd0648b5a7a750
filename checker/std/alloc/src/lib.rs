//! What stands in alloc's place: alloc, with the handles that selvedge sees.

#![no_std]

extern crate alloc as real;
extern crate selvedge_std as facade;

pub use real::*;

/// As [`alloc::sync`].
pub mod sync {
    pub use facade::sync::{Arc, Weak};
}

/// As [`alloc::task`].
pub mod task {
    pub use real::task::*;

    pub use facade::task::Wake;
}
