//! From a model to a report.
//!
//! An [exploration](exploration) runs part after part of the tree of executions on a [`worker`]; the
//! [`pool`] shares parts out among the workers and keeps what they found in the order of one worker; the
//! [`tally`] of all parts, merged in that order, is the report. What is drawn at [`random`] has no parts. What goes wrong in an execution is told by [`failing`], how
//! far it all has come by [`progress`], of how much by [`estimate`]; [`minimise`] looks for a failure that is easier to follow.

mod estimate;
mod exploration;
mod failing;
mod locals;
mod minimise;
pub(super) mod needs_weak_memory;
mod pool;
mod progress;
mod random;
mod split;
mod tally;
mod worker;
mod workers;

use std::collections::{BTreeMap, BTreeSet};
use std::panic;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::work_sharing::Part;
use super::{Behaviour, Counted, MemoryModel, Stop};
use crate::harness::{Limit, Report, Sample, Scope, Settings, Shard, Share, Verdict, WorkItem};

use estimate::Prober;
use exploration::Exploration;
pub(super) use exploration::first;
pub(super) use failing::{PANICKED_AT, leak, quiet_panics};
pub(crate) use failing::{caught, panicked};
pub(super) use locals::own_local;
pub(crate) use locals::{blocks as thread_locals, blocks_of_others as thread_locals_of_others};
use progress::Meters;
use tally::{End, Tally};
pub(super) use worker::alone;

/// The most steps of one execution unless the model is given more: many times what can be explored, and little enough for
/// memory to hold where a loop does not end.
pub(super) const MAX_STEPS: u64 = 200_000;

/// What all workers share.
struct Job<'a> {
    settings: &'a Settings,
    /// Under which memory model a failure is told.
    told_under: MemoryModel,
    model: Arc<dyn Fn() + Send + Sync>,
    begin: Instant,
    workers: usize,
    meters: Meters,
    /// Executions that are counted, where there is a limit to them.
    executions: AtomicU64,
    /// Whether every drop of a handle of an `Arc` is an event.
    counted: Counted,
    /// Whether it is explored that writers keep readers out while they wait.
    announces: bool,
    /// Whether the smallest execution that fails by each bug is looked for.
    weighs: bool,
    told: Reported,
}

/// The executions that the caller has heard of, where it hears of each: of none twice because the exploration began again with
/// more knowledge of the model's loops.
#[derive(Default)]
struct Reported(Mutex<Heard>);

#[derive(Default)]
struct Heard {
    before: BTreeSet<Behaviour>,
    now: BTreeSet<Behaviour>,
}

impl Reported {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the caller is to hear of an execution of this behaviour: not the first time, if it has heard of one before the
    /// exploration began again.
    fn is_new(&self, behaviour: &Behaviour) -> bool {
        let heard = &mut *self.heard();
        heard.now.insert(behaviour.clone());
        !heard.before.remove(behaviour)
    }

    fn begins_again(&self) {
        let heard = &mut *self.heard();
        heard.before.append(&mut heard.now);
    }
}

impl<'a> Job<'a> {
    fn new(settings: &'a Settings, model: Arc<dyn Fn() + Send + Sync>) -> Self {
        let workers = match settings.workers {
            _ if settings.random.is_some() => 1,
            None => 1,
            Some(0) => progress::cores(),
            Some(workers) => workers,
        };
        Job {
            settings,
            told_under: settings.memory_model,
            model,
            begin: Instant::now(),
            workers,
            meters: Meters::new(workers),
            executions: AtomicU64::new(0),
            counted: match &settings.share {
                Share::Item(item) => item.counted.clone(),
                _ => Counted::default(),
            },
            announces: matches!(&settings.share, Share::Item(item) if item.announces),
            weighs: false,
            told: Reported::default(),
        }
    }

    /// What `explore` finds. Where the model turns out to be one for which more matters, it begins again: with more of the handles of
    /// `Arc`s and of the ends of threads as events; with writers that keep readers out, where that may matter. Where no time is left
    /// for that, what was found says nothing.
    fn found<T>(&mut self, explore: impl Fn(&Self) -> (Tally, T)) -> (Tally, T) {
        loop {
            let (tally, more) = explore(self);
            match tally.end {
                Some(End::Restart) => {
                    self.counted.add(&tally.counted);
                    self.told = Reported::default();
                }
                Some(End::Announce) => (self.announces, self.told) = (true, Reported::default()),
                Some(End::Relearn) => self.told.begins_again(),
                None | Some(End::Failure) if self.settings.learnt.wants_more_rounds() => {
                    self.told.begins_again();
                }
                _ => return (tally, more),
            }
            if let Some(limit) = self.is_late() {
                let Tally { executions, blocked, .. } = tally;
                let end = Some(End::Limit(limit));
                return (Tally { end, executions, blocked, ..Tally::default() }, more);
            }
        }
    }

    /// The most executions; the first is made whatever the limit.
    fn most(&self) -> Option<u64> {
        self.settings.max_executions.map(|most| most.max(1))
    }

