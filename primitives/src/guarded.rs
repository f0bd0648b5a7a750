//! A lock around data for the inside of primitives: no step of a report, no place, no misuse to answer for.

use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};

use crate::lock::RawLock;
use crate::sync::{Deadline, MutPtr, UnsafeCell, constructors};

/// Data that one thread at a time reaches.
pub(crate) struct Guarded<T> {
    lock: RawLock,
    data: UnsafeCell<T>,
}

// SAFETY: the data is reached only through a `Held`, and `RawLock` lets one live at a time; so sharing this moves the data
// between threads and never shares it.
unsafe impl<T: Send> Sync for Guarded<T> {}
// SAFETY: it owns its data.
unsafe impl<T: Send> Send for Guarded<T> {}

/// What is inside is never left half changed, but by the comparisons and actions of others, which say so.
impl<T> UnwindSafe for Guarded<T> {}
impl<T> RefUnwindSafe for Guarded<T> {}

/// The right to the data; dropping it releases the lock, also when the thread panics.
pub(crate) struct Held<'a, T> {
    guarded: &'a Guarded<T>,
    /// Absent only in `drop`.
    data: Option<MutPtr<T>>,
}

impl<T> Guarded<T> {
    constructors! {
        pub(crate) fn new(data: T) -> Self {
            Guarded { lock: RawLock::new(), data: UnsafeCell::new(data) }
        }
    }

    /// Waits until nobody else holds the data. `operation` is what a report says that the thread is waiting in.
    #[inline]
    #[track_caller]
    pub(crate) fn hold(&self, operation: &'static str) -> Held<'_, T> {
        self.lock.acquire(operation, || Deadline::Never);
        Held { guarded: self, data: Some(self.data.get_mut()) }
    }
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        let data = self.data.as_ref().expect("present until the drop");
        // SAFETY: this holds the lock, and its borrow tells readers from a writer.
        unsafe { data.deref() }
    }
}

impl<T> DerefMut for Held<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        let data = self.data.as_ref().expect("present until the drop");
        // SAFETY: as in `deref`; the borrow is exclusive.
        unsafe { data.deref() }
    }
}

impl<T> Drop for Held<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.data = None;
        self.guarded.lock.release();
    }
}
