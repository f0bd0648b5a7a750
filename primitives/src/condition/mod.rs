//! Waiting under a lock for what others do under it: Python's `threading.Condition`.

mod guard;
mod raw;

pub use guard::ConditionGuard;
use raw::RawCondition;

use std::fmt;
use std::ptr;
use std::time::Duration;

use crate::error::{NotOwner, OtherLock};
use crate::lockable::sealed::Base;
use crate::lockable::{Held, Lockable};
use crate::rlock::RLock;
use crate::sync::{self, Deadline, constructors};
use crate::time::Instant;

/// A place to wait, under a lock, until another thread has changed what the lock guards: Python's `threading.Condition`.
///
/// A condition is made over a [`Lock`](crate::Lock) or an [`RLock`], which it owns, with the data, or shares as a reference or
/// an [`Arc`](std::sync::Arc); several conditions may share one lock. It has two faces:
///
/// - [`lock`](Condition::lock) gives a [`ConditionGuard`], on which one waits and notifies, so that doing so without the lock
///   cannot be written;
/// - where the lock guards no data, the condition is [acquired](Condition::acquire) and [released](Condition::release) as in
///   Python, and waiting or notifying without the lock is [an error](NotOwner). A `Lock` does not know its holder:
///   there, as in Python, the error is raised only if nobody holds it.
///
/// A wait gives up the lock, all levels of an `RLock`, blocks until it is notified or its time is over, and takes the lock
/// back. So it returns holding the lock, timed out or not, and however long that takes. There are no spurious wake-ups;
/// but between the notify and the return other threads may have had the lock, so look again: `wait_for` does.
///
/// Threads are notified in the order in which they began to wait. Each then wants the lock as any other thread does, and as
/// [fairly](crate::Lock#fairness): at most half a millisecond for each thread before it, and what holders take.
///
/// A notify while nobody waits is one look at a flag. There is no poisoning: a panic in a predicate finds the lock held,
/// and the guard releases it.
///
/// Semantics: Python 3.13, `threading`, "Condition objects".
///
/// ```
/// use selvedge_primitives::{Condition, Lock};
///
/// static GOODS: Condition<Lock<Vec<u32>>> = Condition::over(Lock::new(Vec::new()));
///
/// std::thread::scope(|s| {
///     s.spawn(|| {
///         let mut goods = GOODS.lock();
///         goods.push(7);
///         goods.notify(1);
///     });
///     let mut goods = GOODS.lock();
///     goods.wait_for(|goods| !goods.is_empty());
///     assert_eq!(goods.pop(), Some(7));
/// });
/// ```
///
/// The face of Python's programs:
///
/// ```
/// use selvedge_primitives::Condition;
///
/// let condition = Condition::new();
/// assert!(condition.notify(1).is_err(), "not without the lock");
/// condition.acquire();
/// condition.notify_all()?;
/// condition.release()?;
/// # Ok::<(), selvedge_primitives::NotOwner>(())
/// ```
///
/// Two conditions over one lock:
///
/// ```
/// use selvedge_primitives::{Condition, Lock};
///
/// let buffer = Lock::new(Vec::new());
/// let not_full = Condition::over(&buffer);
/// let not_empty = Condition::over(&buffer);
///
/// let mut items = not_full.lock();
/// items.wait_for(|items| items.len() < 10);
/// items.push("first");
/// not_empty.with(&mut items)?.notify(1);
/// # Ok::<(), selvedge_primitives::OtherLock>(())
/// ```
pub struct Condition<L = RLock> {
    raw: RawCondition,
    lock: L,
}

/// What holding the lock of a condition over `L` looks like.
type Guard<'a, L> = <<L as Lockable>::Base as Base>::Guard<'a>;

impl Condition {
    constructors! {
        /// A condition over a reentrant lock of its own, as Python's default is.
        pub fn new() -> Self {
            Condition::over(RLock::new(()))
        }
    }
}

