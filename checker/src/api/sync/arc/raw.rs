//! Handles as pointers.
//!
//! A pointer says nothing of the counts, so they are known by its address for as long as the execution runs. So long the
//! memory is kept too: what a stale pointer leads to is a value that is gone, and not another that came to lie there.

use std::mem::ManuallyDrop;

use super::counts::Counts;
use super::{Arc, Weak};
use crate::engine;

/// An `Arc` that was turned into a pointer.
pub(crate) struct Exposed {
    counts: std::sync::Arc<Counts>,
    /// Keeps the memory, and not the value.
    memory: Box<dyn Memory>,
}

trait Memory {
    /// Whether the value is gone whose memory this is.
    fn is_gone(&self) -> bool;
}

impl<T: ?Sized> Memory for std::sync::Weak<T> {
    fn is_gone(&self) -> bool {
        self.strong_count() == 0
    }
}

impl Exposed {
    /// From here on the counts are found by the address of the value, whose memory is kept.
    pub(in crate::api) fn add<'a, T: ?Sized + 'a>(
        pointer: *const T,
        value: std::sync::Weak<T>,
        counts: &std::sync::Arc<Counts>,
    ) {
        if !counts.is_here() {
            return;
        }
        engine::with(|e| {
            e.run.arcs.entry(pointer.cast::<()>().addr()).or_insert_with(|| {
                let memory: Box<dyn Memory + 'a> = Box::new(value);
                // SAFETY: all that is ever done to it is to look at its counts and to drop it, which frees memory and touches no
                // value, and with it nothing that the value borrows.
                let memory = unsafe { std::mem::transmute::<Box<dyn Memory + 'a>, Box<dyn Memory>>(memory) };
                Exposed { counts: counts.clone(), memory }
            });
        });
    }

    /// Whether the memory is here for the sake of stale pointers alone.
    pub(crate) fn is_gone(&self) -> bool {
        self.memory.is_gone()
    }

    /// The counts of the value at this address.
    pub(in crate::api) fn find<T: ?Sized>(pointer: *const T) -> Option<std::sync::Arc<Counts>> {
        engine::with(|e| e.run.arcs.get(&pointer.cast::<()>().addr()).map(|exposed| exposed.counts.clone()))
    }
}

impl<T: ?Sized> Arc<T> {
    /// As [`std::sync::Arc::as_ptr`].
    pub fn as_ptr(this: &Self) -> *const T {
        let pointer = std::sync::Arc::as_ptr(&this.value);
        Exposed::add(pointer, std::sync::Arc::downgrade(&this.value), &this.counts);
        pointer
    }

    /// As [`std::sync::Arc::into_raw`].
    pub fn into_raw(this: Self) -> *const T {
        Self::as_ptr(&this);
        let (value, _counts) = this.into_parts();
        std::sync::Arc::into_raw(value)
    }

    /// As [`std::sync::Arc::from_raw`].
    ///
    /// # Safety
    ///
    /// As there, in the same execution.
    ///
    /// # Panics
    ///
    /// When the pointer is of no `Arc` of this execution.
    #[track_caller]
    pub unsafe fn from_raw(pointer: *const T) -> Self {
        let counts = Exposed::find(pointer).expect("the pointer is of an Arc of this execution");
        // SAFETY: the caller's. Where no handle is left the memory is still there.
        let value = ManuallyDrop::new(unsafe { std::sync::Arc::from_raw(pointer) });
        Arc { value, counts, of_pointer: true }
    }

    /// As [`std::sync::Arc::increment_strong_count`].
    ///
    /// # Safety
    ///
    /// As there, in the same execution. Where no handle may be left, that is reported as a [use after
    /// free](crate::FailureKind::UseAfterFree).
    ///
    /// # Panics
    ///
    /// When the pointer is of no `Arc` of this execution.
    #[track_caller]
    pub unsafe fn increment_strong_count(pointer: *const T) {
        // SAFETY: the caller's; this handle is the caller's own and is not dropped.
        let this = ManuallyDrop::new(unsafe { Arc::from_raw(pointer) });
        let other = Arc::clone(&this);
        for handle in [ManuallyDrop::into_inner(this), other] {
            // Both handles stay; what stands for their counts does not.
            let (value, _counts) = handle.into_parts();
            std::mem::forget(value);
        }
    }

    /// As [`std::sync::Arc::decrement_strong_count`].
    ///
    /// # Safety
    ///
    /// As there, in the same execution. Where no handle is left, that is reported as a [double
    /// free](crate::FailureKind::DoubleFree).
    ///
    /// # Panics
    ///
    /// When the pointer is of no `Arc` of this execution.
    #[track_caller]
    pub unsafe fn decrement_strong_count(pointer: *const T) {
        // SAFETY: the caller's.
        drop(unsafe { Arc::from_raw(pointer) });
    }
}

impl<T: ?Sized> Weak<T> {
    /// As [`std::sync::Weak::as_ptr`].
    pub fn as_ptr(&self) -> *const T {
        let pointer = self.value.as_ptr();
        if let Some(counts) = &self.counts {
            Exposed::add(pointer, self.value.clone(), counts);
        }
        pointer
    }

    /// As [`std::sync::Weak::into_raw`].
    pub fn into_raw(self) -> *const T {
        self.as_ptr();
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is not dropped, so each field is taken once.
        unsafe {
            std::ptr::drop_in_place(&raw mut this.counts);
            std::ptr::read(&raw const this.value).into_raw()
        }
    }

    /// As [`std::sync::Weak::from_raw`].
    ///
    /// # Safety
    ///
    /// As there, in the same execution.
    ///
    /// # Panics
    ///
    /// When the pointer is neither of a `Weak` of this execution nor of one without a value.
    #[track_caller]
    pub unsafe fn from_raw(pointer: *const T) -> Self {
        let dangles = pointer.cast::<()>().addr() == std::sync::Weak::<()>::new().as_ptr().addr();
        let counts =
            (!dangles).then(|| Exposed::find(pointer).expect("the pointer is of a Weak of this execution"));
        // SAFETY: the caller's.
        let value = unsafe { std::sync::Weak::from_raw(pointer) };
        Weak { value, counts, of_pointer: true }
    }
}
