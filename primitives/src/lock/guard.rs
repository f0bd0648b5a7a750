//! What holds a lock, and gives it back when it is dropped.

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::Lock;
use crate::sync::{self, MutPtr, Site};

/// What is said where a guard comes too late.
pub(crate) const RELEASED_MEANWHILE: &str = "the lock was released while this guard held it";

/// The right to a [`Lock`]'s data; dropping it releases the lock.
///
/// # Panics
///
/// Dropping the guard of a `Lock<()>` that somebody has [released](Lock::release) meanwhile panics, where Python's `with`
/// raises a `RuntimeError`; not while the thread is panicking already.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct LockGuard<'a, T: ?Sized = ()> {
    pub(super) lock: &'a Lock<T>,
    /// Absent only from [`suspend`](LockGuard::suspend) to [`resume`](LockGuard::resume).
    pub(super) data: Option<MutPtr<T>>,
    pub(super) site: Site,
}

// SAFETY: a shared guard gives `&T` and nothing else.
unsafe impl<T: ?Sized + Sync> Sync for LockGuard<'_, T> {}

impl<'a, T: ?Sized> LockGuard<'a, T> {
    /// The lock that this guard holds.
    pub fn source(guard: &Self) -> &'a Lock<T> {
        guard.lock
    }

    /// Releases the lock as the drop does, and where threads wait for it, the one that has waited longest has it at once: nobody who
    /// comes by can take it first. That costs a switch of threads, in which nobody has the use of the lock.
    ///
    /// # Panics
    ///
    /// As the [drop](LockGuard).
    #[track_caller]
    pub fn release_fair(guard: Self) {
        let mut guard = ManuallyDrop::new(guard);
        guard.data = None;
        let released = guard.lock.raw.release_fair();
        sync::step(&guard.lock.raw, "release_fair", if released { "" } else { "not locked" });
        assert!(released || std::thread::panicking(), "{RELEASED_MEANWHILE}");
    }

    /// Gives up the leave to reach the data: the lock is about to be released under the guard, to be taken again.
    pub(crate) fn suspend(&mut self) {
        self.data = None;
    }

    /// The lock was taken again.
    pub(crate) fn resume(&mut self) {
        self.data = Some(self.lock.data.get_mut());
    }
}

impl<T: ?Sized> Deref for LockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        let data = self.data.as_ref().expect("a guard that can be reached holds its lock");
        // SAFETY: the guard holds the lock, and the borrow of the guard tells its readers from its writer.
        unsafe { data.deref() }
    }
}

impl<T: ?Sized> DerefMut for LockGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        let data = self.data.as_ref().expect("a guard that can be reached holds its lock");
        // SAFETY: as in `deref`; the borrow is exclusive.
        unsafe { data.deref() }
    }
}

impl<T: ?Sized> Drop for LockGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.data = None;
        let released = self.lock.raw.release();
        self.site.step(&self.lock.raw, "release", if released { "" } else { "not locked" });
        assert!(released || std::thread::panicking(), "{RELEASED_MEANWHILE}");
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for LockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// A guard that owns its [`Lock`]; dropping it releases the lock, on whatever thread.
///
/// ```
/// use std::sync::Arc;
/// use selvedge_primitives::{Lock, spawn};
///
/// let money = Arc::new(Lock::new(10));
/// let mut held = money.lock_owned();
/// let worker = spawn(move || *held += 1)?;
/// assert_eq!(*money.lock(), 11, "held until the worker is done");
/// worker.join().unwrap();
/// # Ok::<(), selvedge_primitives::StartError>(())
/// ```
///
/// # Panics
///
/// As a [`LockGuard`].
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct OwnedLockGuard<T: ?Sized = ()> {
    /// Absent only from [`suspend`](OwnedLockGuard::suspend) to [`resume`](OwnedLockGuard::resume), and in `drop`.
    pub(super) data: Option<MutPtr<T>>,
    pub(super) lock: Arc<Lock<T>>,
    /// Whether the drop hands the lock over.
    pub(super) fair: bool,
    pub(super) site: Site,
}

// SAFETY: a lock may be released by another thread than acquired it, and the data, which the guard leads to, may be sent.
unsafe impl<T: ?Sized + Send> Send for OwnedLockGuard<T> {}
// SAFETY: a shared guard gives `&T` and nothing else, but for the lock, which may be shared.
unsafe impl<T: ?Sized + Send + Sync> Sync for OwnedLockGuard<T> {}

impl<T: ?Sized> OwnedLockGuard<T> {
    /// The lock that this guard holds.
    #[must_use]
    pub fn source(guard: &Self) -> &Arc<Lock<T>> {
        &guard.lock
    }

    /// Releases the lock as the drop does, and hands it over as [`LockGuard::release_fair`] does.
    ///
    /// # Panics
    ///
    /// As the [drop](OwnedLockGuard).
    #[track_caller]
    pub fn release_fair(mut guard: Self) {
        (guard.fair, guard.site) = (true, Site::caller());
    }

    /// Gives up the leave to reach the data: the lock is about to be released under the guard, to be taken again.
    pub(crate) fn suspend(&mut self) {
        self.data = None;
    }

    /// The lock was taken again.
    pub(crate) fn resume(&mut self) {
        self.data = Some(self.lock.data.get_mut());
    }
}

impl<T: ?Sized> Deref for OwnedLockGuard<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        let data = self.data.as_ref().expect("a guard that can be reached holds its lock");
        // SAFETY: the guard holds the lock, and the borrow of the guard tells its readers from its writer.
        unsafe { data.deref() }
    }
}

impl<T: ?Sized> DerefMut for OwnedLockGuard<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        let data = self.data.as_ref().expect("a guard that can be reached holds its lock");
        // SAFETY: as in `deref`; the borrow is exclusive.
        unsafe { data.deref() }
    }
}

impl<T: ?Sized> Drop for OwnedLockGuard<T> {
    fn drop(&mut self) {
        self.data = None;
        let raw = &self.lock.raw;
        let (operation, released) =
            if self.fair { ("release_fair", raw.release_fair()) } else { ("release", raw.release()) };
        self.site.step(raw, operation, if released { "" } else { "not locked" });
        assert!(released || std::thread::panicking(), "{RELEASED_MEANWHILE}");
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for OwnedLockGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
