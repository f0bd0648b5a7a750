//! Mutual exclusion: Python's `threading.Lock`, and a guard that owns the data.

mod guard;
mod raw;
#[cfg(test)]
mod tests;

pub(crate) use guard::RELEASED_MEANWHILE;
pub use guard::{LockGuard, OwnedLockGuard};
pub(crate) use raw::RawLock;

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use crate::error::NotLocked;
use crate::sync::{self, Deadline, Site, UnsafeCell, constructors};
use crate::time::Instant;

/// A lock that, once acquired, makes others wait until it is released: Python's `threading.Lock`.
///
/// It has two faces. As Rust users expect, [`lock`](Lock::lock) gives a guard through which the data is reached and whose
/// drop releases. As Python's programs use it, a `Lock<()>` is [acquired](Lock::acquire) in one place and
/// [released](Lock::release) in another, by any thread; a lock that owns data does not offer that, since the data
/// would be reachable after the release.
///
/// The lock is not reentrant (see [`RLock`](crate::RLock)): a thread that acquires it twice waits forever. There is no poisoning: a
/// panic under a guard releases the lock, as Python's `with` does, and the data is as the panic left it.
///
/// An uncontended acquire or release is one atomic read-modify-write: no system call, no allocation, ever.
///
/// # Fairness
///
/// A thread that comes by just after a release may take the lock before one that has waited: that is what makes a lock fast that is
/// held for short times. But nobody waits forever. When half a millisecond has passed since the last time, a release hands the lock
/// to the thread that has waited longest, whatever others do; and a thread that was woken and came too late keeps its place in the
/// line. So, of `n` threads that wait, the last has the lock after `n` times half a millisecond, and what holders take until they
/// release it each time. [`release_fair`](LockGuard::release_fair) hands it over at once. Python leaves open which thread proceeds;
/// CPython 3.14 hands a lock to a thread that has waited for a millisecond.
///
/// Semantics: Python 3.13, `threading`, "Lock objects".
///
/// ```
/// use selvedge_primitives::Lock;
///
/// static MONEY: Lock<i64> = Lock::new(0);
/// *MONEY.lock() += 100;
/// assert_eq!(*MONEY.lock(), 100);
///
/// let lock = Lock::new(());
/// lock.acquire();
/// assert!(!lock.try_acquire());
/// lock.release()?;
/// assert!(lock.release().is_err(), "it was not locked");
/// # Ok::<(), selvedge_primitives::NotLocked>(())
/// ```
pub struct Lock<T: ?Sized = ()> {
    pub(crate) raw: RawLock,
    data: UnsafeCell<T>,
}

// SAFETY: the data is reached only through a guard, and `RawLock` lets one guard live at a time; so sharing the lock moves
// the data between threads and never shares it.
unsafe impl<T: ?Sized + Send> Sync for Lock<T> {}
// SAFETY: the lock owns its data.
unsafe impl<T: ?Sized + Send> Send for Lock<T> {}

/// There is no poisoning: what a panic leaves, the next holder finds, as in Python.
impl<T: ?Sized> UnwindSafe for Lock<T> {}
impl<T: ?Sized> RefUnwindSafe for Lock<T> {}

impl<T> Lock<T> {
    constructors! {
        /// A free lock.
        pub fn new(data: T) -> Self {
            Lock { raw: RawLock::new(), data: UnsafeCell::new(data) }
        }
    }

    /// The data; no lock is needed, since nobody else has the lock any more.
    pub fn into_inner(self) -> T {
        self.data.into_inner()
    }
}

