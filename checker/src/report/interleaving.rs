//! One execution in one order of its steps, as a reader follows it.

use super::lanes::is_housekeeping;
use super::operations::{self, Operations};
use super::{Lanes, Sources};
use crate::engine::{Cost, Schedule};
use crate::trace::{Execution, Step};

/// Who did what in which order, in one execution.
#[derive(Clone, Debug)]
pub struct Interleaving {
    execution: Execution,
    schedule: Option<(Schedule, Cost)>,
    operations: Operations,
    links: Links,
}

/// What the engine knows of how the steps of an execution hang together, by their places among the steps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    /// For each step the steps of other threads that happen before it, and before no other step that does: what its own
    /// thread knew before is not said again.
    pub(crate) after: Vec<Vec<usize>>,
    /// For each step that reads, whose write it sees, where that is a step's.
    pub(crate) sees: Vec<Option<Sight>>,
}

/// A write that is seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sight {
    /// The step that wrote.
    pub(crate) write: usize,
    /// Whether it happens before what sees it.
    pub(crate) ordered: bool,
}

impl Interleaving {
    pub(crate) fn new(
        execution: Execution,
        schedule: Option<(Schedule, Cost)>,
        links: Links,
        spins: bool,
    ) -> Self {
        let operations = Operations::of(&execution.steps, spins);
        Interleaving { execution, schedule, operations, links }
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

    /// The operations of other threads that an operation happens after, by their numbers, without those that follow from
    /// others.
    pub(crate) fn after(&self, at: usize) -> Vec<usize> {
        let (steps, own) = (self.steps(), |i: &usize| self.steps()[*i].thread == self.steps()[at].thread);
        // What an operation is made of may be what makes it come after something.
        let earlier = &self.operations()[..self.operations().partition_point(|i| *i < at)];
        let before = earlier.iter().copied().rfind(own);
        let parts = (before.map_or(0, |i| i + 1)..steps.len().min(at + 1)).filter(own);
        let after = parts.filter_map(|i| self.links.after.get(i)).flatten();
        let mut numbers: Vec<_> = after.filter_map(|step| self.told_by(*step)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// The number of the operation whose write an operation sees.
    pub(crate) fn sees(&self, at: usize) -> Option<usize> {
        self.told_by(self.sight(at)?.write)
    }

    /// Whether an operation sees a write that does not happen before it.
    pub(crate) fn sees_unordered(&self, at: usize) -> bool {
        self.sight(at).is_some_and(|sight| !sight.ordered)
    }

    /// The write that a step sees. A step without an event of its own, such as an access of plain memory, sees none.
    pub(crate) fn sight(&self, at: usize) -> Option<Sight> {
        let (steps, done) = (self.steps(), &self.execution.done);
        let before = steps[..at].iter().rposition(|step| step.thread == steps[at].thread);
        let has_event = before.is_none_or(|before| done[before] < done[at]);
        self.links.sees.get(at).copied().flatten().filter(|_| has_event)
    }

    /// The number of the operation that a reader takes a step for: its own; that of the operation which it ends; else that of the
    /// last one before it, for what happens before the step happens after that.
    fn told_by(&self, step: usize) -> Option<usize> {
        let (operations, steps, done) = (self.operations(), self.steps(), &self.execution.done);
        let same = |i: &usize| steps[*i].thread == steps[step].thread;
        let at = operations.partition_point(|i| *i < step);
        let next = operations[at..].iter().position(same).map(|n| at + n);
        let next = next.filter(|n| done[operations[*n]] == done[step]);
        next.or_else(|| operations[..at].iter().rposition(same)).map(|at| at + 1)
    }

    /// What is said of an operation that ends what comes again and again.
    pub(crate) fn again(&self, at: usize) -> Option<String> {
        let operations::Again { steps, times } = *self.operations.again.get(&at)?;
        let what = if steps == 1 { "the same".to_owned() } else { format!("these {steps} steps") };
        Some(format!("{what} again and again, {times} times"))
    }

    /// Of how many operations a round is that comes again and again, and of which this is the last that is told.
    pub(crate) fn round(&self, at: usize) -> Option<usize> {
        self.operations.again.get(&at).map(|again| again.steps)
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

    /// A step as a reader is told it: `goods.get → 3`.
    pub fn text(&self, at: usize, sources: &Sources) -> String {
        let step = &self.steps()[at];
        let call = self.call(at, sources);
        // A thread is mostly called what the source calls it.
        let says_more = !call.to_lowercase().starts_with(&format!("{}.", step.result.to_lowercase()));
        match step.result.as_str() {
            "" => call,
            // The remark says what it has not seen.
            stale if stale.contains(" (stale") => {
                format!("{call} → {} (stale)", stale.split(" (stale").next().unwrap_or_default())
            }
            name if step.operation == "start" && !says_more && !name.is_empty() => call,
            result => format!("{call} → {result}"),
        }
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
    pub fn thing(&self, at: usize, sources: &Sources) -> Option<String> {
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
        let at = operations.partition_point(|i| *i < step);
        let next = operations[at..].iter().position(same).map(|n| at + n);
        next.or_else(|| operations[..at].iter().rposition(same)).map_or(0, |at| at + 1)
    }

    /// The number of the first operation that another interleaving of the same model does not have at the same place, or
    /// with another result.
    pub(crate) fn parts_from(&self, other: &Interleaving) -> usize {
        let told = |it: &Interleaving, i: usize| {
            let step = &it.steps()[i];
            (it.threads()[step.thread].clone(), step.operation, step.result.clone(), step.place)
        };
        let pairs = self.operations().iter().zip(other.operations());
        let same = pairs.take_while(|(ours, theirs)| told(self, **ours) == told(other, **theirs)).count();
        same + 1
    }

    /// Whether the step before `at` was its thread's last for now although the thread could go on.
    pub(crate) fn preempts(&self, at: usize) -> bool {
        let steps = self.steps();
        // The end of a thread's start is no choice of its own.
        let Some(before) = steps[..at].iter().rfind(|s| !is_housekeeping(s) && !s.place.is_of_rust()) else {
            return false;
        };
        before.thread != steps[at].thread
            && !before.blocks
            && steps[at..].iter().any(|s| s.thread == before.thread)
    }

    /// The interleaving as lanes, one for each thread, with sources read from disk where they are found.
    pub fn render(&self) -> String {
        Lanes::new(self, &Sources::default()).to_string()
    }
}
