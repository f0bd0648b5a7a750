//! The loop: execution after execution, on one OS thread.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::Job;
use super::estimate::Prober;
use super::locals;
use super::progress::Meter;
use super::tally::{self, Tally};
use crate::api::thread::run_to_end;
use crate::engine::explore::Search;
use crate::engine::replay::{Replayer, failure_of};
use crate::engine::work_sharing::Part;
use crate::engine::{Behaviour, End, Engine, Origin, Owned, Random, Stop, Task, fiber, guard, sharing};
use crate::harness::{Failure, FailureKind, Limit, Size};
use crate::trace;

/// How many executions are repeated at least of a model that may use chance, if need be one of them several times. Of two that a
/// hash map's random order decides, as many are alike as are not.
const REPEATED: u64 = 8;

/// Of a model that uses none, so many executions are explored before the next is repeated.
const SELDOM: u64 = 100;

/// A worker's engine, and what it has found in the part that it explores.
pub(super) struct Exploration<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) engine: Owned,
    first: fiber::Job,
    meter: &'a Meter,
    pub(super) tally: Tally,
    /// How many executions were repeated.
    repeated: u64,
    /// Whether the model may use chance: it has made or changed a thread-local. What a hash map begins with is in one, and so is
    /// what most libraries draw random numbers from.
    may_use_chance: bool,
    /// Whether the first execution is among those that are explored here.
    pub(super) begins: bool,
    /// Whether the caller hears of what is counted.
    pub(super) tells: bool,
    /// Who estimates how many executions there are, if it is done here.
    pub(super) prober: Option<Prober>,
    /// What draws the executions, where they are not all explored.
    pub(super) random: Option<Box<Random>>,
}

/// How far a part was explored.
pub(super) enum Explored {
    All(Tally),
    /// To where there were executions enough.
    UpTo(Box<Part>, Tally),
    /// Not to any place that matters.
    Void,
}

impl<'a> Exploration<'a> {
    pub(super) fn new(job: &'a Job<'a>, worker: usize) -> Self {
        let mut owned = Owned::new(job.settings);
        let engine = owned.engine();
        engine.counted = job.counted.clone();
        if job.announces {
            engine.announce();
        }
        engine.run.has_company = job.workers > 1;
        // SAFETY: the engine is dropped with this, which borrows the settings.
        engine.origin = Some(unsafe { Origin::new(job.settings, job.model.clone()) });
        engine.run.limits.deadline = job.settings.max_duration.and_then(|most| job.begin.checked_add(most));
        guard::is_over_at(job.begin, job.settings.max_duration);
        Exploration {
            job,
            engine: owned,
            first: first(&job.model),
            meter: job.meters.of(worker),
            tally: Tally::default(),
            repeated: 0,
            may_use_chance: false,
            begins: false,
            tells: true,
            prober: None,
            random: None,
        }
    }

    /// Explores a part. `between` is called between two executions, with what is left to do and what was found, and says
    /// whether to go on.
    pub(super) fn explore(
        &mut self,
        part: Part,
        before: Tally,
        mut between: impl FnMut(&mut Search, &Tally) -> bool,
    ) -> Explored {
        self.tally = before;
        // A part that became void says nothing.
        self.engine.engine().search.preemptions.left_out = false;
        let mut executes = part.executes;
        self.begins = part.is_whole();
        self.engine.engine().search.begin(part);
        loop {
            if !executes {
                if !self.engine.engine().search.next() {
                    return Explored::All(self.found());
                }
                if let Some(limit) = self.job.is_late().or_else(|| self.keeps_too_much()) {
                    self.tally.end = Some(tally::End::Limit(limit));
                    return Explored::All(self.found());
                }
            }
            if self.job.is_full() {
                let left = self.engine.engine().search.pause();
                return Explored::UpTo(Box::new(left), self.found());
            }
            executes = false;
            if self.prober.is_some() && self.job.meters.wants_estimate() {
                self.estimate();
            }
            self.explore_one();
            if self.tally.end.is_some() {
                return Explored::All(std::mem::take(&mut self.tally));
            }
            if !between(&mut self.engine.engine().search, &self.tally) {
                return Explored::Void;
            }
        }
    }

    fn keeps_too_much(&mut self) -> Option<Limit> {
        let search = &self.engine.engine().search;
        let place = search.keeps_too_much().then(|| search.most_frequent_call()).flatten()?;
        let events = search.current.graph.len().into();
        Some(Limit::Growing { events, place: place.into() })
    }

