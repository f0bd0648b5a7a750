//! `Weak`.

use std::fmt;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::sync::atomic::Ordering::Relaxed;

use super::Arc;
use super::counts::Counts;
use crate::engine::Word;

/// As [`std::sync::Weak`], with the same memory orderings.
pub struct Weak<T: ?Sized> {
    pub(super) value: std::sync::Weak<T>,
    /// `None` for one that never had a value.
    pub(super) counts: Option<std::sync::Arc<Counts>>,
    /// Whether it was made of a pointer, so that it may stand for nothing.
    pub(super) of_pointer: bool,
}

impl<T> Weak<T> {
    /// As [`std::sync::Weak::new`].
    pub const fn new() -> Self {
        Weak { value: std::sync::Weak::new(), counts: None, of_pointer: false }
    }
}

impl<T: ?Sized> Weak<T> {
    pub(super) fn of(value: std::sync::Weak<T>, counts: std::sync::Arc<Counts>) -> Self {
        Weak { value, counts: Some(counts), of_pointer: false }
    }

    /// As [`std::sync::Weak::upgrade`].
    #[track_caller]
    pub fn upgrade(&self) -> Option<Arc<T>> {
        let counts = self.counts.clone()?;
        if !counts.upgrade(Location::caller()) {
            return None;
        }
        let value = self.value.upgrade().expect("there is a strong handle");
        Some(Arc { value: ManuallyDrop::new(value), counts, of_pointer: false })
    }

    /// As [`std::sync::Weak::strong_count`].
    #[track_caller]
    pub fn strong_count(&self) -> usize {
        let place = Location::caller();
        self.counts.as_ref().map_or(0, |counts| counts.look(Word::Strong, Relaxed, place))
    }

    /// As [`std::sync::Weak::weak_count`].
    #[track_caller]
    pub fn weak_count(&self) -> usize {
        let place = Location::caller();
        self.counts.as_ref().map_or(0, |counts| counts.weak_count_by_weak(place))
    }

    /// As [`std::sync::Weak::ptr_eq`].
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.value.ptr_eq(&other.value)
    }

    /// Drops it without counting that.
    pub(super) fn forget(self) {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is not dropped, so each field is dropped once.
        unsafe {
            std::ptr::drop_in_place(&raw mut this.value);
            std::ptr::drop_in_place(&raw mut this.counts);
        }
    }
}

impl<T: ?Sized> Clone for Weak<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        let place = Location::caller();
        match &self.counts {
            Some(counts) if self.of_pointer => counts.rise_by_pointer(Word::Weak, place),
            Some(counts) => counts.rise(Word::Weak, place),
            None => {}
        }
        Weak { value: self.value.clone(), counts: self.counts.clone(), of_pointer: false }
    }
}

impl<T: ?Sized> Drop for Weak<T> {
    #[track_caller]
    fn drop(&mut self) {
        let place = Location::caller();
        if let Some(counts) = self.counts.as_ref().filter(|counts| counts.is_here()) {
            counts.fall(Word::Weak, place);
        }
    }
}

impl<T> Default for Weak<T> {
    fn default() -> Self {
        Weak::new()
    }
}

impl<T: ?Sized> fmt::Debug for Weak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("(Weak)")
    }
}
