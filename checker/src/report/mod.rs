//! One model of a finding, and its renderings.

mod effect;
mod interleaving;
mod json;
mod lanes;
mod operations;
mod source;
mod store;
mod story;
mod terminal;
mod text;

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Deref;

use crate::harness::{Failure, FailureKind};
use crate::trace::{Execution, Place};

pub use interleaving::Interleaving;
pub(crate) use interleaving::{Links, Sight};
pub use json::{SCHEMA, json};
pub use lanes::Lanes;
pub use source::Sources;
pub(crate) use store::Keeper;
pub use story::{BugClass, Story};
pub use terminal::Terminal;
pub(crate) use text::one_line;
pub use text::{ascii, wrapped};

/// An execution that fails: who did what in which order, and what then went wrong.
#[derive(Clone, Debug)]
pub struct Counterexample {
    failure: Failure,
    bug: Bug,
    memory: Option<Memory>,
    interleaving: Interleaving,
    passing: Option<Box<Interleaving>>,
}

/// What two executions have in common that fail by the same bug: how they fail and in which places, whatever the threads are
/// called that do it. Which places those are of a failure that is not in one line, the engine says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bug {
    pub(crate) kind: FailureKind,
    pub(crate) places: BTreeSet<Place>,
}

/// Whether a failure needs weak memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Memory {
    /// An interleaving fails, in which every read sees the latest write.
    Any,
    /// No interleaving fails: all were explored.
    Weak,
    /// None of so many interleavings fails; there are more.
    WeakAmong(u64),
}

impl Memory {
    /// The word for machines: `any`, `weak` or `weak-so-far`.
    pub fn word(self) -> &'static str {
        match self {
            Memory::Any => "any",
            Memory::Weak => "weak",
            Memory::WeakAmong(_) => "weak-so-far",
        }
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Memory::Any => f.write_str("also fails under sequential consistency"),
            Memory::Weak => f.write_str("fails only under weak memory"),
            Memory::WeakAmong(n) => {
                write!(f, "weak memory: none of {} interleavings fails", terminal::thousands(*n))
            }
        }
    }
}

impl Counterexample {
    pub(crate) fn new(
        failure: Failure,
        bug: Bug,
        memory: Option<Memory>,
        interleaving: Interleaving,
    ) -> Self {
        Counterexample { failure, bug, memory, interleaving, passing: None }
    }

    /// Of a failure before there is any execution.
    pub(crate) fn without_steps(failure: Failure) -> Self {
        Self::unguided(failure, Execution::default())
    }

    /// Of an execution that nothing replays.
    pub(crate) fn unguided(failure: Failure, execution: Execution) -> Self {
        let bug = Bug { kind: failure.kind, places: failure.place.into_iter().collect() };
        let spins = failure.kind == FailureKind::Livelock;
        Counterexample::new(failure, bug, None, Interleaving::new(execution, None, Links::default(), spins))
    }

    /// With what is known of whether it needs weak memory.
    pub(crate) fn under(self, memory: Option<Memory>) -> Self {
        Counterexample { memory, ..self }
    }

    /// With an execution that does not fail.
    pub(crate) fn beside(&mut self, passing: Option<Interleaving>) {
        self.passing = passing.map(Box::new);
    }

    /// What makes it the same bug as another.
    pub(crate) fn bug(&self) -> &Bug {
        &self.bug
    }

    /// Whether it needs weak memory, where that is known: not for a model that was explored under sequential consistency.
    pub fn memory(&self) -> Option<Memory> {
        self.memory
    }

    /// What went wrong.
    pub fn failure(&self) -> &Failure {
        &self.failure
    }

    /// Who did what in which order.
    pub fn interleaving(&self) -> &Interleaving {
        &self.interleaving
    }

    /// An execution that does not fail and parts from this one as late as any that was found, where
    /// [one was looked for](crate::Checker::nearest_passing).
    pub fn passing(&self) -> Option<&Interleaving> {
        self.passing.as_deref()
    }
}

impl Deref for Counterexample {
    type Target = Interleaving;

    fn deref(&self) -> &Interleaving {
        &self.interleaving
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render())
    }
}
