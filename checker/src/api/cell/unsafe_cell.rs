//! `UnsafeCell`, in loom's shape.

use std::fmt;
use std::panic::Location;

use crate::api::slot::Slot;
use crate::engine::{self, Handle, Touch};

/// As [`std::cell::UnsafeCell`], but every access says where it begins and ends and whether it writes.
#[derive(Default)]
pub struct UnsafeCell<T: ?Sized> {
    handle: Handle,
    data: Slot<T>,
}

// SAFETY: as for std's cell, the pointer may be sent with the data.
unsafe impl<T: ?Sized + Send> Send for UnsafeCell<T> {}

/// A read access of an [`UnsafeCell`] that lasts as long as this.
pub struct ConstPtr<T: ?Sized> {
    access: Access,
    pointer: *const T,
}

/// A write access of an [`UnsafeCell`] that lasts as long as this.
pub struct MutPtr<T: ?Sized> {
    access: Access,
    pointer: *mut T,
}

/// An access that has begun and ends when it is dropped.
struct Access {
    handle: *const Handle,
    end: Touch,
    place: &'static Location<'static>,
}

impl Access {
    fn begin(
        handle: &Handle,
        operation: &'static str,
        [begin, end]: [Touch; 2],
        place: &'static Location<'static>,
    ) -> Self {
        // Whoever races goes no further.
        engine::tell(place, handle, operation, String::new);
        touch(handle, begin, place);
        Access { handle, end, place }
    }
}

fn touch(handle: &Handle, touch: Touch, place: &'static Location<'static>) {
    engine::with(|e| e.touch(handle, touch, place));
    engine::check_stop();
}

impl Drop for Access {
    fn drop(&mut self) {
        // SAFETY: whoever has a pointer to the cell's data keeps the cell alive for as long as the pointer is used.
        touch(unsafe { &*self.handle }, self.end, self.place);
    }
}

impl<T> UnsafeCell<T> {
    /// A cell with a value.
    pub const fn new(value: T) -> Self {
        UnsafeCell { handle: Handle::new(), data: Slot::new(value) }
    }

    /// As [`std::cell::UnsafeCell::into_inner`].
    pub fn into_inner(self) -> T {
        self.data.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// Reads during `f`.
    #[track_caller]
    pub fn with<F, R>(&self, f: F) -> R
    where
        F: FnOnce(*const T) -> R,
    {
        let pointer = self.read("with", Location::caller());
        f(pointer.pointer)
    }

    /// Writes during `f`.
    #[track_caller]
    pub fn with_mut<F, R>(&self, f: F) -> R
    where
        F: FnOnce(*mut T) -> R,
    {
        let pointer = self.write("with_mut", Location::caller());
        f(pointer.pointer)
    }

    /// Reads for as long as the result lives.
    #[track_caller]
    pub fn get(&self) -> ConstPtr<T> {
        self.read("get", Location::caller())
    }

    /// Writes for as long as the result lives.
    #[track_caller]
    pub fn get_mut(&self) -> MutPtr<T> {
        self.write("get_mut", Location::caller())
    }

    fn read(&self, operation: &'static str, place: &'static Location<'static>) -> ConstPtr<T> {
        let access = Access::begin(&self.handle, operation, [Touch::BeginRead, Touch::EndRead], place);
        ConstPtr { access, pointer: self.data.get() }
    }

    fn write(&self, operation: &'static str, place: &'static Location<'static>) -> MutPtr<T> {
        let access = Access::begin(&self.handle, operation, [Touch::BeginWrite, Touch::EndWrite], place);
        MutPtr { access, pointer: self.data.get() }
    }
}

impl<T: ?Sized> ConstPtr<T> {
    /// The data.
    ///
    /// # Safety
    ///
    /// The cell is alive, and nobody writes while the reference is used; a data race is reported, but not a write by the
    /// same thread.
    pub unsafe fn deref(&self) -> &T {
        // SAFETY: the caller's.
        unsafe { &*self.pointer }
    }

    /// Calls `f` with the pointer.
    pub fn with<F, R>(&self, f: F) -> R
    where
        F: FnOnce(*const T) -> R,
    {
        f(self.pointer)
    }
}

impl<T: ?Sized> MutPtr<T> {
    /// The data.
    ///
    /// # Safety
    ///
    /// The cell is alive, and the reference is the only one to its data while it is used; a data race is reported, but not
    /// an access by the same thread.
    #[allow(clippy::mut_from_ref, reason = "it stands for a raw pointer")]
    pub unsafe fn deref(&self) -> &mut T {
        // SAFETY: the caller's.
        unsafe { &mut *self.pointer }
    }

    /// Calls `f` with the pointer.
    pub fn with<F, R>(&self, f: F) -> R
    where
        F: FnOnce(*mut T) -> R,
    {
        f(self.pointer)
    }
}

impl<T> From<T> for UnsafeCell<T> {
    fn from(value: T) -> Self {
        UnsafeCell::new(value)
    }
}

impl<T: ?Sized> fmt::Debug for UnsafeCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnsafeCell").finish_non_exhaustive()
    }
}

impl<T: ?Sized> fmt::Debug for ConstPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConstPtr").field("since", &self.access.place).finish_non_exhaustive()
    }
}

impl<T: ?Sized> fmt::Debug for MutPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutPtr").field("since", &self.access.place).finish_non_exhaustive()
    }
}
