//! The facade over selvedge's engine.

use std::sync::Arc;

use super::Identity;

pub(crate) use super::modelled::*;
pub(crate) use selvedge::cell::{MutPtr, UnsafeCell};
#[cfg(test)]
pub(crate) use selvedge::model;
pub(crate) use selvedge::sync::atomic;
pub(crate) use selvedge::thread::yield_now;

/// Declares constructors: `const`, as the engine's are.
macro_rules! constructors {
    ($($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $ret:ty $body:block)*) => {
        $($(#[$meta])* $vis const fn $name($($arg: $type),*) -> $ret $body)*
    };
}

/// Declares statics that are made anew in each execution, whatever they are made of.
macro_rules! statics {
    ($($(#[$meta:meta])* static $name:ident: $type:ty = $init:expr;)*) => {
        ::selvedge::lazy_static! { $($(#[$meta])* static ref $name: $type = $init;)* }
    };
}

/// Declares thread-locals that are made anew in each execution.
macro_rules! thread_locals {
    ($($(#[$meta:meta])* static $name:ident: $type:ty = $init:expr;)*) => {
        ::selvedge::thread_local! { $($(#[$meta])* static $name: $type = $init;)* }
    };
}

pub(crate) use {constructors, statics, thread_locals};

pub(super) struct Mutex<T>(selvedge::sync::Mutex<T>);

pub(super) type MutexGuard<'a, T> = selvedge::sync::MutexGuard<'a, T>;

impl<T> Mutex<T> {
    pub(super) const fn new(value: T) -> Self {
        Mutex(selvedge::sync::Mutex::new(value))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().expect("a panic ends the execution, so nothing is poisoned")
    }
}

pub(super) struct Condvar(selvedge::sync::Condvar);

impl Condvar {
    pub(super) const fn new() -> Self {
        Condvar(selvedge::sync::Condvar::new())
    }

    /// Wakes the one thread that waits.
    pub(super) fn notify(&self) {
        self.0.notify_one();
    }

    /// Waits once. Returns whether there is reason to wait again: false when the deadline has passed.
    pub(super) fn wait<'a, T>(
        &self,
        mutex: &'a Mutex<T>,
        guard: MutexGuard<'a, T>,
        deadline: Deadline,
    ) -> (MutexGuard<'a, T>, bool) {
        if deadline == Deadline::Never {
            return (self.0.wait(guard).expect("a panic ends the execution, so nothing is poisoned"), true);
        }
        // It is explored when the mutex is taken back: before or after whatever others do with it. So the deadline passes
        // before a wake-up in some executions and after it in others.
        drop(guard);
        (mutex.lock(), false)
    }
}

/// Runs `body` on a thread of the model, which `identity` then tells of.
pub(crate) fn spawn(
    name: &str,
    identity: Arc<Identity>,
    body: impl FnOnce() + Send + 'static,
) -> std::io::Result<()> {
    let thread = selvedge::thread::Builder::new().name(name.to_owned()).spawn(body)?;
    identity.set_native(identity.ident_or(|| thread.thread().identity() + 1));
    Ok(())
}

/// The end of a program waits for its daemons: an execution ends when all of its threads have.
pub(crate) const ABANDONS_DAEMONS: bool = false;

/// The place of a lock's specification.
pub(crate) struct LockSpecification(selvedge::specification::Lock);

impl LockSpecification {
    pub(crate) const fn new() -> Self {
        LockSpecification(selvedge::specification::Lock::new())
    }

    /// The specification, where the model is explored over it and not over the implementation.
    pub(crate) fn in_use(&self) -> Option<&selvedge::specification::Lock> {
        selvedge::specification::in_use().then_some(&self.0)
    }
}
