//! `Mutex`.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::Location;

use super::{LockResult, PoisonError, TryLockError, TryLockResult};
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
    /// Whether its thread was panicking already when it locked: what it does then poisons nothing.
    panicking: bool,
    /// Where the lock was taken: a guard that goes out of scope is dropped in no line of the model's.
    place: &'static Location<'static>,
    /// Not `Send`, as std's.
    _here: PhantomData<*const ()>,
}

impl<T> Mutex<T> {
    /// A free mutex.
    pub const fn new(value: T) -> Self {
        Mutex { handle: Handle::new(), data: Slot::new(value) }
    }

    /// As [`std::sync::Mutex::into_inner`], but that it does not tell whether it is poisoned.
    pub fn into_inner(self) -> LockResult<T> {
        Ok(self.data.into_inner())
    }
}

impl<T: ?Sized> Mutex<T> {
    /// As [`std::sync::Mutex::lock`]: waits until the lock is free.
    ///
    /// # Errors
    ///
    /// With the guard, when it is poisoned: see [`sync`](super).
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        self.acquire(Location::caller())
    }

    /// As [`std::sync::Mutex::try_lock`].
    ///
    /// # Errors
    ///
    /// `WouldBlock` when another thread holds the lock; `Poisoned` with the guard when it is poisoned: see [`sync`](super).
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let place = Location::caller();
        match self.ask(Specification::TRY_LOCK, place) {
            0 => Err(TryLockError::WouldBlock),
            answer => Ok(self.guard(answer, place)?),
        }
    }

    /// As [`std::sync::Mutex::is_poisoned`].
    #[track_caller]
    pub fn is_poisoned(&self) -> bool {
        self.ask(Specification::LOOK, Location::caller()) == 1
    }

    /// As [`std::sync::Mutex::clear_poison`].
    #[track_caller]
    pub fn clear_poison(&self) {
        self.ask(Specification::CLEAR, Location::caller());
    }

    /// As [`std::sync::Mutex::get_mut`], but that it does not tell whether it is poisoned.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        Ok(self.data.get_mut())
    }

    fn ask(&self, operation: u8, place: &'static Location<'static>) -> u32 {
        engine::ask(&self.handle, Object::Mutex, Call { operation, argument: 0 }, place)
    }

    /// The guard of the lock, which was got with this answer.
    fn guard(&self, answer: u32, place: &'static Location<'static>) -> LockResult<MutexGuard<'_, T>> {
        let guard = MutexGuard { lock: self, panicking: engine::is_panicking(), place, _here: PhantomData };
        if answer == Specification::POISONED { Err(PoisonError::new(guard)) } else { Ok(guard) }
    }

    pub(super) fn acquire(&self, place: &'static Location<'static>) -> LockResult<MutexGuard<'_, T>> {
        self.guard(self.ask(Specification::LOCK, place), place)
    }

    pub(super) fn release(&self, place: &'static Location<'static>) {
        self.ask(Specification::UNLOCK, place);
    }
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    /// Lets a condition variable release and acquire the lock.
    pub(super) fn into_lock(self) -> &'a Mutex<T> {
        let lock = self.lock;
        engine::has_written(lock.data.get());
        std::mem::forget(self);
        lock
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
        let data = unsafe { &mut *self.lock.data.get() };
        engine::writes(data, size_of_val(data));
        data
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        engine::has_written(self.lock.data.get());
        let poisons = !self.panicking && engine::is_panicking() && engine::panics_reach_join();
        self.lock.ask(if poisons { Specification::POISON } else { Specification::UNLOCK }, self.place);
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