impl<L> Condition<L> {
    constructors! {
        /// A condition over `lock`: a [`Lock`](crate::Lock), an [`RLock`], or a reference or an `Arc` to one that is
        /// shared.
        pub fn over(lock: L) -> Self {
            Condition { raw: RawCondition::new(), lock }
        }
    }

    /// The lock, as it was given.
    pub fn source(&self) -> &L {
        &self.lock
    }

    /// The lock, as it was given; nobody waits any more.
    pub fn into_inner(self) -> L {
        self.lock
    }
}

impl<L: Lockable> Condition<L> {
    /// Blocks until the lock is free, or the calling thread's own `RLock`, and takes it.
    #[inline]
    #[track_caller]
    pub fn lock(&self) -> ConditionGuard<'_, Guard<'_, L>> {
        self.lock.base().acquire("lock", || Deadline::Never);
        sync::step(self.lock.base().object(), "lock", "");
        // SAFETY: acquired just above.
        unsafe { self.guard() }
    }

    /// Takes the lock if it is free, or the calling thread's own `RLock`; never blocks.
    #[inline]
    #[track_caller]
    pub fn try_lock(&self) -> Option<ConditionGuard<'_, Guard<'_, L>>> {
        let taken = self.lock.base().acquire("try_lock", || Deadline::Now);
        sync::step(self.lock.base().object(), "try_lock", taken);
        // SAFETY: acquired just above.
        if taken { Some(unsafe { self.guard() }) } else { None }
    }

    /// Blocks until the lock is free, or the calling thread's own `RLock`, and takes it, or gives up after `timeout`.
    ///
    /// A zero timeout is a poll. One that is too long for the clock, [`Duration::MAX`] among them, waits forever.
    #[inline]
    #[track_caller]
    pub fn lock_timeout(&self, timeout: Duration) -> Option<ConditionGuard<'_, Guard<'_, L>>> {
        let taken = self.lock.base().acquire("lock_timeout", || Deadline::after(timeout));
        sync::step(self.lock.base().object(), "lock_timeout", taken);
        // SAFETY: acquired just above.
        if taken { Some(unsafe { self.guard() }) } else { None }
    }

    /// As [`lock_timeout`](Condition::lock_timeout), or gives up at `deadline`. One that has passed is a poll.
    #[track_caller]
    pub fn lock_until(&self, deadline: Instant) -> Option<ConditionGuard<'_, Guard<'_, L>>> {
        let taken = self.lock.base().acquire("lock_until", || Deadline::until(deadline));
        sync::step(self.lock.base().object(), "lock_until", taken);
        // SAFETY: acquired just above.
        if taken { Some(unsafe { self.guard() }) } else { None }
    }

    /// Whether any thread holds the lock at this moment; by the time the caller looks, it may not. Of Python 3.14.
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn locked(&self) -> bool {
        let locked = self.lock.base().is_locked();
        sync::step(self.lock.base().object(), "locked", locked);
        locked
    }

    /// As [`locked`](Condition::locked), by the name that it would have in Rust.
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.locked()
    }

    /// Waits for, and notifies, this condition under a guard that holds its lock already: that of another condition over the
    /// same lock, or of the lock itself, which the guard may own. A predicate is given the guard.
    ///
    /// # Errors
    ///
    /// [`OtherLock`] if the guard holds another lock.
    #[inline]
    pub fn with<'g, G: Held<Base = L::Base>>(
        &'g self,
        held: &'g mut G,
    ) -> Result<ConditionGuard<'g, &'g mut G>, OtherLock> {
        if ptr::addr_eq(held.base(), self.lock.base()) {
            Ok(ConditionGuard { condition: &self.raw, held })
        } else {
            Err(OtherLock)
        }
    }

    /// # Safety
    ///
    /// The calling thread has acquired the lock and makes no other guard for that.
    #[inline]
    #[track_caller]
    unsafe fn guard(&self) -> ConditionGuard<'_, Guard<'_, L>> {
        // SAFETY: the caller's promise.
        let held = unsafe { self.lock.base().guard() };
        ConditionGuard { condition: &self.raw, held }
    }
}

