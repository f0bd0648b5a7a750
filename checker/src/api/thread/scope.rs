//! Threads that borrow.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::Arc;

use super::{JoinHandle, Packet, STACK, Thread, begin, join};
use crate::engine;

/// As [`std::thread::Scope`].
#[derive(Debug)]
pub struct Scope<'scope, 'env: 'scope> {
    threads: RefCell<Vec<Thread>>,
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// As [`std::thread::ScopedJoinHandle`].
pub struct ScopedJoinHandle<'scope, T> {
    thread: Thread,
    packet: Arc<dyn Packet<T>>,
    scope: PhantomData<&'scope ()>,
}

/// As [`std::thread::scope`]: joins all threads that were begun in it before it returns.
///
/// # Panics
///
/// With the panic of `f`; when a thread has panicked, where [panics reach `join`](crate::Checker::panics_reach_join), and
/// nobody has taken the panic by joining it; and outside of a model.
#[track_caller]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let place = Location::caller();
    let scope = Scope { threads: RefCell::default(), scope: PhantomData, env: PhantomData };
    let result = catch_unwind(AssertUnwindSafe(|| f(&scope)));
    let mut joined = 0;
    // A thread of the scope may begin others while it is joined.
    loop {
        let Some(thread) = scope.threads.borrow().get(joined).cloned() else { break };
        engine::join(thread.known.lane, thread.inner("joined").identity(), place);
        joined += 1;
    }
    let result = result.unwrap_or_else(|panic| resume_unwind(panic));
    let panicked = scope.threads.borrow().iter().any(|t| t.inner("joined").panicked.get());
    assert!(!panicked, "a scoped thread panicked");
    result
}

impl<'scope> Scope<'scope, '_> {
    /// As [`std::thread::Scope::spawn`].
    #[track_caller]
    pub fn spawn<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + 'scope,
        T: 'scope,
    {
        self.holds(begin(f, None, STACK, false, 0, Location::caller()))
    }

    /// The scope joins a thread that was begun in it.
    pub(super) fn holds<T>(&'scope self, begun: JoinHandle<T>) -> ScopedJoinHandle<'scope, T> {
        let JoinHandle { thread, packet } = begun;
        self.threads.borrow_mut().push(thread.clone());
        ScopedJoinHandle { thread, packet, scope: PhantomData }
    }
}

// SAFETY: as of a `JoinHandle`.
unsafe impl<T: Send> Send for ScopedJoinHandle<'_, T> {}
// SAFETY: as of a `JoinHandle`.
unsafe impl<T: Send> Sync for ScopedJoinHandle<'_, T> {}

impl<T> ScopedJoinHandle<'_, T> {
    /// As [`std::thread::ScopedJoinHandle::join`].
    #[track_caller]
    pub fn join(self) -> std::thread::Result<T> {
        join(&self.thread, &*self.packet, Location::caller())
    }

    /// As [`std::thread::ScopedJoinHandle::is_finished`]: whether the thread has ended. It does not synchronise with the
    /// end.
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        self.thread.has_ended()
    }

    /// As [`std::thread::ScopedJoinHandle::thread`].
    pub fn thread(&self) -> &Thread {
        &self.thread
    }
}

impl<T> std::fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ScopedJoinHandle").field("thread", &self.thread).finish_non_exhaustive()
    }
}
