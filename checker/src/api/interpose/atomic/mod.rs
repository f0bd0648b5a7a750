//! What [`std::sync::atomic`] has, with std's sizes, alignments and bytes.
//!
//! The types are those of [`sync::atomic`](crate::sync::atomic) over another cell.

#[allow(
    clippy::duplicate_mod,
    dead_code,
    reason = "the same calls over another cell; nobody asks this for its value"
)]
#[path = "../../sync/atomic/bool.rs"]
mod bool;
mod cell;
#[allow(clippy::duplicate_mod, reason = "the same calls over another cell")]
#[path = "../../sync/atomic/int.rs"]
mod int;
#[allow(clippy::duplicate_mod, reason = "the same calls over another cell")]
#[path = "../../sync/atomic/ptr.rs"]
mod ptr;
mod word;

pub use bool::AtomicBool;
pub use int::{
    AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicU8, AtomicU16, AtomicU32, AtomicU64,
    AtomicUsize,
};
pub use ptr::AtomicPtr;

pub use crate::api::sync::atomic::compiler_fence;
use crate::api::sync::atomic::on_failure;
pub use std::sync::atomic::Ordering;

/// As [`std::sync::atomic::fence`], also outside of a model.
///
/// # Panics
///
/// For [`Ordering::Relaxed`], as there.
#[track_caller]
pub fn fence(order: Ordering) {
    if super::in_model() { crate::api::sync::atomic::fence(order) } else { std::sync::atomic::fence(order) }
}

macro_rules! by_pointer {
    ($($name:ident $(<$of:ident>)?: $value:ty),* $(,)?) => { $(
        impl $(<$of>)? $name $(<$of>)? {
            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::as_ptr`]: what is newest is there.")]
            pub const fn as_ptr(&self) -> *mut $value {
                std::ptr::from_ref(self).cast_mut().cast()
            }

            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::from_ptr`].")]
            ///
            /// # Safety
            ///
            /// As there.
            pub const unsafe fn from_ptr<'a>(pointer: *mut $value) -> &'a Self {
                // SAFETY: the caller's; an atomic is its bytes.
                unsafe { &*pointer.cast::<Self>() }
            }
        }

        impl $(<$of>)? std::panic::RefUnwindSafe for $name $(<$of>)? {}
    )* };
}

by_pointer! {
    AtomicBool: bool,
    AtomicU8: u8,
    AtomicU16: u16,
    AtomicU32: u32,
    AtomicU64: u64,
    AtomicUsize: usize,
    AtomicI8: i8,
    AtomicI16: i16,
    AtomicI32: i32,
    AtomicI64: i64,
    AtomicIsize: isize,
    AtomicPtr<T>: *mut T,
}
