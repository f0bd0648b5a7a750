//! What stands in std's place: std, with everything that threads share, and all that waits, from selvedge.
//!
//! `cargo selvedge explore` gives this crate to the compiler under the name `std`, for every crate of a package's tree. So paths,
//! the prelude and its macros find these items first, and std's own where there are none of these.
//!
//! That a handle of ours can become one of a trait object, and be a method's receiver, is what stable Rust lets std alone say. So this
//! crate is compiled with `RUSTC_BOOTSTRAP`, and follows the compiler's version; no other is.

#![no_std]
#![feature(
    clone_to_uninit,
    coerce_unsized,
    deref_pure_trait,
    dispatch_from_dyn,
    legacy_receiver_trait,
    pin_coerce_unsized_trait,
    unsize
)]

extern crate std as real;

pub use real::*;

#[doc(hidden)]
pub mod __selvedge;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod accesses;
#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64"))]
mod allocator;
#[cfg(target_os = "linux")]
mod chance;
pub mod hint;
pub mod prelude;
pub mod sync;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod syscall;
pub mod task;
pub mod thread;
pub mod time;

pub use selvedge::thread_local;