    /// What was found so far, which does not count any more.
    pub(super) fn found(&mut self) -> Tally {
        let mut found = std::mem::take(&mut self.tally);
        found.left_out |= std::mem::take(&mut self.engine.engine().search.preemptions.left_out);
        found
    }

    /// Executes the model along the present graph and adds what is seen to the tally.
    pub(super) fn explore_one(&mut self) {
        let end = self.execute(false);
        self.count(end);
    }

    /// Executes the model along the present graph. `record`: what each thread does is written down for a reader.
    pub(super) fn execute(&mut self, record: bool) -> End {
        trace::begin(record);
        self.engine.execute(self.first.clone())
    }

    /// Something is known now that the executions before did not know.
    pub(super) fn begins_again(&mut self) {
        self.tally.end = Some(tally::End::Restart);
        self.tally.counted = self.engine.engine().counted.clone();
    }

    pub(super) fn count(&mut self, end: End) {
        let is_sampled = self.random.is_some();
        self.tally.symmetric |=
            self.engine.engine().search.current.graph.symmetric_threads > 0 && !is_sampled;
        let failure = match &end {
            End::Complete | End::Deadlock | End::Stopped(Stop::Failed(_)) => {
                failure_of(self.engine.engine(), &end)
            }
            // What was drawn is no execution.
            End::Stopped(Stop::Inconsistent | Stop::Redirected) => {
                self.tally.blocked += u64::from(is_sampled);
                return;
            }
            End::Stopped(Stop::Restart) => return self.begins_again(),
            End::Stopped(Stop::Announce) => {
                self.tally.end = Some(tally::End::Announce);
                return;
            }
            End::Stopped(Stop::Relearn) => {
                self.tally.end = Some(tally::End::Relearn);
                return;
            }
            End::Stopped(Stop::TooLong(place)) => {
                let steps = self.engine.engine().run.limits.steps;
                self.tally.end = Some(tally::End::Limit(Limit::Loop { steps, place: *place }));
                return;
            }
            End::Stopped(Stop::Late) => {
                let limit = self.job.is_late().expect("its time is over, as that of the job");
                self.tally.end = Some(tally::End::Limit(limit));
                return;
            }
            End::Stopped(Stop::Unending(place)) => {
                self.tally.end = Some(tally::End::Limit(Limit::Unclear { place: *place }));
                return;
            }
            End::Stopped(Stop::Again) => unreachable!("it is run again at once"),
            End::Stopped(Stop::Unclear(place)) => {
                self.tally.unclear.get_or_insert(*place);
                self.tally.blocked += 1;
                self.tally.blocked_since += 1;
                return;
            }
            End::Stopped(Stop::Assumed) => {
                self.tally.blocked += 1;
                self.tally.blocked_since += 1;
                return;
            }
        };
        let search = &mut self.engine.engine().search;
        // Where threads go round forever, nobody does anything else.
        let goes_round = failure.as_ref().is_some_and(|f| f.kind == FailureKind::Livelock);
        let is_whole = goes_round || matches!(end, End::Complete | End::Deadlock);
        let is_asymmetric = failure.as_ref().is_some_and(|f| f.kind == FailureKind::Asymmetry);
        if is_whole && !is_asymmetric && !search.is_wanted(is_sampled) {
            self.tally.blocked += 1;
            self.tally.blocked_since += 1;
            return;
        }
        self.tally.executions += 1;
        self.tally.blocked_since = 0;
        self.meter.counted();
        if self.job.settings.max_executions.is_some() {
            self.job.executions.fetch_add(1, Ordering::Relaxed);
        }
        if !self.tally.shared {
            self.see_sharing();
        }
        if let Some(place) = self.engine.engine().seen_late() {
            self.tally.unclear.get_or_insert(place);
        }
        let graph = &self.engine.engine().search.current.graph;
        self.tally.size.see(Size { threads: graph.threads.len(), events: graph.len() as usize });
        if let Some(random) = &mut self.random {
            random.saw(graph);
        }
        let is_told = (self.job.settings.behaviour.is_some() || self.job.settings.schedule.is_some()) && {
            let behaviour = Behaviour::of(graph);
            let is_new = self.job.told.is_new(&behaviour);
            if let Some(tell) = self.job.settings.behaviour.as_ref().filter(|_| is_new && self.tells) {
                tell(&behaviour);
            }
            is_new
        };
        if end == End::Complete && self.engine.engine().abandons() {
            self.count_held();
        }
        let outcome = trace::outcome();
        if is_told {
            self.tell_schedule();
        }
        let mut failure = failure;
        if self.begins && self.tally.executions == 1 {
            let Engine { search, run, .. } = self.engine.engine();
            self.tally.only_observed =
                search.current.graph.is_only_observed() && !run.handles.were_looked_at();
        }
        // What runs on threads of its own runs once: nobody makes it do the same again.
        if failure.is_none() && !self.job.settings.unrepeated && !self.tally.only_observed {
            let repeats = self.repeats();
            failure = (0..repeats).find_map(|_| self.check_determinism(&outcome));
            self.repeated += repeats;
        }
        match failure {
            None => {
                if self.job.settings.samples && !self.tally.outcomes.contains_key(&outcome) {
                    self.sample_of(&outcome);
                }
                self.tally.saw(outcome);
            }
            Some(failure) if self.job.weighs => self.weigh(failure),
            Some(failure) => self.failed(failure),
        }
    }

