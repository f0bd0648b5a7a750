//! `RwLock`.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::Location;

use super::{LockResult, TryLockError, TryLockResult};
use crate::api::slot::Slot;
use crate::engine::{self, Handle};
use crate::objects::{Call, Object, RwLock as Specification};

/// As [`std::sync::RwLock`]. Neither readers nor writers are preferred.
#[derive(Default)]
pub struct RwLock<T: ?Sized> {
    handle: Handle,
    data: Slot<T>,
}

// SAFETY: the engine grants the lock to readers or to one writer, and the data is reached through a guard or `&mut` alone.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLock<T> {}
// SAFETY: a lock is moved with its data.
unsafe impl<T: ?Sized + Send> Send for RwLock<T> {}

/// As [`std::sync::RwLockReadGuard`].
#[must_use = "the lock is released when the guard is dropped"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    /// Where the lock was taken: see [`MutexGuard`](super::MutexGuard).
    place: &'static Location<'static>,
    _here: PhantomData<*const ()>,
}

/// As [`std::sync::RwLockWriteGuard`].
#[must_use = "the lock is released when the guard is dropped"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    /// Where the lock was taken: see [`MutexGuard`](super::MutexGuard).
    place: &'static Location<'static>,
    _here: PhantomData<*const ()>,
}

impl<T> RwLock<T> {
    /// A free lock.
    pub const fn new(value: T) -> Self {
        RwLock { handle: Handle::new(), data: Slot::new(value) }
    }

    /// As [`std::sync::RwLock::into_inner`].
    pub fn into_inner(self) -> LockResult<T> {
        Ok(self.data.into_inner())
    }
}

impl<T: ?Sized> RwLock<T> {
    fn ask(&self, operation: u8, place: &'static Location<'static>) -> u32 {
        engine::ask(&self.handle, Object::RwLock, Call { operation, argument: 0 }, place)
    }

    /// As [`std::sync::RwLock::read`].
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let place = Location::caller();
        self.ask(Specification::READ, place);
        Ok(RwLockReadGuard { lock: self, place, _here: PhantomData })
    }

    /// As [`std::sync::RwLock::try_read`].
    ///
    /// # Errors
    ///
    /// `WouldBlock` when a writer holds the lock.
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let place = Location::caller();
        match self.ask(Specification::TRY_READ, place) {
            0 => Err(TryLockError::WouldBlock),
            _ => Ok(RwLockReadGuard { lock: self, place, _here: PhantomData }),
        }
    }

    /// As [`std::sync::RwLock::write`].
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let place = Location::caller();
        self.ask(Specification::WRITE, place);
        Ok(RwLockWriteGuard { lock: self, place, _here: PhantomData })
    }

    /// As [`std::sync::RwLock::try_write`].
    ///
    /// # Errors
    ///
    /// `WouldBlock` when somebody holds the lock.
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let place = Location::caller();
        match self.ask(Specification::TRY_WRITE, place) {
            0 => Err(TryLockError::WouldBlock),
            _ => Ok(RwLockWriteGuard { lock: self, place, _here: PhantomData }),
        }
    }

    /// As [`std::sync::RwLock::get_mut`].
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        Ok(self.data.get_mut())
    }
}

impl<T: ?Sized> Deref for RwLockReadGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard's thread has the lock for reading, so nobody writes.
        unsafe { &*self.lock.data.get() }
    }
}

impl<T: ?Sized> Deref for RwLockWriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the guard's thread has the lock for writing.
        unsafe { &*self.lock.data.get() }
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard's thread has the lock for writing, and the guard is borrowed for as long.
        unsafe { &mut *self.lock.data.get() }
    }
}

impl<T: ?Sized> Drop for RwLockReadGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.ask(Specification::UNLOCK_READ, self.place);
    }
}

impl<T: ?Sized> Drop for RwLockWriteGuard<'_, T> {
    fn drop(&mut self) {
        self.lock.ask(Specification::UNLOCK_WRITE, self.place);
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> Self {
        RwLock::new(value)
    }
}

impl<T: ?Sized> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RwLock").finish_non_exhaustive()
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
