//! The pointer.

use std::sync::atomic::Ordering;

use super::cell::{Atomic, Word};

impl<T> Word for *mut T {
    fn into_word(self) -> u64 {
        self.expose_provenance() as u64
    }

    fn from_word(word: u64) -> Self {
        std::ptr::with_exposed_provenance_mut(word as usize)
    }
}

/// As [`std::sync::atomic::AtomicPtr`].
#[repr(transparent)]
pub struct AtomicPtr<T>(Atomic<*mut T>);

// SAFETY: as std's: the pointer is a value, and using it is unsafe.
unsafe impl<T> Send for AtomicPtr<T> {}
// SAFETY: as above; the initial value is changed through `&mut` alone.
unsafe impl<T> Sync for AtomicPtr<T> {}

impl<T> AtomicPtr<T> {
    /// A new atomic pointer.
    pub const fn new(value: *mut T) -> Self {
        AtomicPtr(Atomic::new(value))
    }

    /// The value that is written last, to a thread that needs no synchronisation to see it.
    ///
    /// # Safety
    ///
    /// As an access of plain memory: every store must happen before or after it. A race is reported.
    #[track_caller]
    pub unsafe fn unsync_load(&self) -> *mut T {
        self.0.unsync_load()
    }

    /// As [`std::sync::atomic::AtomicPtr::get_mut`].
    #[track_caller]
    pub fn get_mut(&mut self) -> &mut *mut T {
        self.0.get_mut()
    }

    /// As `get_mut`, in loom's shape.
    #[track_caller]
    pub fn with_mut<R>(&mut self, f: impl FnOnce(&mut *mut T) -> R) -> R {
        f(self.0.get_mut())
    }

    /// As [`std::sync::atomic::AtomicPtr::into_inner`].
    #[track_caller]
    pub fn into_inner(mut self) -> *mut T {
        *self.0.get_mut()
    }

    /// As [`std::sync::atomic::AtomicPtr::load`].
    #[track_caller]
    #[inline(always)]
    pub fn load(&self, order: Ordering) -> *mut T {
        crate::engine::sweep();
        self.0.load(order)
    }

    /// As [`std::sync::atomic::AtomicPtr::store`].
    #[track_caller]
    #[inline(always)]
    pub fn store(&self, value: *mut T, order: Ordering) {
        crate::engine::sweep();
        self.0.store(value, order)
    }

    /// As [`std::sync::atomic::AtomicPtr::swap`].
    #[track_caller]
    #[inline(always)]
    pub fn swap(&self, value: *mut T, order: Ordering) -> *mut T {
        crate::engine::sweep();
        self.0.rmw("swap", order, |_| value)
    }

    /// `compare_exchange` with the failure ordering that `order` implies, as it was in std.
    #[track_caller]
    pub fn compare_and_swap(&self, current: *mut T, new: *mut T, order: Ordering) -> *mut T {
        let (Ok(read) | Err(read)) = self.0.compare_exchange(current, new, order, super::on_failure(order));
        read
    }

    /// As [`std::sync::atomic::AtomicPtr::compare_exchange`].
    #[track_caller]
    #[inline(always)]
    pub fn compare_exchange(
        &self,
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        crate::engine::sweep();
        self.0.compare_exchange(current, new, success, failure)
    }

    /// As [`std::sync::atomic::AtomicPtr::compare_exchange_weak`]. It fails spuriously only where [`Checker::spurious_failures`](crate::Checker::spurious_failures) lets it.
    #[track_caller]
    #[inline(always)]
    pub fn compare_exchange_weak(
        &self,
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        crate::engine::sweep();
        self.0.compare_exchange_weak(current, new, success, failure)
    }

    /// As [`std::sync::atomic::AtomicPtr::fetch_update`].
    #[track_caller]
    pub fn fetch_update<F>(&self, set_order: Ordering, fetch_order: Ordering, f: F) -> Result<*mut T, *mut T>
    where
        F: FnMut(*mut T) -> Option<*mut T>,
    {
        self.0.fetch_update(set_order, fetch_order, f)
    }

