//! What holds the lock of a condition, and waits and notifies.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use super::raw::RawCondition;
use crate::lock::{LockGuard, RELEASED_MEANWHILE};
use crate::lockable::Held;
use crate::rlock::RLockGuard;
use crate::sync::Deadline;
use crate::time::Instant;

/// The lock of a [`Condition`](super::Condition), and its data; dropping it releases the lock, or one level of an `RLock`.
///
/// # Panics
///
/// A lock without data can be [released](super::Condition::release) under its guard. Where nobody holds it then, or another thread its
/// `RLock`, a wait panics, and so does the drop, unless the thread is panicking already.
#[must_use = "the lock is released as soon as the guard is dropped"]
pub struct ConditionGuard<'a, G: Held> {
    pub(super) condition: &'a RawCondition,
    pub(super) held: G,
}

impl<G: Held> ConditionGuard<'_, G> {
    /// Gives the lock up, blocks until notified, and takes the lock back.
    #[track_caller]
    pub fn wait(&mut self) {
        self.wait_by("wait", Deadline::Never);
    }

    /// Gives the lock up, blocks until notified or until `timeout` is over, and takes the lock back, which may take longer;
    /// says whether it was notified.
    ///
    /// A zero timeout gives the others a chance at the lock. One that is too long for the clock, [`Duration::MAX`] among them,
    /// waits forever.
    #[track_caller]
    pub fn wait_timeout(&mut self, timeout: Duration) -> bool {
        self.wait_by("wait_timeout", Deadline::after(timeout))
    }

    /// As [`wait_timeout`](ConditionGuard::wait_timeout), until notified or until `deadline`.
    #[track_caller]
    pub fn wait_until(&mut self, deadline: Instant) -> bool {
        self.wait_by("wait_until", Deadline::until(deadline))
    }

    /// Waits until `predicate` holds. It is asked under the lock, first before any wait and then after each.
    #[track_caller]
    pub fn wait_for(&mut self, mut predicate: impl FnMut(&G::Target) -> bool) {
        while !predicate(&self.held) {
            self.wait_by("wait_for", Deadline::Never);
        }
    }

    /// Waits until `predicate` holds, or until `timeout` is over; returns what the predicate said last. It is asked under the
    /// lock, first before any wait and then after each, the one that timed out too.
    #[track_caller]
    pub fn wait_for_timeout(&mut self, timeout: Duration, predicate: impl FnMut(&G::Target) -> bool) -> bool {
        self.wait_for_by("wait_for_timeout", Deadline::after(timeout), predicate)
    }

    /// As [`wait_for_timeout`](ConditionGuard::wait_for_timeout), until `predicate` holds or until `deadline`.
    #[track_caller]
    pub fn wait_for_until(&mut self, deadline: Instant, predicate: impl FnMut(&G::Target) -> bool) -> bool {
        self.wait_for_by("wait_for_until", Deadline::until(deadline), predicate)
    }

    #[track_caller]
    fn wait_for_by(
        &mut self,
        operation: &'static str,
        deadline: Deadline,
        mut predicate: impl FnMut(&G::Target) -> bool,
    ) -> bool {
        while !predicate(&self.held) {
            if !self.wait_by(operation, deadline) {
                return predicate(&self.held);
            }
        }
        true
    }

    /// Wakes the `n` threads that have waited longest, or all where they are fewer. They return when they have the lock.
    #[inline]
    #[track_caller]
    pub fn notify(&mut self, n: usize) {
        self.condition.notify("notify", n);
    }

    /// Wakes the thread that has waited longest, if one waits: [`notify(1)`](ConditionGuard::notify), Python's `notify()`.
    #[inline]
    #[track_caller]
    pub fn notify_one(&mut self) {
        self.condition.notify("notify_one", 1);
    }

    /// Wakes all threads that wait. They return one after another, as they get the lock.
    #[inline]
    #[track_caller]
    pub fn notify_all(&mut self) {
        self.condition.notify("notify_all", usize::MAX);
    }

    #[track_caller]
    fn wait_by(&mut self, operation: &'static str, deadline: Deadline) -> bool {
        self.held.suspend();
        let notified = self.condition.wait(self.held.base(), operation, deadline);
        // Only a lock without data can be released under its guard. It is not this thread's then.
        let notified = notified.expect(RELEASED_MEANWHILE);
        self.held.resume();
        notified
    }
}

/// The guards that release a lock, and not those that are borrowed.
macro_rules! released_fair {
    ($Guard:ident) => {
        impl<T: ?Sized> ConditionGuard<'_, $Guard<'_, T>>
        where
            for<'g> $Guard<'g, T>: Held,
        {
            /// Releases the lock as the drop does, and where threads wait for it, the one that has waited longest has it at once:
            /// nobody who comes by can take it first. A thread that was notified waits for the lock.
            ///
            /// # Panics
            ///
            /// As the drop.
            #[track_caller]
            pub fn release_fair(guard: Self) {
                $Guard::release_fair(guard.held);
            }
        }
    };
}

released_fair!(LockGuard);
released_fair!(RLockGuard);

impl<G: Held> Held for ConditionGuard<'_, G> {
    type Base = G::Base;

    fn base(&self) -> &G::Base {
        self.held.base()
    }

    fn suspend(&mut self) {
        self.held.suspend();
    }

    fn resume(&mut self) {
        self.held.resume();
    }
}

impl<G: Held> Deref for ConditionGuard<'_, G> {
    type Target = G::Target;

    #[inline]
    fn deref(&self) -> &G::Target {
        &self.held
    }
}

impl<G: Held + DerefMut> DerefMut for ConditionGuard<'_, G> {
    #[inline]
    fn deref_mut(&mut self) -> &mut G::Target {
        &mut self.held
    }
}

impl<G: Held<Target: fmt::Debug>> fmt::Debug for ConditionGuard<'_, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
