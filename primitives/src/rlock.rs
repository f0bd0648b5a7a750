//! Reentrant mutual exclusion: Python's `threading.RLock`, and a guard that shows the data.

use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use crate::error::NotOwner;
use crate::lock::{RELEASED_MEANWHILE, RawLock};
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::sync::{self, Deadline, Site, UnsafeCell, constructors};
use crate::time::Instant;

/// No thread's identity.
const NOBODY: u64 = 0;

/// A reentrant lock without data.
///
/// | `owner` | `lock` | `levels` | meaning |
/// |---|---|---|---|
/// | nobody | free | 0 | free |
/// | nobody | held | 0 | just acquired, or about to be released |
/// | a thread | held | 1 or more | held by that thread, acquired so often |
///
/// `levels` is touched only by the thread that holds `lock`.
///
/// # Orderings
///
/// `owner` is `Relaxed`: a thread asks only whether it is itself the owner. What it reads is its own last write or a
/// later one by another thread, since it sees its own writes in their order; it writes itself when it has acquired
/// `lock` and nobody before it releases it; so it reads itself exactly while it holds the lock. Identities are never used
/// twice, so nobody is taken for a thread that has ended. What the lock guards is published by `lock`.
pub(crate) struct RawRLock {
    lock: RawLock,
    owner: AtomicU64,
    levels: UnsafeCell<usize>,
}

// SAFETY: `levels` is touched only by the thread that holds `lock`, and `lock` orders the holders.
unsafe impl Sync for RawRLock {}

impl RawRLock {
    constructors! {
        fn new() -> Self {
            RawRLock { lock: RawLock::new(), owner: AtomicU64::new(NOBODY), levels: UnsafeCell::new(0) }
        }
    }

    /// Whether the calling thread holds the lock.
    #[inline]
    pub(crate) fn is_owned(&self) -> bool {
        self.owner.load(Relaxed) == sync::thread_identity()
    }

    #[inline]
    pub(crate) fn is_locked(&self) -> bool {
        self.lock.is_locked()
    }

    /// Takes the lock once more if the calling thread has it, or if it is free. Never blocks.
    #[inline]
    fn try_acquire(&self) -> bool {
        let me = sync::thread_identity();
        if self.owner.load(Relaxed) == me {
            self.enter_again();
            return true;
        }
        let taken = self.lock.try_acquire();
        if taken {
            self.enter(me, 1);
        }
        taken
    }

    /// Takes the lock once more if the calling thread has it, or when it is free, or gives up at the deadline; says which.
    #[inline]
    #[track_caller]
    pub(crate) fn acquire(&self, operation: &'static str, deadline: impl FnOnce() -> Deadline) -> bool {
        let me = sync::thread_identity();
        if self.owner.load(Relaxed) == me {
            self.enter_again();
            return true;
        }
        let taken = self.lock.acquire(operation, deadline);
        if taken {
            self.enter(me, 1);
        }
        taken
    }

    /// What reports know it by: the lock that a thread waits for.
    pub(crate) fn object(&self) -> &RawLock {
        &self.lock
    }

    /// Gives one level back, and the lock with the last. False if the calling thread does not hold it.
    #[inline]
    pub(crate) fn release(&self) -> bool {
        self.release_to(false)
    }

    /// As [`release`](RawRLock::release), and with the last level hands the lock over to the thread that has waited longest.
    #[inline]
    pub(crate) fn release_fair(&self) -> bool {
        self.release_to(true)
    }

    #[inline]
    fn release_to(&self, fair: bool) -> bool {
        if !self.is_owned() {
            return false;
        }
        // SAFETY: the calling thread holds the lock.
        let left = unsafe {
            let levels = self.levels.get_mut();
            *levels.deref() -= 1;
            *levels.deref()
        };
        if left == 0 {
            self.leave(fair);
        }
        true
    }

    /// Gives all levels back and says how many; `None` if the calling thread does not hold the lock.
    pub(crate) fn release_all(&self) -> Option<usize> {
        if !self.is_owned() {
            return None;
        }
        // SAFETY: the calling thread holds the lock.
        let levels = unsafe { std::mem::take(self.levels.get_mut().deref()) };
        self.leave(false);
        Some(levels)
    }