    /// As [`std::sync::atomic::AtomicPtr::fetch_update`], by the name that it has since Rust 1.95.
    ///
    /// # Errors
    ///
    /// With the value that was read, where `f` returned `None`.
    #[track_caller]
    pub fn try_update(
        &self,
        set_order: Ordering,
        fetch_order: Ordering,
        f: impl FnMut(*mut T) -> Option<*mut T>,
    ) -> Result<*mut T, *mut T> {
        self.0.fetch_update(set_order, fetch_order, f)
    }

    /// Replaces the value by what `f` makes of it, however often it takes, and returns what was there.
    #[track_caller]
    pub fn update(
        &self,
        set_order: Ordering,
        fetch_order: Ordering,
        f: impl FnMut(*mut T) -> *mut T,
    ) -> *mut T {
        self.0.update_by(set_order, fetch_order, f)
    }

    /// As [`std::sync::atomic::AtomicPtr::fetch_ptr_add`]: by so many values of `T`.
    #[track_caller]
    #[inline(always)]
    pub fn fetch_ptr_add(&self, value: usize, order: Ordering) -> *mut T {
        crate::engine::sweep();
        self.0.rmw("fetch_ptr_add", order, |old| old.wrapping_add(value))
    }

    /// As [`std::sync::atomic::AtomicPtr::fetch_ptr_sub`]: by so many values of `T`.
    #[track_caller]
    #[inline(always)]
    pub fn fetch_ptr_sub(&self, value: usize, order: Ordering) -> *mut T {
        crate::engine::sweep();
        self.0.rmw("fetch_ptr_sub", order, |old| old.wrapping_sub(value))
    }

    /// As [`std::sync::atomic::AtomicPtr::fetch_byte_add`].
    #[track_caller]
    #[inline(always)]
    pub fn fetch_byte_add(&self, value: usize, order: Ordering) -> *mut T {
        crate::engine::sweep();
        self.0.rmw("fetch_byte_add", order, |old| old.wrapping_byte_add(value))
    }

    /// As [`std::sync::atomic::AtomicPtr::fetch_byte_sub`].
    #[track_caller]
    #[inline(always)]
    pub fn fetch_byte_sub(&self, value: usize, order: Ordering) -> *mut T {
        crate::engine::sweep();
        self.0.rmw("fetch_byte_sub", order, |old| old.wrapping_byte_sub(value))
    }

    /// As [`std::sync::atomic::AtomicPtr::fetch_or`], on the address.
    #[track_caller]
    #[inline(always)]
    pub fn fetch_or(&self, value: usize, order: Ordering) -> *mut T {
        crate::engine::sweep();
        self.0.rmw("fetch_or", order, |old| old.map_addr(|address| address | value))
    }

    /// As [`std::sync::atomic::AtomicPtr::fetch_and`], on the address.
    #[track_caller]
    #[inline(always)]
    pub fn fetch_and(&self, value: usize, order: Ordering) -> *mut T {
        crate::engine::sweep();
        self.0.rmw("fetch_and", order, |old| old.map_addr(|address| address & value))
    }

    /// As [`std::sync::atomic::AtomicPtr::fetch_xor`], on the address.
    #[track_caller]
    #[inline(always)]
    pub fn fetch_xor(&self, value: usize, order: Ordering) -> *mut T {
        crate::engine::sweep();
        self.0.rmw("fetch_xor", order, |old| old.map_addr(|address| address ^ value))
    }
}

impl<T> std::fmt::Debug for AtomicPtr<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.0, f)
    }
}

impl<T> std::fmt::Pointer for AtomicPtr<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Pointer::fmt(&self.load(Ordering::Relaxed), f)
    }
}

impl<T> Default for AtomicPtr<T> {
    fn default() -> Self {
        Self::new(std::ptr::null_mut())
    }
}

impl<T> From<*mut T> for AtomicPtr<T> {
    fn from(value: *mut T) -> Self {
        Self::new(value)
    }
}
