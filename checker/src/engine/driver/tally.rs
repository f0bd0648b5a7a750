//! What was found in a part of an exploration.

use std::collections::BTreeMap;

use crate::engine::replay::Rank;
use crate::engine::{Counted, Schedule};
use crate::harness::{Failure, Limit, Size, add_counts};
use crate::report::{Bug, Counterexample};
use crate::trace::Place;

/// Why an exploration ends before everything was explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// At a failure.
    Failure,
    /// Drops of handles of an `Arc` matter that were not counted: it begins again and counts them.
    Restart,
    /// A writer may keep readers out while it waits: it begins again and explores that.
    Announce,
    /// It has learnt about a loop: it begins again.
    Relearn,
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
    /// How many executions fail in which way.
    pub(super) failures: BTreeMap<String, u64>,
    /// The first failure, and the execution that shows it.
    pub(super) failure: Option<Counterexample>,
    /// Of each bug the smallest execution that fails by it, where those are looked for.
    pub(super) bugs: Vec<(Rank, Counterexample)>,
    /// Whether the first execution did nothing but report to the observer.
    pub(super) only_observed: bool,
    /// Whether there are executions that need more preemptions than were asked for.
    pub(super) left_out: bool,
    /// Whether an execution had more than one thread.
    pub(super) concurrent: bool,
    /// Whether threads of an execution had something in common that the engine sees.
    pub(super) shared: bool,
    /// Whether an execution had threads that are explored up to renaming.
    pub(super) symmetric: bool,
    /// The schedule of the first execution that shows each outcome, where that is wanted.
    pub(super) samples: BTreeMap<String, Schedule>,
    pub(super) size: Size,
    /// Which drops are counted from here on, where it begins again.
    pub(super) counted: Counted,
    /// Where threads may go round forever, or not.
    pub(super) unclear: Option<Place>,
    pub(super) end: Option<End>,
}

impl Tally {
    /// A failure before there is any execution.
    pub(super) fn failed(failure: Failure) -> Self {
        let failures = BTreeMap::from([(failure.way(), 1)]);
        let failure = Some(Counterexample::without_steps(failure));
        Tally { failures, failure, end: Some(End::Failure), ..Tally::default() }
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
        add_counts(&mut self.failures, next.failures);
        self.left_out |= next.left_out;
        self.concurrent |= next.concurrent;
        self.shared |= next.shared;
        self.symmetric |= next.symmetric;
        for (outcome, schedule) in next.samples {
            self.samples.entry(outcome).or_insert(schedule);
        }
        self.size.see(next.size);
        self.counted.add(&next.counted);
        self.unclear = self.unclear.or(next.unclear);
        self.failure = self.failure.take().or(next.failure);
        for (rank, found) in next.bugs {
            self.keep_smallest(rank, found);
        }
        self.end = self.end.or(next.end);
    }

    /// Counts an execution with this outcome.
    pub(super) fn saw(&mut self, outcome: String) {
        // Many models tell nothing, which is before all else that can be told.
        if outcome.is_empty()
            && let Some(mut first) = self.outcomes.first_entry()
            && first.key().is_empty()
        {
            *first.get_mut() += 1;
            return;
        }
        *self.outcomes.entry(outcome).or_default() += 1;
    }

    /// How small the smallest execution is that fails by this bug.
    pub(super) fn smallest(&self, bug: &Bug) -> Option<Rank> {
        self.bugs.iter().find(|(_, known)| known.bug() == bug).map(|(rank, _)| *rank)
    }

    /// Keeps an execution that fails if none that is as small does so by the same bug.
    pub(super) fn keep_smallest(&mut self, rank: Rank, found: Counterexample) {
        match self.bugs.iter_mut().find(|(_, known)| known.bug() == found.bug()) {
            Some(known) if known.0 <= rank => {}
            Some(known) => *known = (rank, found),
            None => self.bugs.push((rank, found)),
        }
    }

    /// Whether nothing that comes later counts.
    pub(super) fn is_last(&self) -> bool {
        matches!(self.end, Some(End::Failure | End::Restart | End::Announce | End::Relearn))
    }
}
