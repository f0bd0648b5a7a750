//! `Condvar`.

use std::panic::Location;

use std::time::Duration;

use super::{LockResult, MutexGuard, PoisonError};
use crate::engine::{self, Asked, Handle, Spurious};
use crate::objects::{Call, Condvar as Specification, Object};

/// As [`std::sync::WaitTimeoutResult`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// As [`std::sync::WaitTimeoutResult::timed_out`].
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

/// As [`std::sync::Condvar`]. It wakes spuriously only where
/// [`Checker::spurious_wakeups`](crate::Checker::spurious_wakeups) lets it. Any waiter may be the one that is notified.
#[derive(Debug, Default)]
pub struct Condvar {
    handle: Handle,
}

impl Condvar {
    /// A condition variable without waiters.
    pub const fn new() -> Self {
        Condvar { handle: Handle::new() }
    }

    fn ask(&self, operation: u8, place: &'static Location<'static>) {
        engine::ask(&self.handle, Object::Condvar, Call { operation, argument: 0 }, place);
    }

    /// As [`std::sync::Condvar::wait`].
    #[track_caller]
    pub fn wait<'a, T: ?Sized>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        let place = Location::caller();
        let lock = guard.into_lock();
        let spurious = engine::is_spurious(Spurious::Wakeup, place);
        self.enlist(place);
        self.tell_waits("wait", place);
        lock.release(place);
        if spurious {
            self.wake_spuriously(place);
        } else {
            engine::call(|e| e.woken(place));
        }
        let how = if spurious { "spurious" } else { "notified" };
        engine::tell(place, &self.handle, "wait", || how.to_owned());
        lock.acquire(place)
    }

    /// A thread that notifies after this notifies this thread too, whether it holds the lock or not.
    fn enlist(&self, place: &'static Location<'static>) {
        let asked = self.asked(Specification::ENLIST, Duration::MAX, place);
        engine::call(|e| e.request(&asked));
        engine::call(|e| e.answer());
        engine::with(|e| e.run.enlists());
    }

    /// Leaves the waiters unnotified: who has been notified wakes for that, which is explored without this.
    fn wake_spuriously(&self, place: &'static Location<'static>) {
        engine::assume(!self.leave(Duration::ZERO, place));
    }

    /// Waits to be notified, or for so long; says whether it was notified.
    fn leave(&self, timeout: Duration, place: &'static Location<'static>) -> bool {
        let asked = self.asked(Specification::LEAVE, timeout, place);
        engine::call(|e| e.request(&asked));
        engine::call(|e| e.answer()) == 1
    }

    fn asked(&self, operation: u8, timeout: Duration, place: &'static Location<'static>) -> Asked<'_> {
        let call = Call { operation, argument: 0 };
        Asked { handle: &self.handle, object: Object::Condvar, call, timeout, place }
    }

    /// A thread that is enlisted waits, though it gives the lock back first.
    fn tell_waits(&self, operation: &'static str, place: &'static Location<'static>) {
        engine::tell_blocked(place, &self.handle, operation);
    }

    /// As [`std::sync::Condvar::wait_timeout`]. It times out as [`Time`](crate::Time) says, and never where it was
    /// notified before.
    #[track_caller]
    pub fn wait_timeout<'a, T: ?Sized>(
        &self,
        guard: MutexGuard<'a, T>,
        timeout: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let place = Location::caller();
        let lock = guard.into_lock();
        let spurious = engine::is_spurious(Spurious::Wakeup, place);
        self.enlist(place);
        self.tell_waits("wait_timeout", place);
        lock.release(place);
        let timed_out = if spurious {
            self.wake_spuriously(place);
            false
        } else {
            !self.leave(timeout, place)
        };
        if timed_out {
            engine::with(|e| e.run.waited(timeout));
        }
        engine::tell(place, &self.handle, "wait_timeout", || {
            if timed_out { "timed out" } else { "notified" }.to_owned()
        });
        match lock.acquire(place) {
            Ok(guard) => Ok((guard, WaitTimeoutResult(timed_out))),
            Err(poisoned) => Err(PoisonError::new((poisoned.into_inner(), WaitTimeoutResult(timed_out)))),
        }
    }

    /// As [`std::sync::Condvar::wait_timeout_ms`]: [`Condvar::wait_timeout`] with milliseconds, and true where it did not time out.
    #[track_caller]
    pub fn wait_timeout_ms<'a, T: ?Sized>(
        &self,
        guard: MutexGuard<'a, T>,
        ms: u32,
    ) -> LockResult<(MutexGuard<'a, T>, bool)> {
        match self.wait_timeout(guard, Duration::from_millis(ms.into())) {
            Ok((guard, result)) => Ok((guard, !result.timed_out())),
            Err(poisoned) => {
                let (guard, result) = poisoned.into_inner();
                Err(PoisonError::new((guard, !result.timed_out())))
            }
        }
    }

    /// As [`std::sync::Condvar::wait_timeout_while`].
    #[track_caller]
    pub fn wait_timeout_while<'a, T: ?Sized, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        timeout: Duration,
        mut condition: F,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)>
    where
        F: FnMut(&mut T) -> bool,
    {
        let begin = crate::time::Instant::now();
        loop {
            if !condition(&mut *guard) {
                return Ok((guard, WaitTimeoutResult(false)));
            }
            let Some(left) = timeout.checked_sub(begin.elapsed()).filter(|left| !left.is_zero()) else {
                return Ok((guard, WaitTimeoutResult(true)));
            };
            guard = self.wait_timeout(guard, left)?.0;
        }
    }

    /// As [`std::sync::Condvar::wait_while`].
    #[track_caller]
    pub fn wait_while<'a, T: ?Sized, F>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: F,
    ) -> LockResult<MutexGuard<'a, T>>
    where
        F: FnMut(&mut T) -> bool,
    {
        while condition(&mut *guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// As [`std::sync::Condvar::notify_one`].
    #[track_caller]
    pub fn notify_one(&self) {
        self.ask(Specification::NOTIFY_ONE, Location::caller());
    }

    /// As [`std::sync::Condvar::notify_all`].
    #[track_caller]
    pub fn notify_all(&self) {
        self.ask(Specification::NOTIFY_ALL, Location::caller());
    }
}
