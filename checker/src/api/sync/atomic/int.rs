//! The integers.

use std::sync::atomic::Ordering;

use super::cell::{Atomic, Word};

macro_rules! atomic_int {
    ($($name:ident: $int:ty),* $(,)?) => { $(
        impl Word for $int {
            fn into_word(self) -> u64 {
                self as u64
            }

            fn from_word(word: u64) -> Self {
                word as $int
            }
        }

        #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "`].")]
        #[repr(transparent)]
        pub struct $name(Atomic<$int>);

        impl $name {
            #[doc = concat!("A new atomic `", stringify!($int), "`.")]
            pub const fn new(value: $int) -> Self {
                $name(Atomic::new(value))
            }

            /// The value that is written last, to a thread that needs no synchronisation to see it.
            ///
            /// # Safety
            ///
            /// As an access of plain memory: every store must happen before or after it. A race is reported.
            #[track_caller]
            pub unsafe fn unsync_load(&self) -> $int {
                self.0.unsync_load()
            }

            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::get_mut`].")]
            #[track_caller]
            pub fn get_mut(&mut self) -> &mut $int {
                self.0.get_mut()
            }

            /// As `get_mut`, in loom's shape.
            #[track_caller]
            pub fn with_mut<R>(&mut self, f: impl FnOnce(&mut $int) -> R) -> R {
                f(self.0.get_mut())
            }

            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::into_inner`].")]
            #[track_caller]
            pub fn into_inner(mut self) -> $int {
                *self.0.get_mut()
            }

            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::load`].")]
            #[track_caller]
            #[inline(always)]
            pub fn load(&self, order: Ordering) -> $int {
                crate::engine::sweep();
                self.0.load(order)
            }

            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::store`].")]
            #[track_caller]
            #[inline(always)]
            pub fn store(&self, value: $int, order: Ordering) {
                crate::engine::sweep();
                self.0.store(value, order)
            }

            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::swap`].")]
            #[track_caller]
            #[inline(always)]
            pub fn swap(&self, value: $int, order: Ordering) -> $int {
                crate::engine::sweep();
                self.0.rmw("swap", order, |_| value)
            }

            /// `compare_exchange` with the failure ordering that `order` implies, as it was in std.
            #[track_caller]
            pub fn compare_and_swap(&self, current: $int, new: $int, order: Ordering) -> $int {
                let (Ok(read) | Err(read)) = self.0.compare_exchange(current, new, order, super::on_failure(order));
                read
            }

            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::compare_exchange`].")]
            #[track_caller]
            #[inline(always)]
            pub fn compare_exchange(&self, current: $int, new: $int, success: Ordering, failure: Ordering) -> Result<$int, $int> {
                crate::engine::sweep();
                self.0.compare_exchange(current, new, success, failure)
            }

            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::compare_exchange_weak`]. It fails spuriously only where [`Checker::spurious_failures`](crate::Checker::spurious_failures) lets it.")]
            #[track_caller]
            #[inline(always)]
            pub fn compare_exchange_weak(&self, current: $int, new: $int, success: Ordering, failure: Ordering) -> Result<$int, $int> {
                crate::engine::sweep();
                self.0.compare_exchange_weak(current, new, success, failure)
            }

            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::fetch_add`].")]
            #[track_caller]
            #[inline(always)]
            pub fn fetch_add(&self, value: $int, order: Ordering) -> $int {
                crate::engine::sweep();
                self.0.rmw("fetch_add", order, |old| old.wrapping_add(value))
            }

            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::fetch_sub`].")]
            #[track_caller]
            #[inline(always)]
            pub fn fetch_sub(&self, value: $int, order: Ordering) -> $int {
                crate::engine::sweep();
                self.0.rmw("fetch_sub", order, |old| old.wrapping_sub(value))
            }

            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::fetch_and`].")]
            #[track_caller]
            #[inline(always)]
            pub fn fetch_and(&self, value: $int, order: Ordering) -> $int {
                crate::engine::sweep();
                self.0.rmw("fetch_and", order, |old| old & value)
            }

            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::fetch_nand`].")]
            #[track_caller]
            #[inline(always)]
            pub fn fetch_nand(&self, value: $int, order: Ordering) -> $int {
                crate::engine::sweep();
                self.0.rmw("fetch_nand", order, |old| !(old & value))
            }

            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::fetch_or`].")]
            #[track_caller]
            #[inline(always)]
            pub fn fetch_or(&self, value: $int, order: Ordering) -> $int {
                crate::engine::sweep();
                self.0.rmw("fetch_or", order, |old| old | value)
            }

            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::fetch_xor`].")]
            #[track_caller]
            #[inline(always)]
            pub fn fetch_xor(&self, value: $int, order: Ordering) -> $int {
                crate::engine::sweep();
                self.0.rmw("fetch_xor", order, |old| old ^ value)
            }

            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::fetch_max`].")]
            #[track_caller]
            #[inline(always)]
            pub fn fetch_max(&self, value: $int, order: Ordering) -> $int {
                crate::engine::sweep();
                self.0.rmw("fetch_max", order, |old| old.max(value))
            }

            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::fetch_min`].")]
            #[track_caller]
            #[inline(always)]
            pub fn fetch_min(&self, value: $int, order: Ordering) -> $int {
                crate::engine::sweep();
                self.0.rmw("fetch_min", order, |old| old.min(value))
            }

            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::fetch_update`].")]
            #[track_caller]
            pub fn fetch_update<F>(&self, set_order: Ordering, fetch_order: Ordering, f: F) -> Result<$int, $int>
            where
                F: FnMut($int) -> Option<$int>,
            {
                self.0.fetch_update(set_order, fetch_order, f)
            }

            #[doc = concat!("As [`std::sync::atomic::", stringify!($name), "::fetch_update`], by the name that it has since Rust 1.95.")]
            ///
            /// # Errors
            ///
            /// With the value that was read, where `f` returned `None`.
            #[track_caller]
            pub fn try_update(
                &self,
                set_order: Ordering,
                fetch_order: Ordering,
                f: impl FnMut($int) -> Option<$int>,
            ) -> Result<$int, $int> {
                self.0.fetch_update(set_order, fetch_order, f)
            }

            /// Replaces the value by what `f` makes of it, however often it takes, and returns what was there.
            #[track_caller]
            pub fn update(&self, set_order: Ordering, fetch_order: Ordering, f: impl FnMut($int) -> $int) -> $int {
                self.0.update_by(set_order, fetch_order, f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.0, f)
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new(0)
            }
        }

        impl From<$int> for $name {
            fn from(value: $int) -> Self {
                Self::new(value)
            }
        }
    )* };
}

atomic_int! {
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
}
