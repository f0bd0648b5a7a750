//! `Mutex`.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::ptr::NonNull;

use super::held::{Held, mapped};
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

impl<T: ?Sized> UnwindSafe for Mutex<T> {}
impl<T: ?Sized> RefUnwindSafe for Mutex<T> {}

/// As [`std::sync::MutexGuard`].
#[must_use = "the lock is released when the guard is dropped"]
pub struct MutexGuard<'a, T: ?Sized> {
    lock: &'a Mutex<T>,
    _held: Held<'a>,
}

// SAFETY: a shared guard gives the data alone.
unsafe impl<T: ?Sized + Sync> Sync for MutexGuard<'_, T> {}

/// A guard of a part of what a [`Mutex`] protects: std's `MappedMutexGuard`, which is unstable there.
#[must_use = "the lock is released when the guard is dropped"]
pub struct MappedMutexGuard<'a, T: ?Sized> {
    data: NonNull<T>,
    _held: Held<'a>,
    _data: PhantomData<&'a mut T>,
}

// SAFETY: a shared guard gives the data alone.
unsafe impl<T: ?Sized + Sync> Sync for MappedMutexGuard<'_, T> {}

impl<T> Mutex<T> {
    /// A free mutex.
    pub const fn new(value: T) -> Self {
        Mutex { handle: Handle::new(), data: Slot::new(value) }
    }

    /// As [`std::sync::Mutex::into_inner`].
    ///
    /// # Errors
    ///
    /// With the value, when it is poisoned.
    pub fn into_inner(self) -> LockResult<T> {
        let poisoned = self.is_left_poisoned();
        let value = self.data.into_inner();
        if poisoned { Err(PoisonError::new(value)) } else { Ok(value) }
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

    /// As [`std::sync::Mutex::get_mut`].
    ///
    /// # Errors
    ///
    /// With the reference, when it is poisoned.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        let poisoned = self.is_left_poisoned();
        let value = self.data.get_mut();
        if poisoned { Err(PoisonError::new(value)) } else { Ok(value) }
    }

    /// Whether it is poisoned, for its owner.
    fn is_left_poisoned(&self) -> bool {
        engine::is_left(&self.handle, Specification::is_poisoned)
    }

    fn ask(&self, operation: u8, place: &'static Location<'static>) -> u32 {
        engine::ask(&self.handle, Object::Mutex, Call { operation, argument: 0 }, place)
    }

    /// The guard of the lock, which was got with this answer.
    fn guard(&self, answer: u32, place: &'static Location<'static>) -> LockResult<MutexGuard<'_, T>> {
        let (release, poison) = (Specification::UNLOCK, Some(Specification::POISON));
        let held = Held::new(&self.handle, (Object::Mutex, self.data.get().cast()), release, poison, place);
        let guard = MutexGuard { lock: self, _held: held };
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

    /// A guard of a part of the data: std's `MutexGuard::map`, which is unstable there.
    pub fn map<U: ?Sized>(guard: Self, f: impl FnOnce(&mut T) -> &mut U) -> MappedMutexGuard<'a, U> {
        engine::has_changed();
        // SAFETY: the guard has the lock, and gives it to the one of the part.
        let data = NonNull::from(f(unsafe { &mut *guard.lock.data.get() }));
        MappedMutexGuard { data, _held: guard._held, _data: PhantomData }
    }

    /// As [`MutexGuard::map`], of a part that may not be there.
    ///
    /// # Errors
    ///
    /// With the guard, where `f` returns `None`.
    pub fn filter_map<U: ?Sized>(
        guard: Self,
        f: impl FnOnce(&mut T) -> Option<&mut U>,
    ) -> Result<MappedMutexGuard<'a, U>, Self> {
        engine::has_changed();
        // SAFETY: as in `map`; where there is no part, no reference is left.
        match f(unsafe { &mut *guard.lock.data.get() }).map(NonNull::from) {
            Some(data) => Ok(MappedMutexGuard { data, _held: guard._held, _data: PhantomData }),
            None => Err(guard),
        }
    }
}

mapped!(MappedMutexGuard, NonNull, |data| &mut *data.as_ptr(), mut);

impl<T: ?Sized> DerefMut for MappedMutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        engine::has_changed();
        // SAFETY: the guard has the lock, and is borrowed for as long.
        unsafe { self.data.as_mut() }
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
        engine::writes(data, false);
        data
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

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
