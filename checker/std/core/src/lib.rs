//! What stands in core's place: core, with the atomics that selvedge sees.

#![no_std]

extern crate core as real;
extern crate selvedge_std as facade;

pub use real::*;

/// As [`core::sync`].
pub mod sync {
    pub use real::sync::*;

    pub use facade::sync::atomic;
}

/// As [`core::hint`].
pub mod hint {
    pub use real::hint::*;

    pub use facade::hint::spin_loop;
}

/// As [`core::prelude`], with the attribute `test` that explores.
pub mod prelude {
    pub use facade::__selvedge::core_prelude::*;
}
