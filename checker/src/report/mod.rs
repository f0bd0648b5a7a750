//! One model of a finding, and its renderings.

mod lanes;
mod source;

use std::fmt;

use crate::engine::{Cost, Schedule};
use crate::harness::Failure;
use crate::trace::{Execution, Step};

pub use lanes::Lanes;
pub use source::Sources;

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

    /// The interleaving as lanes, one for each thread, with sources read from disk where they are found, and the line that
    /// replays it.
    pub fn render(&self) -> String {
        self.tell(None)
    }

    /// As [`Counterexample::render`], with the name of the test that found it.
    pub(crate) fn tell(&self, test: Option<&str>) -> String {
        let mut told = Lanes::new(self, &Sources::default()).to_string();
        if let Some((schedule, cost)) = &self.schedule {
            let build = if cfg!(loom) { "RUSTFLAGS=\"--cfg loom\" " } else { "" };
            let test = test.map_or(String::new(), |test| format!(" {test}"));
            told += &format!("switches: {}, preemptions: {}; to replay:\n", cost.switches, cost.preemptions);
            told += &format!("  {build}SELVEDGE_REPLAY={schedule} cargo test{test}\n");
        }
        told
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render())
    }
}
