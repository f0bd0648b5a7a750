//! One model of a finding, and its renderings.

mod lanes;
mod source;

use std::fmt;

use crate::harness::Failure;
use crate::trace::{Execution, Step};

pub use lanes::Lanes;
pub use source::Sources;

/// An execution that fails: who did what in which order, and what then went wrong.
#[derive(Clone, Debug)]
pub struct Counterexample {
    failure: Failure,
    execution: Execution,
}

impl Counterexample {
    pub(crate) fn new(failure: Failure, execution: Execution) -> Self {
        Counterexample { failure, execution }
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
