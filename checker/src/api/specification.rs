//! Specifications in the place of implementations, for models that are about something else.
//!
//! A primitive that is made of atomics has many behaviours of its own: a contended lock is taken on the fast path, after a
//! failed try, after a wait. A model that uses it multiplies them all. Where the implementation has been checked against
//! its specification by models of its own, a larger model can be explored over the specification instead
//! ([`Checker::specifications`](crate::Checker::specifications)): it has one behaviour for each order in which the requests are
//! served.
//!
//! A primitive offers this by keeping its specification beside its state, and asking it first wherever [`in_use`] says so.

use std::panic::Location;
use std::time::Duration;

use crate::engine::{self, Handle};
use crate::objects::{Call, Lock as Operation, Object};

/// Whether the model that is running is explored over specifications; false outside of a model.
pub fn in_use() -> bool {
    engine::in_model() && engine::with(|e| e.run.specified)
}

/// A lock that any thread may release. A release synchronises with the next acquisition.
///
/// Its methods are for threads of a model, while it is explored over specifications.
#[derive(Debug, Default)]
pub struct Lock {
    handle: Handle,
}

impl Lock {
    /// A free lock.
    pub const fn new() -> Self {
        Lock { handle: Handle::new() }
    }

    /// Waits until the lock is free and takes it.
    #[track_caller]
    pub fn acquire(&self) {
        self.ask(Operation::ACQUIRE, Location::caller());
    }

    /// Waits until the lock is free and takes it, or times out as [`Time`](crate::Time) says; says whether it has it.
    #[track_caller]
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let deadline = engine::with(|e| e.run.deadline(timeout));
        let call = Call { operation: Operation::ACQUIRE, argument: 0 };
        let acquired = engine::ask_within(&self.handle, Object::Lock, call, timeout, Location::caller()) == 1;
        if !acquired {
            engine::with(|e| e.run.waited_until(deadline));
        }
        acquired
    }

    /// Takes the lock if it is free when this is served, and says whether it did.
    #[track_caller]
    pub fn try_acquire(&self) -> bool {
        self.ask(Operation::TRY_ACQUIRE, Location::caller())
    }

    /// Frees the lock. False if nobody held it.
    #[track_caller]
    pub fn release(&self) -> bool {
        self.ask(Operation::RELEASE, Location::caller())
    }

    /// Whether somebody holds the lock.
    #[track_caller]
    pub fn is_locked(&self) -> bool {
        self.ask(Operation::IS_LOCKED, Location::caller())
    }

    fn ask(&self, operation: u8, place: &'static Location<'static>) -> bool {
        engine::ask(&self.handle, Object::Lock, Call { operation, argument: 0 }, place) == 1
    }
}
