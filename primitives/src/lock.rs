//! Mutual exclusion: Python's `threading.Lock`, and a guard that owns the data.

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use crate::error::NotLocked;
use crate::sync::atomic::{AtomicU8, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use crate::sync::{
    self, Deadline, LockSpecification, MutPtr, Place, Site, Spin, Turn, UnsafeCell, Waiters, constructors,
};
use crate::time::Instant;

/// The lock is held.
const LOCKED: u8 = 1;
/// Threads may be in the queue: whoever releases has to look.
const WAITERS: u8 = 2;

/// A lock without data, for those primitives that are made of one.
///
/// | `WAITERS` | `LOCKED` | meaning |
/// |---|---|---|
/// | 0 | 0 | free |
/// | 0 | 1 | held, nobody waits |
/// | 1 | 1 | held, and threads wait or have just given up |
/// | 1 | 0 | free; one thread was woken and others still wait |
///
/// `WAITERS` is set by the thread that is about to wait, and cleared only under the queue's mutex by a release that leaves
/// the queue empty. A thread waits only if, under that mutex, it still sees `LOCKED | WAITERS`; so the holder will find
/// the mark and take the mutex, and no release goes unseen.
///
/// One wake is enough: a release makes room for one thread. If another takes the lock before the woken one does, that
/// one's release finds `WAITERS` still set, or set again by the woken thread when it goes back to wait.
///
/// # Hand-over
///
/// A release that finds threads waiting may hand the lock to the first of them: `LOCKED` stays, and nobody takes the lock in between.
/// It does so at most twice in a millisecond, or where it is asked to (see [`Waiters`]). The thread that is told has the lock, even
/// if its time is up: a hand-over goes to nobody who has given up, since both are decided under the queue's mutex. Nothing is woken
/// beside it, for nothing is free; the new holder's release finds the mark where others still wait.
///
/// # Orderings
///
/// Acquiring is an `Acquire` read-modify-write, releasing a `Release` one, on one word: what was written under the lock
/// happens before what the next holder reads. Where the lock is handed over, the queue's mutex says so: the releaser gives it up
/// after it has written, and the next holder takes it to be told. The marks themselves publish nothing and are `Relaxed`; that a
/// waiter's mark is seen in time is a matter of the queue's mutex, not of ordering.
pub(crate) struct RawLock {
    state: AtomicU8,
    waiters: Waiters,
    specification: LockSpecification,
}

impl RawLock {
    constructors! {
        pub(crate) fn new() -> Self {
            RawLock { state: AtomicU8::new(0), waiters: Waiters::new(), specification: LockSpecification::new() }
        }
    }

    /// Takes the lock if it is free. Never blocks.
    #[inline]
    #[track_caller]
    pub(crate) fn try_acquire(&self) -> bool {
        if let Some(specification) = self.specification.in_use() {
            return specification.try_acquire();
        }
        // Not a load first: a load may return an older value, and the try fail although the lock is free.
        let mut expected = 0;
        while let Err(state) = self.take(expected) {
            if state & LOCKED != 0 {
                return false;
            }
            expected = state;
        }
        true
    }

    /// Takes the lock where the word is `free`, with the mark or without; else says what it is.
    #[inline]
    fn take(&self, free: u8) -> Result<u8, u8> {
        self.state.compare_exchange(free, free | LOCKED, Acquire, Relaxed)
    }

    /// Takes the lock where the word is 0, or fails for no reason.
    #[inline]
    fn take_at_once(&self) -> bool {
        self.state.compare_exchange_weak(0, LOCKED, Acquire, Relaxed).is_ok()
    }

    /// Takes the lock, or gives up at the deadline; says which.
    #[inline]
    #[track_caller]
    pub(crate) fn acquire(&self, operation: &'static str, deadline: impl FnOnce() -> Deadline) -> bool {
        if let Some(specification) = self.specification.in_use() {
            return specification.acquire(deadline());
        }
        if self.take_at_once() {
            return true;
        }
        self.acquire_slow(operation, deadline())
    }

    #[cold]
    #[track_caller]
    fn acquire_slow(&self, operation: &'static str, deadline: Deadline) -> bool {
        if deadline == Deadline::Now {
            return self.try_acquire();
        }
        let (mut spin, mut place) = (Spin::for_turn(), Place::new());
        loop {
            // A look first, here where an older value does no harm: a read-modify-write that fails takes the word's cache
            // line from the holder all the same.
            let state = self.state.load(Relaxed);
            if state & LOCKED == 0 {
                if self.try_acquire() {
                    return true;
                }
                continue;
            }
            // Whoever finds others waiting waits too: spinning here would only keep the processor from the holder.
            if state == LOCKED
                && (spin.spin()
                    || self.state.compare_exchange(LOCKED, LOCKED | WAITERS, Relaxed, Relaxed).is_err())
            {
                continue;
            }
            let waiting = self.waiters.lock();
            if self.state.load(Relaxed) != LOCKED | WAITERS {
                continue;
            }
            sync::blocks(self, operation);
            match waiting.wait_for_turn(&mut place, deadline) {
                Turn::Handed => return true,
                Turn::Woken => spin = Spin::for_turn(),
                Turn::TimedOut => return self.try_acquire(),
            }
        }
    }

    /// Frees the lock, whoever holds it. False if nobody does.
    #[inline]
    #[track_caller]
    pub(crate) fn release(&self) -> bool {
        self.release_to(false)
    }

    /// Hands the lock over to the thread that has waited longest, or frees it where nobody waits, whoever holds it. False if
    /// nobody does.
    #[inline]
    #[track_caller]
    pub(crate) fn release_fair(&self) -> bool {
        self.release_to(true)
    }

    #[inline]
    #[track_caller]
    fn release_to(&self, fair: bool) -> bool {
        if let Some(specification) = self.specification.in_use() {
            return specification.release();
        }
        self.free() || self.release_slow(fair)
    }

    /// Frees the lock where nobody waits.
    #[inline]
    fn free(&self) -> bool {
        self.state.compare_exchange(LOCKED, 0, Release, Relaxed).is_ok()
    }

    #[cold]
    fn release_slow(&self, fair: bool) -> bool {
        loop {
            match self.state.load(Relaxed) {
                LOCKED => {
                    if self.free() {
                        return true;
                    }
                }
                state if state & LOCKED == 0 => return false,
                _ => {
                    let mut waiting = self.waiters.lock();
                    // Two threads may be releasing: only one of them frees the lock. While both marks are set, only the
                    // holder of the queue's mutex changes the word, so this look decides.
                    if self.state.load(Relaxed) != LOCKED | WAITERS {
                        continue;
                    }
                    let left = if waiting.hand_over(1, fair) == 1 {
                        LOCKED
                    } else {
                        waiting.wake(1);
                        0
                    };
                    let mark = if waiting.is_empty() { 0 } else { WAITERS };
                    self.state.store(left | mark, Release);
                    return true;
                }
            }
        }
    }

    /// Returns when another thread waits for this held lock and the last hand-over is long ago. In a model it may only be about to
    /// wait: says whether it does.
    #[cfg(test)]
    pub(crate) fn when_contended(&self) -> bool {
        while self.state.load(Relaxed) != LOCKED | WAITERS {
            sync::yield_now();
        }
        let waits = || !self.waiters.lock().is_empty();
        while cfg!(real_threads) && !waits() {
            sync::yield_now();
        }
        sync::sleep(Duration::from_millis(2));
        waits()
    }

    #[inline]
    pub(crate) fn is_locked(&self) -> bool {
        if let Some(specification) = self.specification.in_use() {
            return specification.is_locked();
        }
        self.state.load(Relaxed) & LOCKED != 0
    }
}

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
    lock: &'a Lock<T>,
    /// Absent only from [`suspend`](LockGuard::suspend) to [`resume`](LockGuard::resume).
    data: Option<MutPtr<T>>,
    site: Site,
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
    data: Option<MutPtr<T>>,
    lock: Arc<Lock<T>>,
    /// Whether the drop hands the lock over.
    fair: bool,
    site: Site,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Event, Thread};

    #[test]
    fn a_lock_is_as_new_when_nobody_waits_for_it_any_more() {
        sync::model(|| {
            let lock = Arc::new(Lock::new(()));
            lock.acquire();
            let other = Thread::new({
                let lock = lock.clone();
                move || {
                    lock.acquire();
                    lock.release().unwrap();
                }
            });
            other.start().unwrap();
            lock.release().unwrap();
            other.join().unwrap();
            assert_eq!(lock.raw.state.load(Relaxed), 0);
        });
    }

    /// A lock that this thread holds and another one waits for, or, in a model, is about to, as is said. That one releases it when the
    /// event is set.
    fn contended() -> (Arc<Lock>, Arc<Event>, Thread, bool) {
        let (lock, may) = (Arc::new(Lock::new(())), Arc::new(Event::new()));
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
        let waits = lock.raw.when_contended();
        (lock, may, other, waits)
    }

    #[test]
    fn a_fair_release_hands_the_lock_to_a_thread_that_waits() {
        sync::model(|| {
            let (lock, may, other, waits) = contended();
            lock.release_fair().unwrap();
            if waits {
                assert!(!lock.try_acquire(), "it was never free");
            }
            may.set();
            other.join().unwrap();
            assert_eq!(lock.raw.state.load(Relaxed), 0);
        });
    }

    #[test]
    fn a_guard_that_is_released_fair_hands_the_lock_to_a_thread_that_waits() {
        sync::model(|| {
            let (lock, may, other, waits) = contended();
            // SAFETY: `contended` has acquired it.
            LockGuard::release_fair(unsafe { lock.guard() });
            if waits {
                assert!(!lock.try_acquire(), "it was never free");
            }
            may.set();
            other.join().unwrap();
        });
    }

    #[test]
    fn an_owned_guard_that_is_released_fair_hands_the_lock_to_a_thread_that_waits() {
        sync::model(|| {
            let (lock, may, other, waits) = contended();
            OwnedLockGuard::release_fair(lock.owned_guard());
            if waits {
                assert!(!lock.try_acquire(), "it was never free");
            }
            may.set();
            other.join().unwrap();
        });
    }

    /// In a model that is explored both ways.
    #[cfg(real_threads)]
    #[test]
    fn a_release_hands_the_lock_to_a_thread_that_has_waited_long() {
        for _ in 0..10 {
            let (lock, may, other, _) = contended();
            lock.release().unwrap();
            assert!(!lock.try_acquire(), "it was never free");
            may.set();
            other.join().unwrap();
        }
    }
}