/// The face of Python's programs: acquired here, released there.
impl<L: Lockable<Base: Base<Data = ()>>> Condition<L> {
    /// Blocks until the lock is free, or the calling thread's own `RLock`, and takes it.
    #[inline]
    #[track_caller]
    pub fn acquire(&self) {
        self.lock.base().acquire("acquire", || Deadline::Never);
        sync::step(self.lock.base().object(), "acquire", "");
    }

    /// Takes the lock if it is free, or the calling thread's own `RLock`, and says whether it did; never blocks.
    #[inline]
    #[track_caller]
    #[must_use = "whether it was acquired"]
    pub fn try_acquire(&self) -> bool {
        let taken = self.lock.base().acquire("try_acquire", || Deadline::Now);
        sync::step(self.lock.base().object(), "try_acquire", taken);
        taken
    }

    /// Blocks until the lock is free, or the calling thread's own `RLock`, and takes it, or gives up after `timeout`; says
    /// whether it has it.
    ///
    /// A zero timeout is a poll. One that is too long for the clock, [`Duration::MAX`] among them, waits forever.
    #[inline]
    #[track_caller]
    #[must_use = "whether it was acquired"]
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let taken = self.lock.base().acquire("acquire_timeout", || Deadline::after(timeout));
        sync::step(self.lock.base().object(), "acquire_timeout", taken);
        taken
    }

    /// As [`acquire_timeout`](Condition::acquire_timeout), or gives up at `deadline`. One that has passed is a poll.
    #[track_caller]
    #[must_use = "whether the lock was acquired"]
    pub fn acquire_until(&self, deadline: Instant) -> bool {
        let taken = self.lock.base().acquire("acquire_until", || Deadline::until(deadline));
        sync::step(self.lock.base().object(), "acquire_until", taken);
        taken
    }

    /// Releases the lock, or one level of an `RLock`.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] without the lock, as Python raises a `RuntimeError`.
    #[inline]
    #[track_caller]
    pub fn release(&self) -> Result<(), NotOwner> {
        let released = self.lock.base().release();
        sync::step(self.lock.base().object(), "release", if released { "" } else { "not owner" });
        if released { Ok(()) } else { Err(NotOwner) }
    }

    /// As [`release`](Condition::release), and where threads wait for the lock, the one that has waited longest has it at once: nobody
    /// who comes by can take it first. A thread that was notified waits for the lock.
    ///
    /// # Errors
    ///
    /// As [`release`](Condition::release).
    #[track_caller]
    pub fn release_fair(&self) -> Result<(), NotOwner> {
        let released = self.lock.base().release_fair();
        sync::step(self.lock.base().object(), "release_fair", if released { "" } else { "not owner" });
        if released { Ok(()) } else { Err(NotOwner) }
    }

    /// Gives the lock up, blocks until notified, and takes the lock back.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] without the lock, at once.
    #[track_caller]
    pub fn wait(&self) -> Result<(), NotOwner> {
        self.wait_by("wait", Deadline::Never).map(drop)
    }

    /// Gives the lock up, blocks until notified or until `timeout` is over, and takes the lock back, which may take longer;
    /// says whether it was notified.
    ///
    /// A zero timeout gives the others a chance at the lock. One that is too long for the clock, [`Duration::MAX`] among them,
    /// waits forever.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] without the lock, at once.
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool, NotOwner> {
        self.wait_by("wait_timeout", Deadline::after(timeout))
    }

    /// As [`wait_timeout`](Condition::wait_timeout), until notified or until `deadline`.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] without the lock, at once.
    #[track_caller]
    pub fn wait_until(&self, deadline: Instant) -> Result<bool, NotOwner> {
        self.wait_by("wait_until", Deadline::until(deadline))
    }

    /// Waits until `predicate` holds. It is asked under the lock, first before any wait and then after each.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] without the lock: at once, or when the predicate has released it.
    #[track_caller]
    pub fn wait_for(&self, mut predicate: impl FnMut() -> bool) -> Result<(), NotOwner> {
        self.owned("wait_for")?;
        while !predicate() {
            self.wait_by("wait_for", Deadline::Never)?;
        }
        Ok(())
    }

    /// Waits until `predicate` holds, or until `timeout` is over; returns what the predicate said last. It is asked under the
    /// lock, first before any wait and then after each, the one that timed out too.
    ///
    /// # Errors
    ///
    /// As [`wait_for`](Condition::wait_for).
    #[track_caller]
    pub fn wait_for_timeout(
        &self,
        timeout: Duration,
        predicate: impl FnMut() -> bool,
    ) -> Result<bool, NotOwner> {
        self.owned("wait_for_timeout")?;
        self.wait_for_by("wait_for_timeout", Deadline::after(timeout), predicate)
    }

    /// As [`wait_for_timeout`](Condition::wait_for_timeout), until `predicate` holds or until `deadline`.
    ///
    /// # Errors
    ///
    /// As [`wait_for`](Condition::wait_for).
    #[track_caller]
    pub fn wait_for_until(
        &self,
        deadline: Instant,
        predicate: impl FnMut() -> bool,
    ) -> Result<bool, NotOwner> {
        self.owned("wait_for_until")?;
        self.wait_for_by("wait_for_until", Deadline::until(deadline), predicate)
    }

    #[track_caller]
    fn wait_for_by(
        &self,
        operation: &'static str,
        deadline: Deadline,
        mut predicate: impl FnMut() -> bool,
    ) -> Result<bool, NotOwner> {
        while !predicate() {
            if !self.wait_by(operation, deadline)? {
                return Ok(predicate());
            }
        }
        Ok(true)
    }

    /// Wakes the `n` threads that have waited longest, or all where they are fewer. They return when they have the lock.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] without the lock; nobody is woken.
    #[inline]
    #[track_caller]
    pub fn notify(&self, n: usize) -> Result<(), NotOwner> {
        self.owned("notify")?;
        self.raw.notify("notify", n);
        Ok(())
    }

    /// Wakes the thread that has waited longest, if one waits: [`notify(1)`](Condition::notify), Python's `notify()`.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] without the lock; nobody is woken.
    #[inline]
    #[track_caller]
    pub fn notify_one(&self) -> Result<(), NotOwner> {
        self.owned("notify_one")?;
        self.raw.notify("notify_one", 1);
        Ok(())
    }

    /// Wakes all threads that wait. They return one after another, as they get the lock.
    ///
    /// # Errors
    ///
    /// [`NotOwner`] without the lock; nobody is woken.
    #[inline]
    #[track_caller]
    pub fn notify_all(&self) -> Result<(), NotOwner> {
        self.owned("notify_all")?;
        self.raw.notify("notify_all", usize::MAX);
        Ok(())
    }

    #[track_caller]
    fn wait_by(&self, operation: &'static str, deadline: Deadline) -> Result<bool, NotOwner> {
        self.owned(operation)?;
        // Of a lock that does not know its holder, somebody may have released it since.
        self.raw.wait(self.lock.base(), operation, deadline).ok_or(NotOwner)
    }

    #[inline]
    #[track_caller]
    fn owned(&self, operation: &'static str) -> Result<(), NotOwner> {
        if self.lock.base().is_held() {
            return Ok(());
        }
        sync::step(self.lock.base().object(), operation, "not owner");
        Err(NotOwner)
    }
}

impl Default for Condition {
    fn default() -> Self {
        Condition::new()
    }
}

impl<L: fmt::Debug> fmt::Debug for Condition<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition").field("lock", &self.lock).finish()
    }
}
