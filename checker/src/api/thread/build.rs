//! Threads that a [`Builder`] begins and that borrow.

use std::io;
use std::panic::Location;

use super::{Builder, JoinHandle, STACK, Scope, ScopedJoinHandle, begin};

impl Builder {
    /// As [`std::thread::Builder::spawn_scoped`]; never fails.
    #[track_caller]
    pub fn spawn_scoped<'scope, F, T>(
        self,
        scope: &'scope Scope<'scope, '_>,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + 'scope,
        T: 'scope,
    {
        let stack = self.stack_size.unwrap_or(STACK).max(STACK);
        Ok(scope.holds(begin(f, self.name, stack, self.daemon, 0, Location::caller())))
    }

    /// As [`std::thread::Builder::spawn_unchecked`]; never fails.
    ///
    /// # Safety
    ///
    /// As there: the thread ends before what it borrows.
    #[track_caller]
    pub unsafe fn spawn_unchecked<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T,
    {
        let stack = self.stack_size.unwrap_or(STACK).max(STACK);
        Ok(begin(f, self.name, stack, self.daemon, 0, Location::caller()))
    }
}
