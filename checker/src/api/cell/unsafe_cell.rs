//! `UnsafeCell`, in loom's shape.

use std::fmt;
use std::panic::Location;

use crate::api::slot::Slot;
use crate::engine::{self, Begun, Handle};

/// As [`std::cell::UnsafeCell`], but every access says where it begins and ends and whether it writes.
#[derive(Default)]
pub struct UnsafeCell<T: ?Sized> {
    handle: Handle,
    data: Slot<T>,
}

// SAFETY: as for std's cell, the pointer may be sent with the data.
unsafe impl<T: ?Sized + Send> Send for UnsafeCell<T> {}

/// A read access of an [`UnsafeCell`].
///
/// It begins where it is made and lasts until it is used last, by [`deref`](ConstPtr::deref) or [`with`](ConstPtr::with):
/// where it is dropped does not matter. As long as it is there its own thread may not begin to write.
pub struct ConstPtr<T: ?Sized> {
    access: Access,
    pointer: *const T,
}

/// A write access of an [`UnsafeCell`].
///
/// It begins where it is made and lasts until it is used last, by [`deref`](MutPtr::deref) or [`with`](MutPtr::with): where
/// it is dropped does not matter. As long as it is there its own thread may not begin another access.
pub struct MutPtr<T: ?Sized> {
    access: Access,
    pointer: *mut T,
}

/// An access that has begun and is over when it is dropped.
struct Access {
    begun: Begun,
    place: &'static Location<'static>,
}

impl Access {
    fn begin(
        handle: &Handle,
        operation: &'static str,
        writes: bool,
        place: &'static Location<'static>,
    ) -> Self {
        // A thread that races goes no further.
        engine::tell(place, handle, operation, String::new);
        let begun = engine::call(|e| e.begin_access(handle, writes, place));
        Access { begun, place }
    }

    /// It goes on to here.
    fn used(&self, place: &'static Location<'static>) {
        engine::call(|e| e.access(self.begun, place));
    }
}

impl Drop for Access {
    fn drop(&mut self) {
        if engine::in_model() {
            engine::with(|e| e.end_access(self.begun));
        }
    }
}

/// What is in a cell may be written, until this is dropped.
struct Writing<'a, T: ?Sized>(&'a Slot<T>);

impl<'a, T: ?Sized> Writing<'a, T> {
    fn begin(data: &'a Slot<T>) -> Self {
        // SAFETY: the write access has begun, so nobody else has a reference to the data that is used.
        engine::writes(unsafe { &*data.get() }, true);
        Writing(data)
    }
}

impl<T: ?Sized> Drop for Writing<'_, T> {
    /// Also where the thread unwinds.
    fn drop(&mut self) {
        engine::has_written(self.0.get());
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
        let place = Location::caller();
        let pointer = self.read("with", place);
        let result = f(pointer.pointer);
        pointer.access.used(place);
        result
    }

    /// Writes during `f`.
    #[track_caller]
    pub fn with_mut<F, R>(&self, f: F) -> R
    where
        F: FnOnce(*mut T) -> R,
    {
        let place = Location::caller();
        let access = Access::begin(&self.handle, "with_mut", true, place);
        let writing = Writing::begin(&self.data);
        let result = f(self.data.get());
        drop(writing);
        access.used(place);
        result
    }

    /// Reads for as long as the result is used.
    #[track_caller]
    pub fn get(&self) -> ConstPtr<T> {
        self.read("get", Location::caller())
    }

    /// Writes for as long as the result is used.
    #[track_caller]
    pub fn get_mut(&self) -> MutPtr<T> {
        let access = Access::begin(&self.handle, "get_mut", true, Location::caller());
        engine::has_changed();
        MutPtr { access, pointer: self.data.get() }
    }

    fn read(&self, operation: &'static str, place: &'static Location<'static>) -> ConstPtr<T> {
        let access = Access::begin(&self.handle, operation, false, place);
        ConstPtr { access, pointer: self.data.get() }
    }
}

impl<T: ?Sized> ConstPtr<T> {
    /// The data.
    ///
    /// # Safety
    ///
    /// The cell is alive, and nobody writes while the reference is used; a data race is reported, but not a write by the
    /// same thread.
    #[track_caller]
    pub unsafe fn deref(&self) -> &T {
        self.access.used(Location::caller());
        // SAFETY: the caller's.
        unsafe { &*self.pointer }
    }

    /// Calls `f` with the pointer. The access lasts until `f` returns.
    #[track_caller]
    pub fn with<F, R>(&self, f: F) -> R
    where
        F: FnOnce(*const T) -> R,
    {
        let place = Location::caller();
        self.access.used(place);
        let result = f(self.pointer);
        self.access.used(place);
        result
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
    #[track_caller]
    pub unsafe fn deref(&self) -> &mut T {
        self.access.used(Location::caller());
        // Until when it is written is not known.
        engine::has_changed();
        // SAFETY: the caller's.
        unsafe { &mut *self.pointer }
    }

    /// Calls `f` with the pointer. The access lasts until `f` returns.
    #[track_caller]
    pub fn with<F, R>(&self, f: F) -> R
    where
        F: FnOnce(*mut T) -> R,
    {
        let place = Location::caller();
        self.access.used(place);
        engine::has_changed();
        let result = f(self.pointer);
        engine::has_changed();
        self.access.used(place);
        result
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
