//! As [`std::task`].

pub use real::task::*;
