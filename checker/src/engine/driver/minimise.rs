//! The failing execution that is easiest to follow.
//!
//! The one that an exploration meets first is one of many. The executions with no preemption are explored once more, then
//! those with at most one, and so on: the ones with few switches are among the first of them. After the first bound under which
//! one fails by the same bug, the search goes on without a bound, for smaller ones and for other bugs. Of all that fail by the same
//! bug the one with the fewest switches is told, and of those the one with the fewest steps. All this is done up to a number
//! of executions, by one worker, so that the same is found each time and however many workers there are.

use std::sync::Arc;

use super::exploration::Exploration;
use super::tally::Tally;
use super::{Job, progress, workers};
use crate::engine::bug_key::bug_of;
use crate::engine::replay::Replayer;
use crate::harness::{Failure, FailureKind, Settings, Share};
use crate::report::{BugClass, Counterexample, Sources, Story};

/// How many executions are looked at.
const MOST: u64 = 1_000;

/// What takes more steps than this is told as it was found: its like would take as long each time.
const LONGEST: usize = 1_000;

/// The smallest execution that is found to fail as `found` does, and the smallest of each other bug that is met.
pub(super) fn found(
    settings: &Settings,
    model: &Arc<dyn Fn() + Send + Sync>,
    found: Counterexample,
    others: &mut Vec<Counterexample>,
) -> Counterexample {
    let of_model = matches!(found.failure().kind, FailureKind::Nondeterminism | FailureKind::ModelLimit);
    let steps = found.schedule().map_or(found.steps().len(), |schedule| schedule.steps());
    let is_short = steps <= LONGEST;
    // Who hears of every execution is not to hear of some again.
    let is_watched = settings.behaviour.is_some() || settings.schedule.is_some();
    let is_whole = matches!(settings.share, Share::Whole) && settings.random.is_none();
    if of_model || !is_short || is_watched || !is_whole {
        return found;
    }
    let mut left = MOST;
    let mut bugs = Tally::default();
    let least = |bugs: &Tally| bugs.smallest(found.bug());
    let most = found.preemptions().unwrap_or(0) as usize;
    let bounds = (0..=most).map(Some).chain([None]);
    for bound in bounds {
        // What is left of the search is for other bugs.
        if bound.is_some_and(|bound| bound > 0 && least(&bugs).is_some_and(|rank| rank.is_within(bound - 1)))
        {
            continue;
        }
        let bounded = Settings {
            preemption_bound: bound.into_iter().chain(settings.preemption_bound).min(),
            max_executions: Some(left),
            progress: None,
            keep_going: true,
            unrepeated: true,
            workers: None,
            samples: false,
            ..settings.clone()
        };
        let mut job = Job::new(&bounded, model.clone());
        job.weighs = true;
        let (tally, _) = job.found(|job| progress::told(job, workers::explore));
        left = left.saturating_sub(tally.executions + tally.blocked);
        let is_all = !tally.left_out && tally.end.is_none();
        tally.bugs.into_iter().for_each(|(rank, found)| bugs.keep_smallest(rank, found));
        if is_all || left == 0 {
            break;
        }
    }
    let (ours, theirs): (Vec<_>, Vec<_>) =
        bugs.bugs.into_iter().map(|(_, it)| it).partition(|it| it.bug() == found.bug());
    *others = theirs;
    let is_explained =
        |found: &Counterexample| Story::of(found, &Sources::default()).class != BugClass::Assertion;
    match ours.into_iter().find(|smallest| smallest.schedule().is_some()) {
        // One whose cause is known says more than a smaller one.
        Some(smallest) if is_explained(&smallest) || !is_explained(&found) => smallest,
        _ => found,
    }
}

impl Exploration<'_> {
    /// Keeps what has just failed if nothing that is as small fails by the same bug.
    pub(super) fn weigh(&mut self, failure: Failure) {
        let engine = self.engine.engine();
        let bug = bug_of(engine, &failure);
        let Some(rank) = Replayer::rank(engine, &failure) else { return };
        if self.tally.smallest(&bug).is_none_or(|known| rank < known) {
            let found = self.record(failure);
            self.tally.keep_smallest(rank, found);
        }
    }
}
