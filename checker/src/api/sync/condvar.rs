//! `Condvar`.

use std::panic::Location;

use super::{LockResult, MutexGuard};
use crate::engine::{self, Handle};
use crate::objects::{Call, Condvar as Specification, Object};

/// As [`std::sync::Condvar`], without spurious wake-ups. Any waiter may be the one that is notified.
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
        // Whoever notifies after this notifies this thread too, whether it holds the lock or not.
        let call = Call { operation: Specification::ENLIST, argument: 0 };
        let enlisted = engine::call(|e| e.request(&self.handle, Object::Condvar, call, place));
        engine::call(|e| e.answer(enlisted));
        lock.release(place);
        engine::call(|e| e.woken(enlisted, place));
        engine::tell(place, "wait", || "notified".to_owned());
        lock.acquire(place)
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
