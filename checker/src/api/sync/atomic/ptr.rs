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
#[derive(Debug)]
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
    pub fn load(&self, order: Ordering) -> *mut T {
        self.0.load(order)
    }

    /// As [`std::sync::atomic::AtomicPtr::store`].
    #[track_caller]
    pub fn store(&self, value: *mut T, order: Ordering) {
        self.0.store(value, order)
    }

    /// As [`std::sync::atomic::AtomicPtr::swap`].
    #[track_caller]
    pub fn swap(&self, value: *mut T, order: Ordering) -> *mut T {
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
    pub fn compare_exchange(
        &self,
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        self.0.compare_exchange(current, new, success, failure)
    }

    /// As [`std::sync::atomic::AtomicPtr::compare_exchange_weak`]. It fails spuriously only where [`Checker::spurious_failures`](crate::Checker::spurious_failures) lets it.
    #[track_caller]
    pub fn compare_exchange_weak(
        &self,
        current: *mut T,
        new: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
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
