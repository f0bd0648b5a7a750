//! One model of a finding, and its renderings.

mod effect;
mod json;
mod lanes;
mod operations;
mod source;
mod store;
mod story;
mod terminal;
mod text;

use std::fmt;

use crate::engine::{Cost, Schedule};
use crate::harness::{Failure, FailureKind};
use crate::trace::{Execution, Step};

pub use json::{SCHEMA, json};
pub use lanes::Lanes;
use operations::Operations;
pub use source::Sources;
pub(crate) use store::Keeper;
pub use story::{BugClass, Story};
pub use terminal::Terminal;
pub(crate) use text::{ascii, one_line};

/// An execution that fails: who did what in which order, and what then went wrong.
#[derive(Clone, Debug)]
pub struct Counterexample {
    failure: Failure,
    execution: Execution,
    schedule: Option<(Schedule, Cost)>,
    memory: Option<Memory>,
    operations: Operations,
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
            Memory::Any => f.write_str("fails without weak memory too"),
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
        execution: Execution,
        schedule: Option<(Schedule, Cost)>,
        memory: Option<Memory>,
    ) -> Self {
        let operations = Operations::of(&execution.steps, failure.kind == FailureKind::Livelock);
        Counterexample { failure, execution, schedule, memory, operations }
    }

    /// With what is known of whether it needs weak memory.
    pub(crate) fn under(self, memory: Option<Memory>) -> Self {
        Counterexample { memory, ..self }
    }

    /// Whether it needs weak memory, where that is known: not for a model that was explored under sequential consistency.
    pub fn memory(&self) -> Option<Memory> {
        self.memory
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

    /// The operations, which are the numbered steps, and not the accesses that they are made of.
    pub(crate) fn operations(&self) -> &[usize] {
        &self.operations.told
    }

    /// What is said of an operation that ends what comes again and again.
    pub(crate) fn again(&self, at: usize) -> Option<String> {
        let operations::Again { steps, times } = *self.operations.again.get(&at)?;
        let what = if steps == 1 { "the same".to_owned() } else { format!("these {steps} steps") };
        Some(format!("{what} again and again, {times} times"))
    }

    /// Whether a step comes again and again, and was told before.
    pub(crate) fn is_folded(&self, at: usize) -> bool {
        self.operations.folded.contains(&at)
    }

    fn is_part_of_wait(&self, at: usize) -> bool {
        self.operations.of_waits.contains(&at)
    }

    /// The thread's last operation.
    pub(crate) fn last_of(&self, thread: usize) -> Option<usize> {
        let steps = self.steps();
        self.operations().iter().copied().rfind(|i| steps[*i].thread == thread)
    }

    /// The operation with the name of its object: `goods.get`.
    pub(crate) fn call(&self, at: usize, sources: &Sources) -> String {
        let step = &self.steps()[at];
        match self.thing(at, sources) {
            Some(thing) => format!("{thing}.{}", step.operation),
            None => step.operation.to_owned(),
        }
    }

    /// What the source calls the object of a step, there or elsewhere.
    pub(crate) fn thing(&self, at: usize, sources: &Sources) -> Option<String> {
        let step = &self.steps()[at];
        if !self.is_part_of_wait(at)
            && let Some(name) = sources.receiver(step.place)
        {
            return Some(name);
        }
        let object = step.object?;
        let same = |i: &usize| self.steps()[*i].object == Some(object) && !self.is_part_of_wait(*i);
        (0..self.steps().len()).filter(same).find_map(|i| sources.receiver(self.steps()[i].place))
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
