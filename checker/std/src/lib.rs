//! What stands in std's place: std, with everything that threads share, and all that waits, from selvedge.
//!
//! `cargo selvedge explore` gives this crate to the compiler under the name `std`, for every crate of a package's tree. So paths,
//! the prelude and its macros find these items first, and std's own where there are none of these.

#![no_std]

extern crate std as real;

pub use real::*;

#[doc(hidden)]
pub mod __selvedge;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod accesses;
pub mod hint;
pub mod prelude;
pub mod sync;
pub mod task;
pub mod thread;
pub mod time;

pub use selvedge::thread_local;
