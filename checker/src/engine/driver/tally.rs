//! What was found in a part of an exploration.

use std::collections::BTreeMap;

use crate::engine::Schedule;
use crate::harness::{Failure, Limit, Size, add_counts};
use crate::report::Counterexample;
use crate::trace;

/// Why an exploration ends before everything was explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// At a failure.
    Failure,
    /// The model asks how many handles an `Arc` has: it begins again and counts drops.
    Restart,
    Limit(Limit),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) executions: u64,
    pub(super) blocked: u64,
    /// How many executions were blocked since the last that was counted.
    pub(super) blocked_since: u64,
    pub(super) outcomes: BTreeMap<String, u64>,
    /// What daemons still held at the end.
    pub(super) abandoned: BTreeMap<String, u64>,
    /// The first failure, and the execution that shows it.
    pub(super) failure: Option<Counterexample>,
    /// Whether the first execution did nothing but report to the observer.
    pub(super) only_observed: bool,
    /// Whether there are executions that need more preemptions than were asked for.
    pub(super) left_out: bool,
    /// Whether an execution had threads that are explored up to renaming.
    pub(super) symmetric: bool,
    /// The schedule of the first execution that shows each outcome, where that is wanted.
    pub(super) samples: BTreeMap<String, Schedule>,
    pub(super) size: Size,
    pub(super) end: Option<End>,
}

impl Tally {
    /// A failure before there is any execution.
    pub(super) fn failed(failure: Failure) -> Self {
        let failure = Some(Counterexample::new(failure, trace::Execution::default(), None, None));
        Tally { failure, end: Some(End::Failure), ..Tally::default() }
    }

    /// Adds what was found in the part that comes next.
    pub(super) fn merge(&mut self, next: Tally) {
        if self.executions == 0 {
            self.only_observed = next.only_observed;
        }
        self.blocked_since =
            if next.executions == 0 { self.blocked_since + next.blocked } else { next.blocked_since };
        self.executions += next.executions;
        self.blocked += next.blocked;
        add_counts(&mut self.outcomes, next.outcomes);
        add_counts(&mut self.abandoned, next.abandoned);
        self.left_out |= next.left_out;
        self.symmetric |= next.symmetric;
        for (outcome, schedule) in next.samples {
            self.samples.entry(outcome).or_insert(schedule);
        }
        self.size.see(next.size);
        self.failure = self.failure.take().or(next.failure);
        self.end = self.end.or(next.end);
    }

    /// Whether nothing that comes later counts.
    pub(super) fn is_last(&self) -> bool {
        matches!(self.end, Some(End::Failure | End::Restart))
    }
}
