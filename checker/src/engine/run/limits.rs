//! How long an execution may be.

use std::time::Instant;

/// After so many steps the clock is looked at.
const STEPS: u64 = 4096;

/// What an execution is stopped for in its midst.
pub(crate) struct Limits {
    /// The most steps.
    pub(crate) steps: u64,
    /// When the exploration is to be over. An execution of a stress test takes seconds, so it is not only looked at between two.
    pub(crate) deadline: Option<Instant>,
    /// After how many steps either is looked at next.
    pub(super) looks_at: u64,
}

impl Limits {
    pub(super) fn none() -> Self {
        Limits { steps: u64::MAX, deadline: None, looks_at: u64::MAX }
    }

    /// An execution begins.
    pub(super) fn begin(&mut self) {
        self.look_later(0);
    }

    /// After `steps`.
    pub(super) fn look_later(&mut self, steps: u64) {
        self.looks_at = if self.deadline.is_some() { self.steps.min(steps + STEPS) } else { self.steps };
    }

    pub(super) fn are_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}