impl<T: ?Sized> Lock<T> {
    /// Blocks until the lock is free and takes it.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> LockGuard<'_, T> {
        self.raw.acquire("lock", || Deadline::Never);
        sync::step(&self.raw, "lock", "");
        // SAFETY: acquired just above.
        unsafe { self.guard() }
    }

    /// Takes the lock if it is free; never blocks.
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> Option<LockGuard<'_, T>> {
        let taken = self.raw.try_acquire();
        sync::step(&self.raw, "try_lock", taken);
        // SAFETY: acquired just above.
        if taken { Some(unsafe { self.guard() }) } else { None }
    }

    /// Blocks until the lock is free and takes it, or gives up after `timeout`.
    ///
    /// A zero timeout is a poll. One that is too long for the clock, [`Duration::MAX`] among them, waits forever.
    #[inline]
    #[track_caller]
    pub fn lock_timeout(&self, timeout: Duration) -> Option<LockGuard<'_, T>> {
        let taken = self.raw.acquire("lock_timeout", || Deadline::after(timeout));
        sync::step(&self.raw, "lock_timeout", taken);
        // SAFETY: acquired just above.
        if taken { Some(unsafe { self.guard() }) } else { None }
    }

    /// As [`lock_timeout`](Lock::lock_timeout), or gives up at `deadline`. One that has passed is a poll.
    #[track_caller]
    pub fn lock_until(&self, deadline: Instant) -> Option<LockGuard<'_, T>> {
        let taken = self.raw.acquire("lock_until", || Deadline::until(deadline));
        sync::step(&self.raw, "lock_until", taken);
        // SAFETY: acquired just above.
        if taken { Some(unsafe { self.guard() }) } else { None }
    }

    /// Blocks until the lock is free and takes it, with a guard that owns the lock: it can be kept, and sent to other threads, for any
    /// time.
    #[track_caller]
    pub fn lock_owned(self: &Arc<Self>) -> OwnedLockGuard<T> {
        self.raw.acquire("lock_owned", || Deadline::Never);
        sync::step(&self.raw, "lock_owned", "");
        self.owned_guard()
    }

    /// As [`lock_owned`](Lock::lock_owned), if the lock is free; never blocks.
    #[track_caller]
    pub fn try_lock_owned(self: &Arc<Self>) -> Option<OwnedLockGuard<T>> {
        let taken = self.raw.try_acquire();
        sync::step(&self.raw, "try_lock_owned", taken);
        // Not by a closure, which would be the caller.
        if taken { Some(self.owned_guard()) } else { None }
    }

    /// A guard for the calling thread, which has acquired the lock and makes no other guard for that.
    #[track_caller]
    fn owned_guard(self: &Arc<Self>) -> OwnedLockGuard<T> {
        OwnedLockGuard {
            data: Some(self.data.get_mut()),
            lock: self.clone(),
            fair: false,
            site: Site::caller(),
        }
    }

    /// Whether the lock is held at this moment; by the time the caller looks, it may not be.
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn locked(&self) -> bool {
        let locked = self.raw.is_locked();
        sync::step(&self.raw, "locked", locked);
        locked
    }

    /// As [`locked`](Lock::locked), by the name that it would have in Rust.
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.locked()
    }

    /// The data; no lock is taken, since nobody else can reach it.
    pub fn get_mut(&mut self) -> &mut T {
        // SAFETY: `&mut self` is the only way to the data.
        let data: *mut T = unsafe { self.data.get_mut().deref() };
        // SAFETY: as above, and the lifetime is that of `&mut self`.
        unsafe { &mut *data }
    }

    /// # Safety
    ///
    /// The caller has acquired the lock and makes no other guard for that.
    #[inline]
    #[track_caller]
    pub(crate) unsafe fn guard(&self) -> LockGuard<'_, T> {
        LockGuard { data: Some(self.data.get_mut()), lock: self, site: Site::caller() }
    }
}

/// The face of Python's programs: acquired here, released there.
impl Lock<()> {
    /// Blocks until the lock is free and takes it.
    #[inline]
    #[track_caller]
    pub fn acquire(&self) {
        self.raw.acquire("acquire", || Deadline::Never);
        sync::step(&self.raw, "acquire", "");
    }

    /// Takes the lock if it is free and says whether it did; never blocks. Python's `acquire(blocking=False)`.
    #[inline]
    #[track_caller]
    #[must_use = "whether it was acquired"]
    pub fn try_acquire(&self) -> bool {
        let taken = self.raw.try_acquire();
        sync::step(&self.raw, "try_acquire", taken);
        taken
    }

    /// Blocks until the lock is free and takes it, or gives up after `timeout`; says whether it has it.
    ///
    /// A zero timeout is a poll. One that is too long for the clock, [`Duration::MAX`] among them, waits forever.
    #[inline]
    #[track_caller]
    #[must_use = "whether it was acquired"]
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let taken = self.raw.acquire("acquire_timeout", || Deadline::after(timeout));
        sync::step(&self.raw, "acquire_timeout", taken);
        taken
    }

    /// As [`acquire_timeout`](Lock::acquire_timeout), or gives up at `deadline`. One that has passed is a poll.
    #[track_caller]
    #[must_use = "whether the lock was acquired"]
    pub fn acquire_until(&self, deadline: Instant) -> bool {
        let taken = self.raw.acquire("acquire_until", || Deadline::until(deadline));
        sync::step(&self.raw, "acquire_until", taken);
        taken
    }

    /// Frees the lock and lets one of the threads go on that wait for it. Any thread may call this.
    ///
    /// # Errors
    ///
    /// [`NotLocked`] if nobody holds it, as Python raises a `RuntimeError`.
    #[inline]
    #[track_caller]
    pub fn release(&self) -> Result<(), NotLocked> {
        let released = self.raw.release();
        sync::step(&self.raw, "release", if released { "" } else { "not locked" });
        if released { Ok(()) } else { Err(NotLocked) }
    }

    /// As [`release`](Lock::release), and where threads wait for the lock, the one that has waited longest has it at once: nobody who
    /// comes by can take it first. That costs a switch of threads, in which nobody has the use of the lock.
    ///
    /// # Errors
    ///
    /// As [`release`](Lock::release).
    #[track_caller]
    pub fn release_fair(&self) -> Result<(), NotLocked> {
        let released = self.raw.release_fair();
        sync::step(&self.raw, "release_fair", if released { "" } else { "not locked" });
        if released { Ok(()) } else { Err(NotLocked) }
    }
}

impl<T: Default> Default for Lock<T> {
    fn default() -> Self {
        Lock::new(T::default())
    }
}

impl<T> From<T> for Lock<T> {
    fn from(data: T) -> Self {
        Lock::new(data)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Lock");
        match self.raw.try_acquire() {
            // SAFETY: acquired just above.
            true => out.field("data", &unsafe { self.guard() }),
            false => out.field("data", &format_args!("<locked>")),
        };
        out.finish()
    }
}
