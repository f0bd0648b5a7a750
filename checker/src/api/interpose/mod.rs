//! What `selvedge-std` puts in std's place, where this crate's own types have not std's form.
//!
//! Code that knows nothing of a checker takes an atomic for what it is in std: a few bytes, which it transmutes, zeroes, casts and
//! reads past. So these [`atomic`]s are their bytes and nothing else, and are known by their addresses. Outside of a
//! model they are std's.

pub mod atomic;
mod chance;
pub mod futex;
mod handles;
mod places;

#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", not(miri)))]
pub use crate::engine::door as allocator;
pub use chance::fill_with_chance;
pub use handles::Shared;
pub(crate) use places::forget_stack;

pub use crate::engine::{Accesses, Memory};

use std::ops::Range;
use std::time::Duration;

use crate::api;
use crate::engine;

/// Where the thread-locals of this module are.
pub(crate) fn own_locals() -> impl Iterator<Item = Range<usize>> {
    chance::own_locals().into_iter().chain(futex::own_locals()).chain([places::own_local()])
}

/// Whether the caller is a thread of a model that is being explored.
pub fn in_model() -> bool {
    engine::in_model()
}

/// At the beginning of each execution of a model: what is written to statics is put back when it is over, what it frees is looked at,
/// and chance is the same.
pub fn begin(memory: Memory) {
    let tag = engine::with(|e| {
        e.run.memory = memory;
        e.run.tag()
    });
    places::begin(tag, memory);
    chance::begin();
    engine::with(|e| e.run.resumes = Some(chance::resume));
}

/// Whether what models allocate here is at addresses of the checker's: not on each system, with each allocator, nor with any limit of
/// addresses. The value is to be one that a model has just allocated.
pub fn is_in_heap<T>(value: &T) -> bool {
    engine::is_in_slot(value)
}

/// The caller is about to load from plain memory, or to store there. `code` is where it goes on.
#[inline]
pub fn access(memory: *const (), size: usize, writes: bool, code: *const ()) {
    engine::access_plain_memory(memory.addr(), size, writes, code.addr());
}

/// As [`std::hint::spin_loop`], also outside of a model.
#[track_caller]
#[inline(always)]
pub fn spin_loop() {
    if in_model() { api::hint::spin_loop() } else { std::hint::spin_loop() }
}

/// As [`std::thread::yield_now`], also outside of a model.
#[track_caller]
#[inline(always)]
pub fn yield_now() {
    if in_model() { api::thread::yield_now() } else { std::thread::yield_now() }
}

/// As [`std::thread::sleep`], also outside of a model.
#[track_caller]
#[inline(always)]
pub fn sleep(duration: Duration) {
    if in_model() { api::thread::sleep(duration) } else { std::thread::sleep(duration) }
}
