//! Whether a failure needs weak memory: an execution that fails without it is easier to believe, and is told in its place.
//!
//! An execution that some interleaving shows answers that by itself. Where none does, the model is explored once more
//! under sequential consistency, up to a number of executions that is always the same: a report is the same to the byte.

use std::sync::Arc;

use super::tally::{End, Tally};
use super::{Job, progress, workers};
use crate::engine::MemoryModel;
use crate::harness::{FailureKind, Limit, Settings, Share};
use crate::report::{Counterexample, Memory};

/// How many executions are looked at.
const MOST: u64 = 10_000;

type Model = Arc<dyn Fn() + Send + Sync>;

/// `found`, or what fails alike without weak memory, and which of the two it is.
pub(super) fn found(settings: &Settings, model: Model, found: Counterexample) -> Counterexample {
    match judged(settings, model, &found) {
        (memory, Some(witness)) if witness.schedule().is_some() => witness.under(memory),
        (memory, _) => found.under(memory),
    }
}

/// `found`, of which it is said whether something fails alike without weak memory.
pub(in crate::engine) fn replayed(
    settings: &Settings,
    model: Model,
    found: Counterexample,
) -> Counterexample {
    let (memory, _) = judged(settings, model, &found);
    found.under(memory)
}

fn judged(
    settings: &Settings,
    model: Model,
    found: &Counterexample,
) -> (Option<Memory>, Option<Counterexample>) {
    let kind = found.failure().kind;
    let of_model =
        matches!(kind, FailureKind::Nondeterminism | FailureKind::ModelLimit | FailureKind::Schedule);
    if settings.memory_model == MemoryModel::Sc || of_model {
        return (None, None);
    }
    if found.memory().is_some() || found.schedule().is_none() {
        return (found.memory(), None);
    }
    let interleaved = Settings {
        memory_model: MemoryModel::Sc,
        max_executions: Some(MOST),
        max_duration: None,
        progress: None,
        keep_going: false,
        unrepeated: true,
        behaviour: None,
        schedule: None,
        replay: None,
        workers: None,
        share: Share::Whole,
        ..settings.clone()
    };
    let tally = explored(&interleaved, settings.memory_model, model);
    match (tally.failure, tally.end) {
        (Some(witness), _) if witness.failure().kind == kind => (Some(Memory::Any), Some(witness)),
        // Another bug, behind which this one may be found or not.
        (Some(_), _) => (None, None),
        (None, Some(End::Limit(Limit::Executions(n)))) => (Some(Memory::WeakAmong(n)), None),
        (None, _) => (Some(Memory::Weak), None),
    }
}

fn explored(settings: &Settings, told_under: MemoryModel, model: Model) -> Tally {
    let mut job = Job::new(settings, model);
    job.told_under = told_under;
    job.found(|job| progress::told(job, workers::explore)).0
}
