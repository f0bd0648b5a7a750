//! As [`std::hint`].

pub use real::hint::*;

pub use selvedge::interpose::spin_loop;
