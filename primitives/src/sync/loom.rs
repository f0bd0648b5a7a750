//! The facade over loom.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use std::time::Instant;

use super::Identity;

pub(crate) use super::modelled::*;
pub(crate) use super::unspecified::{
    EventSpecification, LockSpecification, SemaphoreSpecification, joins_specified,
};
pub(crate) use loom::cell::{MutPtr, UnsafeCell};
#[cfg(test)]
pub(crate) use loom::model;
pub(crate) use loom::sync::atomic;
pub(crate) use loom::thread::yield_now;
use selvedge::upstream;

/// Declares constructors: not `const`, since loom's objects belong to an execution.
macro_rules! constructors {
    ($($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $ret:ty $body:block)*) => {
        $($(#[$meta])* $vis fn $name($($arg: $type),*) -> $ret $body)*
    };
}

/// Declares statics that are made anew in each execution, by dereference.
macro_rules! statics {
    ($($(#[$meta:meta])* static $name:ident: $type:ty = $init:expr;)*) => {
        ::loom::lazy_static! { $($(#[$meta])* static ref $name: $type = $init;)* }
    };
}

/// Declares thread-locals that are made anew in each execution.
macro_rules! thread_locals {
    ($($(#[$meta:meta])* static $name:ident: $type:ty = $init:expr;)*) => {
        ::loom::thread_local! { $($(#[$meta])* static $name: $type = $init;)* }
    };
}

pub(crate) use {constructors, statics, thread_locals};

/// When a wait gives up. There is no clock here: a deadline may pass at any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// It does not.
    Never,
    /// At once.
    Now,
    /// At some time.
    Later,
}

impl Deadline {
    pub(crate) fn after(timeout: Duration) -> Self {
        match timeout {
            Duration::ZERO => Deadline::Now,
            Duration::MAX => Deadline::Never,
            _ => Deadline::Later,
        }
    }

    pub(crate) fn until(_: Instant) -> Self {
        Deadline::Later
    }
}

/// A thread may be slow for any time wherever it is, so a sleep adds no behaviour.
pub(crate) fn sleep(_: Duration) {}

pub(super) struct Mutex<T>(loom::sync::Mutex<T>);

pub(super) type MutexGuard<'a, T> = loom::sync::MutexGuard<'a, T>;

impl<T> Mutex<T> {
    pub(super) fn new(value: T) -> Self {
        Mutex(loom::sync::Mutex::new(value))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, T> {
        upstream::sleep_if_over();
        self.0.lock().expect("loom's mutexes do not poison")
    }
}

pub(super) struct Condvar {
    condvar: loom::sync::Condvar,
    /// Whether a thread waits here that only a notification lets go on.
    blocks: Cell<bool>,
}

impl Condvar {
    pub(super) fn new() -> Self {
        Condvar { condvar: loom::sync::Condvar::new(), blocks: Cell::new(false) }
    }

    /// Wakes the one thread that waits.
    pub(super) fn notify(&self) {
        if self.blocks.replace(false) {
            upstream::was_woken();
            self.condvar.notify_one();
        }
    }

    /// Waits once. Returns whether there is reason to wait again: false when the deadline has passed.
    pub(super) fn wait<'a, T>(
        &self,
        mutex: &'a Mutex<T>,
        guard: MutexGuard<'a, T>,
        deadline: Deadline,
    ) -> (MutexGuard<'a, T>, bool) {
        if deadline == Deadline::Never {
            self.blocks.set(true);
            upstream::will_block();
            return (self.condvar.wait(guard).expect("loom's mutexes do not poison"), true);
        }
        // loom explores when the mutex is taken back: before or after whatever others do with it. So the deadline passes
        // before a wake-up in some executions and after it in others.
        drop(guard);
        (mutex.lock(), false)
    }
}

/// When a queue of waiting threads hands over: where that is asked for. loom has no clock, and nothing to choose by.
pub(super) struct Pace;

impl Pace {
    pub(super) fn new() -> Self {
        Pace
    }

    /// Whether that is `asked` for.
    pub(super) fn hands_over(&mut self, asked: bool) -> bool {
        asked
    }
}

/// Runs `body`, and then `end`, on a thread of the model, which `identity` then tells of.
///
/// loom gives the number only as it makes the thread, and lets nobody run in between.
pub(crate) fn spawn(
    name: &str,
    _daemon: bool,
    identity: Arc<Identity>,
    body: impl FnOnce() + Send + 'static,
    end: impl FnOnce() + Send + 'static,
) -> std::io::Result<()> {
    let name = name.to_owned();
    let thread = upstream::thread::spawn(move || {
        selvedge::trace::name_thread(&name);
        body();
        end();
    });
    identity.set_native(identity.ident_or(|| thread.identity() + 1));
    Ok(())
}

/// loom cannot abandon a thread: what belongs to an execution is gone when its main thread ends. So the end of a
/// program waits for its daemons as well, and a daemon that never ends is one that its model has to bound.
pub(crate) const ABANDONS_DAEMONS: bool = false;