    /// Blocks until the lock is free and takes it `levels` times; the calling thread does not hold it.
    #[track_caller]
    pub(crate) fn restore(&self, operation: &'static str, levels: usize) {
        self.lock.acquire(operation, || Deadline::Never);
        self.enter(sync::thread_identity(), levels);
    }

    #[inline]
    fn enter(&self, me: u64, levels: usize) {
        self.owner.store(me, Relaxed);
        // SAFETY: the calling thread has just acquired the lock.
        unsafe { *self.levels.get_mut().deref() = levels };
    }

    #[inline]
    #[track_caller]
    fn enter_again(&self) {
        let levels = self.levels.get_mut();
        // SAFETY: the calling thread holds the lock.
        let levels = unsafe { levels.deref() };
        *levels = levels.checked_add(1).expect("an RLock is acquired at most usize::MAX times at once");
    }

    /// The owner goes before the lock does: afterwards it may be another thread's name that is written over.
    #[inline]
    fn leave(&self, fair: bool) {
        self.owner.store(NOBODY, Relaxed);
        if fair {
            self.lock.release_fair();
        } else {
            self.lock.release();
        }
    }
}

/// A lock that the thread which holds it may acquire again: Python's `threading.RLock`.
///
/// The lock is free for others when it was released as often as it was acquired. It has two faces, as
/// [`Lock`](crate::Lock) has: [`lock`](RLock::lock) gives a guard, and an `RLock<()>` is [acquired](RLock::acquire) in one place and
/// [released](RLock::release) in another, by the same thread. A thread may have several guards at once, so a guard shows the
/// data and does not let it be changed; put what changes into a `Cell` or a `RefCell`.
///
/// It is as fair as a [`Lock`](crate::Lock#fairness): nobody waits forever. There is no poisoning: a panic under a guard releases
/// that level. A thread that ends without releasing leaves the lock held for ever, as in Python.
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
    lock: &'a RLock<T>,
    site: Site,
    _not_send: PhantomData<*const ()>,
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
    lock: Arc<RLock<T>>,
    /// Whether the drop hands the lock over, with the last level.
    fair: bool,
    site: Site,
    _not_send: PhantomData<*const ()>,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Event, Thread};

    #[test]
    fn one_level_too_many_is_refused_and_the_levels_stay_as_they_were() {
        sync::model(|| {
            let lock = RLock::new(());
            lock.raw.restore("restore", usize::MAX);
            let acquire = std::panic::AssertUnwindSafe(|| lock.acquire());
            assert!(std::panic::catch_unwind(acquire).is_err());
            assert_eq!(lock.raw.release_all(), Some(usize::MAX));
            assert!(!lock.locked());
        });
    }

    /// Whether a thread that waits has the lock as soon as `release` has given one level of two back, and the other with it.
    fn hands_over(release: fn(&Arc<RLock>)) {
        sync::model(move || {
            let (lock, may) = (Arc::new(RLock::new(())), Arc::new(Event::new()));
            lock.acquire();
            lock.acquire();
            let other = Thread::new({
                let (lock, may) = (lock.clone(), may.clone());
                move || {
                    lock.acquire();
                    may.wait();
                    lock.release().unwrap();
                }
            });
            other.start().unwrap();
            let waits = lock.raw.lock.when_contended();
            release(&lock);
            assert!(lock.raw.is_owned(), "one level is left");
            release(&lock);
            if waits {
                assert!(!lock.try_acquire(), "it was never free");
            }
            may.set();
            other.join().unwrap();
        });
    }

    #[test]
    fn a_fair_release_of_the_last_level_hands_the_lock_to_a_thread_that_waits() {
        hands_over(|lock| lock.release_fair().unwrap());
    }

    #[test]
    fn a_guard_of_the_last_level_that_is_released_fair_hands_the_lock_to_a_thread_that_waits() {
        // SAFETY: `hands_over` has acquired the level.
        hands_over(|lock| RLockGuard::release_fair(unsafe { lock.guard() }));
    }

    #[test]
    fn an_owned_guard_of_the_last_level_that_is_released_fair_hands_the_lock_to_a_thread_that_waits() {
        hands_over(|lock| OwnedRLockGuard::release_fair(lock.owned_guard()));
    }
}
