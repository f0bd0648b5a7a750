//! Reentrant mutual exclusion: Python's `threading.RLock`, and a guard that shows the data.

mod guard;
mod raw;
#[cfg(test)]
mod tests;

pub use guard::{OwnedRLockGuard, RLockGuard};
pub(crate) use raw::RawRLock;

use std::fmt;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use crate::error::NotOwner;
use crate::sync::{self, Deadline, Site, constructors};
use crate::time::Instant;

/// A lock that the thread which holds it may acquire again: Python's `threading.RLock`.
///
/// The lock is free for others when it was released as often as it was acquired. It has two faces, as
/// [`Lock`](crate::Lock) has: [`lock`](RLock::lock) gives a guard, and an `RLock<()>` is [acquired](RLock::acquire) in one place and
/// [released](RLock::release) in another, by the same thread. A thread may have several guards at once, so a guard shows the
/// data and does not let it be changed; put what changes into a `Cell` or a `RefCell`.
///
/// It is as fair as a [`Lock`](crate::Lock#fairness): nobody waits forever. There is no poisoning: a panic under a guard releases
/// that level. A thread that ends without releasing leaves the lock held forever, as in Python.
///
/// An uncontended acquire or release is one atomic read-modify-write, a repeated one none: no system call, no allocation,
/// ever.
///
/// Semantics: Python 3.13, `threading`, "RLock objects"; `locked` is of 3.14.
///
/// # Panics
///
/// Acquiring more than `usize::MAX` times at once panics, as Python raises an `OverflowError`, and the lock is held as
/// often as before.
///
/// ```
/// use std::cell::Cell;
/// use selvedge_primitives::RLock;
///
/// struct Account(RLock<Cell<i64>>);
///
/// impl Account {
///     fn add(&self, amount: i64) {
///         let balance = self.0.lock();
///         balance.set(balance.get() + amount);
///     }
///
///     fn add_twice(&self, amount: i64) {
///         let _both = self.0.lock();
///         self.add(amount);
///         self.add(amount);
///     }
/// }
///
/// let account = Account(RLock::new(Cell::new(0)));
/// account.add_twice(10);
/// assert_eq!(account.0.lock().get(), 20);
///
/// let lock = RLock::new(());
/// lock.acquire();
/// assert!(lock.try_acquire(), "this thread has it");
/// lock.release()?;
/// lock.release()?;
/// assert!(lock.release().is_err(), "and now it has not");
/// # Ok::<(), selvedge_primitives::NotOwner>(())
/// ```
pub struct RLock<T: ?Sized = ()> {
    pub(crate) raw: RawRLock,
    data: T,
}

// SAFETY: `&T` is given only to the thread that holds the lock, and taken from it before another gets it: guards stay on
// their thread, and a wait that gives up all levels at once demands `T: Sync`. So the data moves between threads and is
// never shared.
unsafe impl<T: ?Sized + Send> Sync for RLock<T> {}

/// There is no poisoning: what a panic leaves, the next holder finds, as in Python.
impl<T: ?Sized> UnwindSafe for RLock<T> {}
impl<T: ?Sized> RefUnwindSafe for RLock<T> {}

impl<T> RLock<T> {
    constructors! {
        /// A free lock.
        pub fn new(data: T) -> Self {
            RLock { raw: RawRLock::new(), data }
        }
    }

    /// The data; no lock is needed, since nobody else has the lock any more.
    pub fn into_inner(self) -> T {
        self.data
    }
}