    /// Whether as many executions as are wanted have been counted.
    fn is_full(&self) -> bool {
        self.most().is_some_and(|most| self.executions.load(Ordering::Relaxed) >= most)
    }

    fn is_late(&self) -> Option<Limit> {
        let stops = |stop: &Arc<AtomicBool>| stop.load(Ordering::Relaxed).then_some(Limit::Stopped);
        let late = self.settings.max_duration.filter(|max| self.begin.elapsed() >= *max);
        self.settings.stop.as_ref().and_then(stops).or(late.map(Limit::Duration))
    }
}

/// Explores `model`, on [workers](worker).
pub(crate) fn explore(settings: &Settings, model: Arc<dyn Fn() + Send + Sync>) -> Report {
    failing::quiet_panics();
    let mut job = Job::new(settings, model);
    let (tally, (shard, sampled)) = job.found(|job| {
        progress::told(job, |job| match settings.random {
            Some((seed, executions)) => {
                let (tally, sample) = random::draw(job, seed, executions);
                (tally, (None, Some(sample)))
            }
            None => {
                let (tally, shard) = workers::explore(job);
                (tally, (shard, None))
            }
        })
    });
    report(&job, tally, shard, sampled)
}

/// Takes the exploration of `model` apart: what was found meanwhile, and what is left.
pub(crate) fn split(
    settings: &Settings,
    wanted: usize,
    model: Arc<dyn Fn() + Send + Sync>,
) -> (Report, Vec<WorkItem>) {
    failing::quiet_panics();
    let mut job = Job::new(settings, model);
    let (tally, (shard, items)) = job.found(|job| {
        let (tally, shard, items) = split::items(job, wanted);
        (tally, (shard, items))
    });
    (report(&job, tally, Some(shard), None), items)
}

/// Estimates how many executions `model` has.
pub(crate) fn estimate(settings: &Settings, walks: u64, model: Arc<dyn Fn() + Send + Sync>) -> u64 {
    failing::quiet_panics();
    let mut job = Job::new(settings, model);
    loop {
        let walk = || {
            let mut exploration = Exploration::new(&job, job.workers);
            exploration.prober = Some(Prober::new(vec![Part::whole(settings.memory_model)], 0));
            exploration.walk_while(|made| made < walks);
            exploration.prober.expect("it walked")
        };
        let prober = worker::alone(walk);
        match &prober.begins_again {
            Some((Stop::Restart, counted)) => job.counted.add(counted),
            Some((Stop::Announce, _)) if !job.announces => job.announces = true,
            Some((Stop::Relearn, _)) => {}
            _ => return prober.estimate(),
        }
    }
}

fn report(job: &Job<'_>, mut tally: Tally, shard: Option<Shard>, sampled: Option<Sample>) -> Report {
    let mut others = Vec::new();
    tally.failure = tally.failure.map(|found| {
        let found = minimise::found(job.settings, &job.model, found, &mut others);
        needs_weak_memory::found(job.settings, job.model.clone(), found)
    });
    // A model without an event but outcomes is no model of ours: it ran once, on whatever threads it started itself.
    let engine = if tally.executions == 1 && tally.only_observed { "threads" } else { "selvedge" };
    let verdict = match (&tally.failure, tally.end) {
        (Some(found), _) => Verdict::Failed(found.failure().clone()),
        (None, Some(End::Limit(limit))) => Verdict::Incomplete(sampled.map_or(limit, Limit::Sampled)),
        (None, _) if engine == "threads" => Verdict::Incomplete(Limit::RealThreads),
        (None, _) if let Some(sample) = sampled => Verdict::Incomplete(Limit::Sampled(sample)),
        (None, _) if let Some(place) = tally.unclear => Verdict::Incomplete(Limit::Unclear { place }),
        (None, _) if tally.left_out => {
            Verdict::Incomplete(Limit::Preemptions(job.settings.preemption_bound.unwrap_or(0)))
        }
        (None, _) => match &shard {
            Some(_) if tally.concurrent && !tally.shared => Verdict::Incomplete(Limit::NothingShared),
            Some(shard) => Verdict::Incomplete(Limit::Shard { number: shard.number, of: shard.of }),
            None if tally.concurrent && !tally.shared => Verdict::Incomplete(Limit::NothingShared),
            None => Verdict::Verified,
        },
    };
    Report {
        engine,
        verdict,
        executions: tally.executions,
        blocked: tally.blocked,
        outcomes: tally.outcomes,
        abandoned: tally.abandoned,
        failures: tally.failures,
        counterexample: tally.failure,
        elapsed: job.begin.elapsed(),
        shard,
        symmetric: tally.symmetric,
        sampled,
        orderings: BTreeMap::new(),
        samples: tally.samples,
        size: tally.size,
        scope: Scope::of(job.settings),
        others,
        passing: None,
    }
}

/// What a thread returned, or its panic.
fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|payload| panic::resume_unwind(payload))
}
