//! What the backends of the model-checking build have in common: every operation is recorded.

use std::fmt::Display;

use selvedge::trace::{self, Place};

pub(crate) use selvedge::trace::{blocks_on as blocks, panicked, part, step_on as step};

/// Every order is explored as it is: spinning would only repeat it.
pub(crate) struct Spin;

impl Spin {
    pub(crate) const fn new() -> Self {
        Spin
    }

    pub(crate) const fn for_turn() -> Self {
        Spin
    }

    pub(crate) const fn spent() -> Self {
        Spin
    }

    pub(crate) fn spin(&mut self) -> bool {
        false
    }
}

/// The first guess, right or wrong: whichever it is, a compare-and-swap finds out, and so both are explored.
pub(crate) struct Guess(usize);

impl Guess {
    pub(crate) const fn new(value: usize) -> Self {
        Guess(value)
    }

    pub(crate) fn get(&self) -> usize {
        self.0
    }

    pub(crate) fn set(&self, _value: usize) {}
}

/// A thread of a model is none of the operating system's: its number here stands in.
pub(crate) fn native_identity() -> u64 {
    thread_identity()
}

/// A thread of a model has the stack that its engine gives it.
pub(crate) fn set_stack_size(_bytes: usize) -> usize {
    0
}

/// A thread of a model has the stack that its engine gives it.
pub(crate) fn stack_size() -> usize {
    0
}

/// A thread of a model is none of the operating system's: nobody is to know it by another name.
pub(crate) fn name_native(_name: &str) {}

/// A number for the current thread that no other thread of this execution ever has; never 0.
pub(crate) fn thread_identity() -> u64 {
    trace::thread_identity() + 1
}

/// The place of a call whose end is to be recorded where no caller is known, as in a drop.
#[derive(Clone, Copy)]
pub(crate) struct Site(Place);

impl Site {
    #[track_caller]
    pub(crate) fn caller() -> Self {
        Site(Place::caller())
    }

    pub(crate) fn step<T: ?Sized>(self, object: *const T, operation: &'static str, result: impl Display) {
        trace::step_at(self.0, object, operation, result);
    }

    #[cfg(not(feature = "upstream-loom"))]
    pub(super) fn blocks<T: ?Sized>(self, object: *const T, operation: &'static str) {
        trace::blocks_at(self.0, object, operation);
    }
}
