//! What holds a level of a lock, and gives it back when it is dropped.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::Arc;

use super::RLock;
use crate::lock::RELEASED_MEANWHILE;
use crate::sync::{self, Site};

/// One level of an [`RLock`], and its data; dropping it gives that level back.
///
/// It stays on its thread, which is the lock's owner.
///
/// # Panics
///
/// Dropping a guard of an `RLock<()>` whose level was [released](RLock::release) meanwhile panics, where Python's `with`
/// raises a `RuntimeError`; not while the thread is panicking already.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct RLockGuard<'a, T: ?Sized = ()> {
    pub(super) lock: &'a RLock<T>,
    pub(super) site: Site,
    pub(super) _not_send: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives `&T` and nothing else.
unsafe impl<T: ?Sized + Sync> Sync for RLockGuard<'_, T> {}

impl<'a, T: ?Sized> RLockGuard<'a, T> {
    /// The lock that this guard holds.
    pub fn source(guard: &Self) -> &'a RLock<T> {
        guard.lock
    }

    /// Gives the level back as the drop does; with the last one, where threads wait for the lock, the one that has waited longest has
    /// it at once: nobody who comes by can take it first. That costs a switch of threads, in which nobody has the use of the lock.
    ///
    /// # Panics
    ///
    /// As the [drop](RLockGuard).
    #[track_caller]
    pub fn release_fair(guard: Self) {
        let guard = ManuallyDrop::new(guard);
        let raw = &guard.lock.raw;
        let released = raw.release_fair();
        sync::step(raw.object(), "release_fair", if released { "" } else { "not owner" });
        assert!(released || std::thread::panicking(), "{RELEASED_MEANWHILE}");
    }
}

impl<T: ?Sized> Deref for RLockGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.lock.data
    }
}

impl<T: ?Sized> Drop for RLockGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let released = self.lock.raw.release();
        self.site.step(self.lock.raw.object(), "release", if released { "" } else { "not owner" });
        assert!(released || std::thread::panicking(), "{RELEASED_MEANWHILE}");
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RLockGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// One level of an [`RLock`] that the guard owns, and its data; dropping it gives that level back.
///
/// It stays on its thread, which is the lock's owner. You can keep it in a struct, beside the lock or without:
///
/// ```
/// use std::cell::Cell;
/// use std::sync::Arc;
/// use selvedge_primitives::{OwnedRLockGuard, RLock};
///
/// /// Holds the account for as long as it lives.
/// struct Transfer(OwnedRLockGuard<Cell<i64>>);
///
/// let account = Arc::new(RLock::new(Cell::new(10)));
/// let transfer = Transfer(account.lock_owned());
/// transfer.0.set(20);
/// assert!(account.try_lock().is_some(), "this thread may take it again");
/// drop(transfer);
/// assert!(!account.locked());
/// ```
///
/// On another thread it would be nobody's. This does not compile:
///
/// ```compile_fail,E0277
/// use std::sync::Arc;
/// use selvedge_primitives::RLock;
///
/// let held = Arc::new(RLock::new(())).lock_owned();
/// std::thread::spawn(move || drop(held));
/// ```
///
/// # Panics
///
/// As an [`RLockGuard`].
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct OwnedRLockGuard<T: ?Sized = ()> {
    pub(super) lock: Arc<RLock<T>>,
    /// Whether the drop hands the lock over, with the last level.
    pub(super) fair: bool,
    pub(super) site: Site,
    pub(super) _not_send: PhantomData<*const ()>,
}

// SAFETY: a shared guard gives `&T` and nothing else, but for the lock, which may be shared.
unsafe impl<T: ?Sized + Send + Sync> Sync for OwnedRLockGuard<T> {}

impl<T: ?Sized> OwnedRLockGuard<T> {
    /// The lock that this guard holds.
    #[must_use]
    pub fn source(guard: &Self) -> &Arc<RLock<T>> {
        &guard.lock
    }

    /// Gives the level back as the drop does, and with the last one hands the lock over as [`RLockGuard::release_fair`] does.
    ///
    /// # Panics
    ///
    /// As the [drop](OwnedRLockGuard).
    #[track_caller]
    pub fn release_fair(mut guard: Self) {
        (guard.fair, guard.site) = (true, Site::caller());
    }
}

impl<T: ?Sized> Deref for OwnedRLockGuard<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.lock.data
    }
}

impl<T: ?Sized> Drop for OwnedRLockGuard<T> {
    fn drop(&mut self) {
        let raw = &self.lock.raw;
        let (operation, released) =
            if self.fair { ("release_fair", raw.release_fair()) } else { ("release", raw.release()) };
        self.site.step(raw.object(), operation, if released { "" } else { "not owner" });
        assert!(released || std::thread::panicking(), "{RELEASED_MEANWHILE}");
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for OwnedRLockGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