impl<T: ?Sized> RLock<T> {
    /// Blocks until the lock is free or the calling thread's own, and takes it.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> RLockGuard<'_, T> {
        self.raw.acquire("lock", || Deadline::Never);
        sync::step(self.raw.object(), "lock", "");
        // SAFETY: acquired just above.
        unsafe { self.guard() }
    }

    /// Takes the lock if it is free or the calling thread's own; never blocks.
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> Option<RLockGuard<'_, T>> {
        let taken = self.raw.try_acquire();
        sync::step(self.raw.object(), "try_lock", taken);
        // SAFETY: acquired just above.
        if taken { Some(unsafe { self.guard() }) } else { None }
    }

    /// Blocks until the lock is free or the calling thread's own and takes it, or gives up after `timeout`.
    ///
    /// A zero timeout is a poll. One that is too long for the clock, [`Duration::MAX`] among them, waits forever.
    #[inline]
    #[track_caller]
    pub fn lock_timeout(&self, timeout: Duration) -> Option<RLockGuard<'_, T>> {
        let taken = self.raw.acquire("lock_timeout", || Deadline::after(timeout));
        sync::step(self.raw.object(), "lock_timeout", taken);
        // SAFETY: acquired just above.
        if taken { Some(unsafe { self.guard() }) } else { None }
    }

    /// As [`lock_timeout`](RLock::lock_timeout), or gives up at `deadline`. One that has passed is a poll.
    #[track_caller]
    pub fn lock_until(&self, deadline: Instant) -> Option<RLockGuard<'_, T>> {
        let taken = self.raw.acquire("lock_until", || Deadline::until(deadline));
        sync::step(self.raw.object(), "lock_until", taken);
        // SAFETY: acquired just above.
        if taken { Some(unsafe { self.guard() }) } else { None }
    }

    /// Blocks until the lock is free or the calling thread's own, and takes it, with a guard that owns the lock: you can keep it
    /// where a borrow would not live long enough, such as in a struct beside the lock. It stays on its thread.
    #[track_caller]
    pub fn lock_owned(self: &Arc<Self>) -> OwnedRLockGuard<T> {
        self.raw.acquire("lock_owned", || Deadline::Never);
        sync::step(self.raw.object(), "lock_owned", "");
        self.owned_guard()
    }

    /// As [`lock_owned`](RLock::lock_owned), if the lock is free or the calling thread's own; never blocks.
    #[track_caller]
    pub fn try_lock_owned(self: &Arc<Self>) -> Option<OwnedRLockGuard<T>> {
        let taken = self.raw.try_acquire();
        sync::step(self.raw.object(), "try_lock_owned", taken);
        // Not by a closure, which would be the caller.
        if taken { Some(self.owned_guard()) } else { None }
    }

    /// A guard for a level that the calling thread has acquired, and for which it makes no other guard.
    #[track_caller]
    fn owned_guard(self: &Arc<Self>) -> OwnedRLockGuard<T> {
        OwnedRLockGuard { lock: self.clone(), fair: false, site: Site::caller(), _not_send: PhantomData }
    }

    /// Whether any thread holds the lock at this moment; by the time the caller looks, it may not.
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn locked(&self) -> bool {
        let locked = self.raw.is_locked();
        sync::step(self.raw.object(), "locked", locked);
        locked
    }

    /// As [`locked`](RLock::locked), by the name that it would have in Rust.
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.locked()
    }

    /// The data; no lock is taken, since nobody else can reach it.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.data
    }

    /// # Safety
    ///
    /// The calling thread has acquired the lock and makes no other guard for that level.
    #[inline]
    #[track_caller]
    pub(crate) unsafe fn guard(&self) -> RLockGuard<'_, T> {
        RLockGuard { lock: self, site: Site::caller(), _not_send: PhantomData }
    }
}

/// The face of Python's programs: acquired here, released there.
impl RLock<()> {
    /// Blocks until the lock is free or the calling thread's own, and takes it.
    #[inline]
    #[track_caller]
    pub fn acquire(&self) {
        self.raw.acquire("acquire", || Deadline::Never);
        sync::step(self.raw.object(), "acquire", "");
    }

    /// Takes the lock if it is free or the calling thread's own and says whether it did; never blocks. Python's
    /// `acquire(blocking=False)`.
    #[inline]
    #[track_caller]
    #[must_use = "whether it was acquired"]
    pub fn try_acquire(&self) -> bool {
        let taken = self.raw.try_acquire();
        sync::step(self.raw.object(), "try_acquire", taken);
        taken
    }

    /// Blocks until the lock is free or the calling thread's own and takes it, or gives up after `timeout`; says whether
    /// it has it.
    ///
    /// A zero timeout is a poll. One that is too long for the clock, [`Duration::MAX`] among them, waits forever.
    #[inline]
    #[track_caller]
    #[must_use = "whether it was acquired"]
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let taken = self.raw.acquire("acquire_timeout", || Deadline::after(timeout));
        sync::step(self.raw.object(), "acquire_timeout", taken);
        taken
    }

    /// As [`acquire_timeout`](RLock::acquire_timeout), or gives up at `deadline`. One that has passed is a poll.
    #[track_caller]
    #[must_use = "whether the lock was acquired"]
    pub fn acquire_until(&self, deadline: Instant) -> bool {
        let taken = self.raw.acquire("acquire_until", || Deadline::until(deadline));
        sync::step(self.raw.object(), "acquire_until", taken);
        taken
    }

    /// Gives one level back. With the last the lock is free, and one of the threads goes on that wait for it.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] if the calling thread does not hold the lock, as Python raises a `RuntimeError`.
    #[inline]
    #[track_caller]
    pub fn release(&self) -> Result<(), NotOwner> {
        let released = self.raw.release();
        sync::step(self.raw.object(), "release", if released { "" } else { "not owner" });
        if released { Ok(()) } else { Err(NotOwner) }
    }

    /// As [`release`](RLock::release), and with the last level, where threads wait for the lock, the one that has waited longest has
    /// it at once: nobody who comes by can take it first. That costs a switch of threads, in which nobody has the use of the lock.
    ///
    /// # Errors
    ///
    /// As [`release`](RLock::release).
    #[track_caller]
    pub fn release_fair(&self) -> Result<(), NotOwner> {
        let released = self.raw.release_fair();
        sync::step(self.raw.object(), "release_fair", if released { "" } else { "not owner" });
        if released { Ok(()) } else { Err(NotOwner) }
    }
}

impl<T: Default> Default for RLock<T> {
    fn default() -> Self {
        RLock::new(T::default())
    }
}

impl<T> From<T> for RLock<T> {
    fn from(data: T) -> Self {
        RLock::new(data)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("RLock");
        match self.raw.try_acquire() {
            // SAFETY: acquired just above.
            true => out.field("data", &unsafe { self.guard() }),
            false => out.field("data", &format_args!("<locked>")),
        };
        out.finish()
    }
}
