//! The boolean.

use std::sync::atomic::Ordering;

use super::cell::{Atomic, Word};

impl Word for bool {
    fn into_word(self) -> u64 {
        u64::from(self)
    }

    fn from_word(word: u64) -> Self {
        word != 0
    }
}

/// As [`std::sync::atomic::AtomicBool`].
#[repr(transparent)]
pub struct AtomicBool(Atomic<bool>);

impl AtomicBool {
    /// A new atomic `bool`.
    pub const fn new(value: bool) -> Self {
        AtomicBool(Atomic::new(value))
    }

    /// The value that is written last, to a thread that needs no synchronisation to see it.
    ///
    /// # Safety
    ///
    /// As an access of plain memory: every store must happen before or after it. A race is reported.
    #[track_caller]
    pub unsafe fn unsync_load(&self) -> bool {
        self.0.unsync_load()
    }

    /// As [`std::sync::atomic::AtomicBool::get_mut`].
    #[track_caller]
    pub fn get_mut(&mut self) -> &mut bool {
        self.0.get_mut()
    }

    /// As `get_mut`, in loom's shape.
    #[track_caller]
    pub fn with_mut<R>(&mut self, f: impl FnOnce(&mut bool) -> R) -> R {
        f(self.0.get_mut())
    }

    /// As [`std::sync::atomic::AtomicBool::into_inner`].
    #[track_caller]
    pub fn into_inner(mut self) -> bool {
        *self.0.get_mut()
    }

    /// What it holds at this moment of the run. For reports: nothing may depend on it.
    pub(crate) fn newest(&self) -> bool {
        self.0.newest()
    }

    /// As [`std::sync::atomic::AtomicBool::load`].
    #[track_caller]
    #[inline(always)]
    pub fn load(&self, order: Ordering) -> bool {
        crate::engine::sweep();
        self.0.load(order)
    }

    /// As [`std::sync::atomic::AtomicBool::store`].
    #[track_caller]
    #[inline(always)]
    pub fn store(&self, value: bool, order: Ordering) {
        crate::engine::sweep();
        self.0.store(value, order)
    }

    /// As [`std::sync::atomic::AtomicBool::swap`].
    #[track_caller]
    #[inline(always)]
    pub fn swap(&self, value: bool, order: Ordering) -> bool {
        crate::engine::sweep();
        self.0.rmw("swap", order, |_| value)
    }

    /// `compare_exchange` with the failure ordering that `order` implies, as it was in std.
    #[track_caller]
    pub fn compare_and_swap(&self, current: bool, new: bool, order: Ordering) -> bool {
        let (Ok(read) | Err(read)) = self.0.compare_exchange(current, new, order, super::on_failure(order));
        read
    }

    /// As [`std::sync::atomic::AtomicBool::compare_exchange`].
    #[track_caller]
    #[inline(always)]
    pub fn compare_exchange(
        &self,
        current: bool,
        new: bool,
        success: Ordering,
        failure: Ordering,
    ) -> Result<bool, bool> {
        crate::engine::sweep();
        self.0.compare_exchange(current, new, success, failure)
    }

    /// As [`std::sync::atomic::AtomicBool::compare_exchange_weak`]. It fails spuriously only where [`Checker::spurious_failures`](crate::Checker::spurious_failures) lets it.
    #[track_caller]
    #[inline(always)]
    pub fn compare_exchange_weak(
        &self,
        current: bool,
        new: bool,
        success: Ordering,
        failure: Ordering,
    ) -> Result<bool, bool> {
        crate::engine::sweep();
        self.0.compare_exchange_weak(current, new, success, failure)
    }

    /// As [`std::sync::atomic::AtomicBool::fetch_and`].
    #[track_caller]
    #[inline(always)]
    pub fn fetch_and(&self, value: bool, order: Ordering) -> bool {
        crate::engine::sweep();
        self.0.rmw("fetch_and", order, |old| old & value)
    }

    /// As [`std::sync::atomic::AtomicBool::fetch_nand`].
    #[track_caller]
    #[inline(always)]
    pub fn fetch_nand(&self, value: bool, order: Ordering) -> bool {
        crate::engine::sweep();
        self.0.rmw("fetch_nand", order, |old| !(old & value))
    }

    /// As [`std::sync::atomic::AtomicBool::fetch_or`].
    #[track_caller]
    #[inline(always)]
    pub fn fetch_or(&self, value: bool, order: Ordering) -> bool {
        crate::engine::sweep();
        self.0.rmw("fetch_or", order, |old| old | value)
    }

    /// As [`std::sync::atomic::AtomicBool::fetch_xor`].
    #[track_caller]
    #[inline(always)]
    pub fn fetch_xor(&self, value: bool, order: Ordering) -> bool {
        crate::engine::sweep();
        self.0.rmw("fetch_xor", order, |old| old ^ value)
    }

    /// As [`std::sync::atomic::AtomicBool::fetch_not`].
    #[track_caller]
    #[inline(always)]
    pub fn fetch_not(&self, order: Ordering) -> bool {
        crate::engine::sweep();
        self.0.rmw("fetch_not", order, |old| !old)
    }

    /// As [`std::sync::atomic::AtomicBool::fetch_update`].
    #[track_caller]
    pub fn fetch_update<F>(&self, set_order: Ordering, fetch_order: Ordering, f: F) -> Result<bool, bool>
    where
        F: FnMut(bool) -> Option<bool>,
    {
        self.0.fetch_update(set_order, fetch_order, f)
    }

    /// As [`std::sync::atomic::AtomicBool::fetch_update`], by the name that it has since Rust 1.95.
    ///
    /// # Errors
    ///
    /// With the value that was read, where `f` returned `None`.
    #[track_caller]
    pub fn try_update(
        &self,
        set_order: Ordering,
        fetch_order: Ordering,
        f: impl FnMut(bool) -> Option<bool>,
    ) -> Result<bool, bool> {
        self.0.fetch_update(set_order, fetch_order, f)
    }

    /// Replaces the value by what `f` makes of it, however often it takes, and returns what was there.
    #[track_caller]
    pub fn update(&self, set_order: Ordering, fetch_order: Ordering, f: impl FnMut(bool) -> bool) -> bool {
        self.0.update_by(set_order, fetch_order, f)
    }
}

impl std::fmt::Debug for AtomicBool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.0, f)
    }
}

impl Default for AtomicBool {
    fn default() -> Self {
        Self::new(false)
    }
}

impl From<bool> for AtomicBool {
    fn from(value: bool) -> Self {
        Self::new(value)
    }
}
