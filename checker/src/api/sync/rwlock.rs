//! `RwLock`.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::ptr::NonNull;

use super::held::{Held, mapped};
use super::{LockResult, PoisonError, TryLockError, TryLockResult};
use crate::api::slot::Slot;
use crate::engine::{self, Handle};
use crate::objects::{Call, Object, RwLock as Specification};

/// As [`std::sync::RwLock`]. Neither readers nor writers are preferred: a read that comes while a writer waits may be served, or
/// be held back until a writer has had the lock. So a thread that reads while it reads may deadlock, as it may with std's, and
/// [`try_read`](RwLock::try_read) may fail while others read.
#[derive(Default)]
pub struct RwLock<T: ?Sized> {
    handle: Handle,
    data: Slot<T>,
}

// SAFETY: the engine grants the lock to readers or to one writer, and the data is reached through a guard or `&mut` alone.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLock<T> {}
// SAFETY: a lock is moved with its data.
unsafe impl<T: ?Sized + Send> Send for RwLock<T> {}

impl<T: ?Sized> UnwindSafe for RwLock<T> {}
impl<T: ?Sized> RefUnwindSafe for RwLock<T> {}

/// As [`std::sync::RwLockReadGuard`].
#[must_use = "the lock is released when the guard is dropped"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    _held: Held<'a>,
}

// SAFETY: a shared guard gives the data alone.
unsafe impl<T: ?Sized + Sync> Sync for RwLockReadGuard<'_, T> {}

/// As [`std::sync::RwLockWriteGuard`].
#[must_use = "the lock is released when the guard is dropped"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    _held: Held<'a>,
}

// SAFETY: a shared guard gives the data alone.
unsafe impl<T: ?Sized + Sync> Sync for RwLockWriteGuard<'_, T> {}

/// A guard of a part of what an [`RwLock`] protects: std's `MappedRwLockReadGuard`, which is unstable there.
#[must_use = "the lock is released when the guard is dropped"]
pub struct MappedRwLockReadGuard<'a, T: ?Sized> {
    data: NonNull<T>,
    _held: Held<'a>,
    _data: PhantomData<&'a T>,
}

// SAFETY: a shared guard gives the data alone.
unsafe impl<T: ?Sized + Sync> Sync for MappedRwLockReadGuard<'_, T> {}

/// A guard of a part of what an [`RwLock`] protects: std's `MappedRwLockWriteGuard`, which is unstable there.
#[must_use = "the lock is released when the guard is dropped"]
pub struct MappedRwLockWriteGuard<'a, T: ?Sized> {
    data: NonNull<T>,
    _held: Held<'a>,
    _data: PhantomData<&'a mut T>,
}

// SAFETY: a shared guard gives the data alone.
unsafe impl<T: ?Sized + Sync> Sync for MappedRwLockWriteGuard<'_, T> {}

impl<T> RwLock<T> {
    /// A free lock.
    pub const fn new(value: T) -> Self {
        RwLock { handle: Handle::new(), data: Slot::new(value) }
    }

    /// As [`std::sync::RwLock::into_inner`].
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

impl<T: ?Sized> RwLock<T> {
    fn ask(&self, operation: u8, place: &'static Location<'static>) -> u32 {
        engine::ask(&self.handle, Object::RwLock, Call { operation, argument: 0 }, place)
    }

    fn reader(&self, answer: u32, place: &'static Location<'static>) -> LockResult<RwLockReadGuard<'_, T>> {
        let held = Held::new(
            &self.handle,
            (Object::RwLock, self.data.get().cast()),
            Specification::UNLOCK_READ,
            None,
            place,
        );
        let guard = RwLockReadGuard { lock: self, _held: held };
        if answer == Specification::POISONED { Err(PoisonError::new(guard)) } else { Ok(guard) }
    }

