//! One model of a finding, and its renderings.

mod effect;
mod json;
mod lanes;
mod source;
mod store;
mod story;
mod terminal;

use std::fmt;

use crate::engine::{Cost, Schedule};
use crate::harness::Failure;
use crate::trace::{Execution, Step};

pub use json::{SCHEMA, json};
pub use lanes::Lanes;
pub use source::Sources;
pub(crate) use store::stored;
pub use story::{BugClass, Story};
pub use terminal::Terminal;

/// An execution that fails: who did what in which order, and what then went wrong.
#[derive(Clone, Debug)]
pub struct Counterexample {
    failure: Failure,
    execution: Execution,
    schedule: Option<(Schedule, Cost)>,
}

impl Counterexample {
    pub(crate) fn new(failure: Failure, execution: Execution, schedule: Option<(Schedule, Cost)>) -> Self {
        Counterexample { failure, execution, schedule }
    }

    /// What went wrong.
    pub fn failure(&self) -> &Failure {
        &self.failure
    }

    /// The names of the threads; a [`Step`] counts into them.
    pub fn threads(&self) -> &[String] {
        &self.execution.threads
    }

    /// The operations in the order in which they took effect.
    pub fn steps(&self) -> &[Step] {
        &self.execution.steps
    }

    /// What [replays](crate::Checker::replay) this execution. `None` where nothing does: for a model that is found to be
    /// nondeterministic, for an execution of more than 250,000 events, and on loom.
    pub fn schedule(&self) -> Option<&Schedule> {
        self.schedule.as_ref().map(|(schedule, _)| schedule)
    }

    /// How often another thread goes on than the one before. No order of these steps is found that has fewer.
    pub fn switches(&self) -> Option<u32> {
        self.schedule.as_ref().map(|(_, cost)| cost.switches)
    }

    /// How many of the [switches](Self::switches) are away from a thread that could have gone on, and did not say by a
    /// [hint](crate::hint::spin_loop) that it waits.
    pub fn preemptions(&self) -> Option<u32> {
        self.schedule.as_ref().map(|(_, cost)| cost.preemptions)
    }

    /// The operations, which are the numbered steps, and not the accesses that they are made of; those too where there is
    /// nothing else, and a last access in which a thread waits for ever.
    pub(crate) fn operations(&self) -> Vec<usize> {
        let steps = self.steps();
        let everything = steps.iter().all(|s| s.inner);
        let last = |i: usize| !steps[i + 1..].iter().any(|s| s.thread == steps[i].thread);
        let told = |i: &usize| everything || !steps[*i].inner || (steps[*i].blocks && last(*i));
        (0..steps.len()).filter(told).collect()
    }

    /// The number of an operation, counted from 1; of a part of one, that of the operation.
    pub(crate) fn number_of(&self, step: usize) -> usize {
        let (operations, steps) = (self.operations(), self.steps());
        let same = |i: &usize| steps[*i].thread == steps[step].thread;
        let next = operations.iter().position(|i| *i >= step && same(i));
        let before = || operations.iter().rposition(|i| *i <= step && same(i));
        next.or_else(before).map_or(0, |at| at + 1)
    }

    /// The interleaving as lanes, one for each thread, with sources read from disk where they are found.
    pub fn render(&self) -> String {
        Lanes::new(self, &Sources::default()).to_string()
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render())
    }
}
