//! As [`std::thread`]. A thread that nobody joins is given up where the test ends, as it is where a process ends.

use real::io;

pub use real::thread::*;

pub use selvedge::interpose::{sleep, yield_now};
pub use selvedge::thread::{
    AccessError, JoinHandle, LocalKey, Scope, ScopedJoinHandle, Thread, ThreadId, available_parallelism,
    current, panicking, park, park_timeout, park_timeout_ms, scope, sleep_ms,
};

/// As [`std::thread::spawn`].
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    Builder::new().spawn(f).expect("a thread of a model can always be begun")
}

/// As [`std::thread::Builder`].
#[derive(Debug)]
pub struct Builder(selvedge::thread::Builder);

impl Builder {
    /// As [`std::thread::Builder::new`].
    #[expect(clippy::new_without_default, reason = "std's has no Default either")]
    pub fn new() -> Self {
        Builder(selvedge::thread::Builder::new().daemon(true))
    }

    /// As [`std::thread::Builder::name`].
    pub fn name(self, name: real::string::String) -> Self {
        Builder(self.0.name(name))
    }

    /// As [`std::thread::Builder::stack_size`].
    pub fn stack_size(self, size: usize) -> Self {
        Builder(self.0.stack_size(size))
    }

    /// As [`std::thread::Builder::spawn`].
    ///
    /// # Errors
    ///
    /// Never: a thread of a model can always be begun.
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.0.spawn(f)
    }

    /// As [`std::thread::Builder::spawn_scoped`].
    ///
    /// # Errors
    ///
    /// Never, as of [`spawn`](Self::spawn).
    #[track_caller]
    pub fn spawn_scoped<'scope, 'env, F, T>(
        self,
        scope: &'scope Scope<'scope, 'env>,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        self.0.spawn_scoped(scope, f)
    }

    /// As [`std::thread::Builder::spawn_unchecked`].
    ///
    /// # Errors
    ///
    /// Never, as of [`spawn`](Self::spawn).
    ///
    /// # Safety
    ///
    /// As there: the thread ends before what it borrows.
    #[track_caller]
    pub unsafe fn spawn_unchecked<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send,
        T: Send,
    {
        // SAFETY: the caller's.
        unsafe { self.0.spawn_unchecked(f) }
    }
}
