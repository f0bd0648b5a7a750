//! `Mutex`.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::Location;

use super::{LockResult, TryLockError, TryLockResult};
use crate::api::slot::Slot;
use crate::engine::{self, Handle};
use crate::objects::{Call, Mutex as Specification, Object};

/// As [`std::sync::Mutex`]. Any of the threads that wait may get the lock.
#[derive(Default)]
pub struct Mutex<T: ?Sized> {
    handle: Handle,
    data: Slot<T>,
}

// SAFETY: the engine grants the lock to one thread at a time, and the data is reached through a guard or `&mut` alone.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}
// SAFETY: a mutex is moved with its data.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}

/// As [`std::sync::MutexGuard`].
#[must_use = "the lock is released when the guard is dropped"]
pub struct MutexGuard<'a, T: ?Sized> {
    lock: &'a Mutex<T>,
    /// Not `Send`, as std's.
    _here: PhantomData<*const ()>,
}

impl<T> Mutex<T> {
    /// A free mutex.
    pub const fn new(value: T) -> Self {
        Mutex { handle: Handle::new(), data: Slot::new(value) }
    }

    /// As [`std::sync::Mutex::into_inner`].
    pub fn into_inner(self) -> LockResult<T> {
        Ok(self.data.into_inner())
    }
}

impl<T: ?Sized> Mutex<T> {
    /// As [`std::sync::Mutex::lock`]: waits until the lock is free.
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        self.acquire(Location::caller());
        Ok(MutexGuard { lock: self, _here: PhantomData })
    }

    /// As [`std::sync::Mutex::try_lock`].
    ///
    /// # Errors
    ///
    /// `WouldBlock` when another thread holds the lock.
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        match self.ask(Specification::TRY_LOCK, Location::caller()) {
            0 => Err(TryLockError::WouldBlock),
            _ => Ok(MutexGuard { lock: self, _here: PhantomData }),
        }
    }

    /// As [`std::sync::Mutex::get_mut`].
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        Ok(self.data.get_mut())
    }

    fn ask(&self, operation: u8, place: &'static Location<'static>) -> u32 {
        engine::ask(&self.handle, Object::Mutex, Call { operation, argument: 0 }, place)
    }

    pub(super) fn acquire(&self, place: &'static Location<'static>) {
        self.ask(Specification::LOCK, place);
    }

    pub(super) fn release(&self, place: &'static Location<'static>) {
        self.ask(Specification::UNLOCK, place);
    }
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// Lets a condition variable release and acquire the lock.
    pub(super) fn into_lock(self) -> &'a Mutex<T> {
        let lock = self.lock;
        std::mem::forget(self);
        lock
    }

    /// The guard of a lock that was acquired for it.
    pub(super) fn of(lock: &'a Mutex<T>) -> Self {
        MutexGuard { lock, _here: PhantomData }
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard's thread has the lock.
        unsafe { &*self.lock.data.get() }
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard's thread has the lock, and the guard is borrowed for as long.
        unsafe { &mut *self.lock.data.get() }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    #[track_caller]
    fn drop(&mut self) {
        self.lock.release(Location::caller());
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Mutex::new(value)
    }
}

impl<T: ?Sized> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex").finish_non_exhaustive()
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