    fn writer(&self, answer: u32, place: &'static Location<'static>) -> LockResult<RwLockWriteGuard<'_, T>> {
        let (release, poison) = (Specification::UNLOCK_WRITE, Some(Specification::POISON));
        let held = Held::new(&self.handle, (Object::RwLock, self.data.get().cast()), release, poison, place);
        let guard = RwLockWriteGuard { lock: self, _held: held };
        if answer == Specification::POISONED { Err(PoisonError::new(guard)) } else { Ok(guard) }
    }

    /// As [`std::sync::RwLock::read`]: waits while a writer holds the lock, and possibly while one waits for it.
    ///
    /// # Errors
    ///
    /// With the guard, when it is poisoned: see [`sync`](super).
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let place = Location::caller();
        self.reader(self.ask(Specification::READ, place), place)
    }

    /// As [`std::sync::RwLock::try_read`].
    ///
    /// # Errors
    ///
    /// `WouldBlock` when a writer holds the lock, and possibly while one waits for it; `Poisoned` with the guard when it is
    /// poisoned: see [`sync`](super).
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let place = Location::caller();
        match self.ask(Specification::TRY_READ, place) {
            0 => Err(TryLockError::WouldBlock),
            answer => Ok(self.reader(answer, place)?),
        }
    }

    /// As [`std::sync::RwLock::write`]: waits until nobody holds the lock.
    ///
    /// # Errors
    ///
    /// With the guard, when it is poisoned: see [`sync`](super).
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let place = Location::caller();
        let operation = if engine::announces(place) {
            self.ask(Specification::ANNOUNCE, place);
            Specification::WRITE_ANNOUNCED
        } else {
            Specification::WRITE
        };
        self.writer(self.ask(operation, place), place)
    }

    /// As [`std::sync::RwLock::try_write`].
    ///
    /// # Errors
    ///
    /// `WouldBlock` when somebody holds the lock; `Poisoned` with the guard when it is poisoned: see [`sync`](super).
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let place = Location::caller();
        match self.ask(Specification::TRY_WRITE, place) {
            0 => Err(TryLockError::WouldBlock),
            answer => Ok(self.writer(answer, place)?),
        }
    }

    /// As [`std::sync::RwLock::is_poisoned`].
    #[track_caller]
    pub fn is_poisoned(&self) -> bool {
        self.ask(Specification::LOOK, Location::caller()) == 1
    }

    /// As [`std::sync::RwLock::clear_poison`].
    #[track_caller]
    pub fn clear_poison(&self) {
        self.ask(Specification::CLEAR, Location::caller());
    }

    /// As [`std::sync::RwLock::get_mut`].
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
}

impl<'a, T: ?Sized> RwLockReadGuard<'a, T> {
    /// A guard of a part of the data: std's `RwLockReadGuard::map`, which is unstable there.
    pub fn map<U: ?Sized>(guard: Self, f: impl FnOnce(&T) -> &U) -> MappedRwLockReadGuard<'a, U> {
        let data = NonNull::from(f(&guard));
        MappedRwLockReadGuard { data, _held: guard._held, _data: PhantomData }
    }

    /// As [`RwLockReadGuard::map`], of a part that may not be there.
    ///
    /// # Errors
    ///
    /// With the guard, where `f` returns `None`.
    pub fn filter_map<U: ?Sized>(
        guard: Self,
        f: impl FnOnce(&T) -> Option<&U>,
    ) -> Result<MappedRwLockReadGuard<'a, U>, Self> {
        match f(&guard).map(NonNull::from) {
            Some(data) => Ok(MappedRwLockReadGuard { data, _held: guard._held, _data: PhantomData }),
            None => Err(guard),
        }
    }
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// As [`std::sync::RwLockWriteGuard::downgrade`]: from writing to reading, without another writer in between.
    #[track_caller]
    pub fn downgrade(guard: Self) -> RwLockReadGuard<'a, T> {
        let (lock, place) = (guard.lock, Location::caller());
        engine::has_written(lock.data.get());
        std::mem::forget(guard);
        lock.ask(Specification::DOWNGRADE, place);
        lock.reader(Specification::LOCKED, place).unwrap_or_else(PoisonError::into_inner)
    }

    /// A guard of a part of the data: std's `RwLockWriteGuard::map`, which is unstable there.
    pub fn map<U: ?Sized>(guard: Self, f: impl FnOnce(&mut T) -> &mut U) -> MappedRwLockWriteGuard<'a, U> {
        engine::has_changed();
        // SAFETY: the guard has the lock for writing, and gives it to the one of the part.
        let data = NonNull::from(f(unsafe { &mut *guard.lock.data.get() }));
        MappedRwLockWriteGuard { data, _held: guard._held, _data: PhantomData }
    }

    /// As [`RwLockWriteGuard::map`], of a part that may not be there.
    ///
    /// # Errors
    ///
    /// With the guard, where `f` returns `None`.
    pub fn filter_map<U: ?Sized>(
        guard: Self,
        f: impl FnOnce(&mut T) -> Option<&mut U>,
    ) -> Result<MappedRwLockWriteGuard<'a, U>, Self> {
        engine::has_changed();
        // SAFETY: as in `map`; where there is no part, no reference is left.
        match f(unsafe { &mut *guard.lock.data.get() }).map(NonNull::from) {
            Some(data) => Ok(MappedRwLockWriteGuard { data, _held: guard._held, _data: PhantomData }),
            None => Err(guard),
        }
    }
}

mapped!(MappedRwLockReadGuard, NonNull, |data| &*data.as_ptr());
mapped!(MappedRwLockWriteGuard, NonNull, |data| &mut *data.as_ptr(), mut);

impl<T: ?Sized> DerefMut for MappedRwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        engine::has_changed();
        // SAFETY: the guard has the lock for writing, and is borrowed for as long.
        unsafe { self.data.as_mut() }
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
        let data = unsafe { &mut *self.lock.data.get() };
        engine::writes(data, false);
        data
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

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockReadGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for RwLockWriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