    /// How often the execution that was just counted is made again: the first and the last once, and seldom one between. Where the
    /// model may use chance, the first few, then fewer and fewer, and the last as often as is left to [`REPEATED`]. Of a model with loops
    /// that wait, whose rounds are no events, the first alone.
    fn repeats(&mut self) -> u64 {
        let executions = self.tally.executions;
        let engine = self.engine.engine();
        let is_first = self.begins && executions == 1;
        if !engine.run.rounds.are_none() {
            return is_first.into();
        }
        let is_last = engine.search.has_nothing_left();
        // A thread-local that was made stays so.
        if is_last || executions.is_power_of_two() {
            self.may_use_chance = self.may_use_chance || !locals::are_as_they_were();
        }
        if !self.may_use_chance {
            return (is_first || is_last || executions > SELDOM && executions.is_power_of_two()).into();
        }
        if is_last {
            return REPEATED.saturating_sub(self.repeated).max(1);
        }
        (executions <= REPEATED || executions.is_power_of_two()).into()
    }

    /// Sees whether the execution that has ended has threads that have something in common.
    #[cold]
    fn see_sharing(&mut self) {
        let engine = self.engine.engine();
        self.tally.concurrent |= sharing::threads(&engine.search.current.graph) > 1;
        self.tally.shared = sharing::is_seen(engine);
    }

    /// Counts the failure, and keeps it if it is the first.
    #[cold]
    fn failed(&mut self, failure: Failure) {
        *self.tally.failures.entry(failure.way()).or_default() += 1;
        if self.tally.failure.is_some() {
            return;
        }
        let found = self.record(failure);
        // What a model does that changes from run to run says nothing about what is left.
        if !self.job.settings.keep_going || found.failure().kind == FailureKind::Nondeterminism {
            self.tally.end = Some(tally::End::Failure);
        }
        self.tally.failure = Some(found);
    }

    /// Counts what abandoned daemons hold.
    #[cold]
    fn count_held(&mut self) {
        for held in self.engine.engine().held_by_daemons() {
            *self.tally.abandoned.entry(held).or_default() += 1;
        }
    }

    /// Tells who wants to hear of it the schedule of the execution that has ended.
    #[cold]
    fn tell_schedule(&mut self) {
        let Some(tell) = &self.job.settings.schedule else { return };
        let engine = self.engine.engine();
        let mut replayer = Replayer::new(self.job.settings, self.job.model.clone(), &engine.counted);
        if let Some(schedule) = replayer.schedule(engine) {
            tell(&schedule);
        }
    }
}

impl Exploration<'_> {
    /// Keeps the schedule of the execution that has just ended, which shows `outcome`.
    #[cold]
    fn sample_of(&mut self, outcome: &str) {
        let engine = self.engine.engine();
        let mut replayer = Replayer::new(self.job.settings, self.job.model.clone(), &engine.counted);
        if let Some(schedule) = replayer.schedule(engine) {
            self.tally.samples.insert(outcome.to_owned(), schedule);
        }
    }
}

/// The model's first thread.
struct First(Arc<dyn Fn() + Send + Sync>);

impl Task for First {
    fn run(self: Arc<Self>) {
        run_to_end(|| {
            (self.0)();
            crate::api::lazy_static::shut_down();
        });
    }
}

/// What the model's first thread does, in every execution.
pub(in crate::engine) fn first(model: &Arc<dyn Fn() + Send + Sync>) -> fiber::Job {
    Arc::new(First(model.clone()))
}
