//! The facade over selvedge's engine.

use std::sync::Arc;
use std::time::Duration;

use selvedge::Time;
pub(crate) use selvedge::time::Instant;
use selvedge::time::reading;

use super::Identity;

pub(crate) use super::modelled::*;
pub(crate) use super::specified::{
    EventSpecification, LockSpecification, SemaphoreSpecification, joins_specified,
};
pub(crate) use selvedge::cell::{MutPtr, UnsafeCell};
#[cfg(test)]
pub(crate) use selvedge::model;
pub(crate) use selvedge::sync::atomic;
pub(crate) use selvedge::thread::{sleep, yield_now};

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

/// When a wait gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// It does not.
    Never,
    /// At once.
    Now,
    /// At this time of the model's clock.
    At(Instant),
}

impl Deadline {
    pub(crate) fn after(timeout: Duration) -> Self {
        if timeout.is_zero() {
            return Deadline::Now;
        }
        Instant::now().checked_add(timeout).map_or(Deadline::Never, Deadline::At)
    }

    pub(crate) fn until(instant: Instant) -> Self {
        Deadline::At(instant)
    }
}

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
        const UNPOISONED: &str = "a panic ends the execution, so nothing is poisoned";
        let left = match deadline {
            Deadline::Never => return (self.0.wait(guard).expect(UNPOISONED), true),
            Deadline::Now => Duration::ZERO,
            Deadline::At(instant) => instant.saturating_duration_since(Instant::now()),
        };
        if reading() == Time::Virtual {
            let (guard, result) = self.0.wait_timeout(guard, left).expect(UNPOISONED);
            return (guard, !result.timed_out());
        }
        // In adversarial time it is explored when the mutex is taken back: before or after whatever others do with it. So the
        // deadline passes before a wake-up in some executions and after it in others.
        drop(guard);
        sleep(left);
        (mutex.lock(), false)
    }
}

/// When a queue of waiting threads hands over: whenever it may be, in some execution.
pub(super) struct Pace;

impl Pace {
    pub(super) const fn new() -> Self {
        Pace
    }

    /// Whether it is time to hand over, or that is `asked` for.
    pub(super) fn hands_over(&mut self, asked: bool) -> bool {
        asked || selvedge::choose(2) == 1
    }
}

/// Runs `body`, and then `end`, on a thread of the model, which `identity` then tells of.
pub(crate) fn spawn(
    name: &str,
    daemon: bool,
    identity: Arc<Identity>,
    body: impl FnOnce() + Send + 'static,
    end: impl FnOnce() + Send + 'static,
) -> std::io::Result<()> {
    let thread = selvedge::thread::Builder::new().name(name.to_owned()).daemon(daemon).spawn(move || {
        body();
        end();
    })?;
    identity.set_native(identity.ident_or(|| thread.thread().identity() + 1));
    Ok(())
}

/// An execution ends when all of its threads have that are no daemons.
pub(crate) const ABANDONS_DAEMONS: bool = true;
