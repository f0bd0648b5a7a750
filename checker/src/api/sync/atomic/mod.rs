//! What [`std::sync::atomic`] has, inside of a model.
//!
//! A load may return any value that the memory model allows, not the newest alone; all of them are explored. Under RC11
//! orderings mean what C++20 says they mean; load buffering, which RC11 excludes, is not explored. The constructors are
//! `const`, and a static has its initial value at the beginning of each execution.
//!
//! What an atomic holds is not in its own memory. So `as_ptr` and `from_ptr` are not here: what went past the atomic would be
//! seen by nobody, and no verdict would be one about the program. Nor is what std marks as unstable: `Atomic<T>`, the
//! 128-bit integers, `from_mut` and the slices.

mod bool;
mod cell;
mod int;
mod ptr;

pub use std::sync::atomic::Ordering;

pub use bool::AtomicBool;
pub use int::{
    AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicU8, AtomicU16, AtomicU32, AtomicU64,
    AtomicUsize,
};
pub use ptr::AtomicPtr;

use std::panic::Location;

pub(in crate::api) use cell::{Show, View, Word, shown_as};

use crate::audit::Operation;
use crate::engine::{self, Mode};

/// As [`std::sync::atomic::fence`] (C++ [atomics.fences]).
///
/// # Panics
///
/// For [`Ordering::Relaxed`], as there; and outside of a model.
#[track_caller]
pub fn fence(order: Ordering) {
    assert!(order != Ordering::Relaxed, "there is no such thing as a relaxed fence");
    let place = Location::caller();
    let mode = engine::with(|e| e.mode(place, Operation::Fence, order));
    if mode == Mode::RELAXED {
        // An audit has taken it away.
        return;
    }
    engine::call(|e| e.fence(mode, place));
    engine::tell(place, std::ptr::null::<()>(), "fence", || format!("{order:?}"));
}

/// As [`std::sync::atomic::compiler_fence`]: orders what a thread does for its own signal handlers, of which a model has none.
///
/// # Panics
///
/// For [`Ordering::Relaxed`], as there.
#[track_caller]
pub fn compiler_fence(order: Ordering) {
    assert!(order != Ordering::Relaxed, "there is no such thing as a relaxed compiler fence");
}

/// As [`hint::spin_loop`](crate::hint::spin_loop), by the name that std once had for it.
#[track_caller]
pub fn spin_loop_hint() {
    engine::hint(Location::caller());
}

/// What a read-modify-write with ordering `order` has for an ordering when it fails.
pub(in crate::api) fn on_failure(order: Ordering) -> Ordering {
    match order {
        Ordering::Release => Ordering::Relaxed,
        Ordering::AcqRel => Ordering::Acquire,
        order => order,
    }
}
