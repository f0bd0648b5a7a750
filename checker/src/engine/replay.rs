//! One execution again, from nothing: in the order of its events that reads best, or along a schedule.
//!
//! What is told of an execution that fails is what was seen on the way along its schedule. So a reader who has the schedule
//! sees the same.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::bug_key::bug_of;
use super::driver::{alone, first, leak, needs_weak_memory, quiet_panics};
use super::event::Kind;
use super::fiber::Job;
use super::guide::{Guide, Target, Turn};
use super::history::Judge;
use super::linearise::{Cost, Orders};
use super::run::Status;
use super::schedule::{self, Letter};
use super::work_sharing::Part;
use super::{Behaviour, Counted, End, Engine, Origin, Owned, Schedule, Stop, guard, links};
use crate::harness::{Failure, FailureKind, Limit, Report, Scope, Settings, Size, Verdict};
use crate::report::{Counterexample, Interleaving, Memory};
use crate::trace;

/// Graphs with more events than this get no schedule.
const LARGEST: usize = 250_000;

/// The most events that are replayed to find the schedule of one execution: it is begun again for each step that takes
/// another alternative than the engine's first.
const REPLAYED: usize = 20_000_000;

/// How many executions are tried to find one that does not fail.
const TRIES: usize = 200;

/// How easy an execution that fails is to follow, the easiest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// Whether no interleaving shows it.
    needs_weak_memory: bool,
    switches: u32,
    steps: usize,
    preemptions: u32,
}

impl Rank {
    /// Whether it is an interleaving with at most so many preemptions.
    pub(crate) fn is_within(&self, preemptions: usize) -> bool {
        !self.needs_weak_memory && self.preemptions as usize <= preemptions
    }
}

/// Executes a model along schedules, on an engine of its own.
pub(crate) struct Replayer<'a> {
    settings: &'a Settings,
    first: Job,
    pub(super) engine: Owned,
}

/// An execution along a schedule.
pub(crate) struct Replayed {
    pub(crate) end: End,
    pub(crate) execution: trace::Execution,
    pub(crate) schedule: Schedule,
}

impl<'a> Replayer<'a> {
    pub(crate) fn new(settings: &'a Settings, model: Arc<dyn Fn() + Send + Sync>, counted: &Counted) -> Self {
        let mut engine = Owned::new(settings);
        engine.engine().counted = counted.clone();
        let first = first(&model);
        // SAFETY: the engine is dropped with this, which borrows the settings.
        engine.engine().origin = Some(unsafe { Origin::new(settings, model) });
        Replayer { settings, first, engine }
    }

    /// Along a schedule.
    pub(crate) fn along(&mut self, schedule: &Schedule) -> Option<Replayed> {
        self.engine.engine().counted = schedule.counted.clone();
        self.tell(Guide::along(schedule))
    }

    /// `None` where the guide does not lead to its target.
    pub(super) fn tell(&mut self, guide: Guide) -> Option<Replayed> {
        let engine = self.engine.engine();
        engine.search.begin(Part::whole(self.settings.memory_model));
        engine.guide = Some(Box::new(guide));
        let mut replayed = 0;
        loop {
            trace::begin(true);
            let end = self.engine.execute(self.first.clone());
            let engine = self.engine.engine();
            let guide = engine.guide.as_mut().expect("there is a guide");
            match end {
                End::Stopped(Stop::Redirected) => {
                    let item = guide.redirect.take()?;
                    replayed += engine.search.current.graph.events.len();
                    let follows = guide.follows_schedule() || replayed <= REPLAYED;
                    if !follows || !engine.search.redirect(item) {
                        return None;
                    }
                }
                End::Stopped(Stop::Restart | Stop::Announce | Stop::Relearn) => {
                    engine.search.begin(Part::whole(self.settings.memory_model))
                }
                end => {
                    let schedule = Schedule { counted: engine.counted.clone(), steps: guide.done().to_vec() };
                    let lost = guide.lost && !guide.follows_schedule();
                    let execution = trace::end().unwrap_or_default();
                    return (!lost).then_some(Replayed { end, execution, schedule });
                }
            }
        }
    }

    /// How the execution that was told last failed, if it did.
    fn failure(&mut self, told: &Replayed) -> Option<Failure> {
        let mut failure = failure_of(self.engine.engine(), &told.end)?;
        if failure.kind == FailureKind::Deadlock {
            failure.message = told.execution.who_waits().unwrap_or(failure.message);
        }
        Some(failure)
    }

    /// Preemptions and switches of the execution that was told last, and whether it is an interleaving.
    fn cost(&mut self) -> (Cost, bool) {
        let Engine { search, run, guide, .. } = self.engine.engine();
        let graph = &search.current.graph;
        let then = guide.as_ref().and_then(|guide| guide.runs_at_the_end());
        let limit = graph.lengths();
        let ready = |t: u32| run.threads[t as usize].status == Status::Ready;
        let orders = Orders::new(graph, &limit, ready);
        (orders.cost(0..graph.len(), then), orders.interleaves())
    }

    fn counterexample(&mut self, failure: Failure, told: Replayed) -> Counterexample {
        let memory = self.cost().1.then_some(Memory::Any);
        let bug = bug_of(self.engine.engine(), &failure);
        let interleaving = self.interleaving(told, failure.kind == FailureKind::Livelock);
        Counterexample::new(failure, bug, memory, interleaving)
    }

    /// What was told last.
    pub(super) fn interleaving(&mut self, told: Replayed, spins: bool) -> Interleaving {
        let (cost, _) = self.cost();
        let links = links::of(&self.engine.engine().search.current.graph, &told.execution);
        Interleaving::new(told.execution, Some((told.schedule, cost)), links, spins)
    }

    /// How small the execution of `engine` is, which has just ended with a failure.
    pub(crate) fn rank(engine: &Engine, failure: &Failure) -> Option<Rank> {
        let graph = &engine.search.current.graph;
        if failure.kind == FailureKind::Nondeterminism || graph.events.len() > LARGEST {
            return None;
        }
        let named = |t: &&u32| Some(engine.name_of(**t)) == failure.thread;
        let past = graph.threads.iter().find(named).and_then(|thread| {
            let events = graph.lanes[*thread as usize].events.len() as u32;
            let mut past = graph.porf(graph.frontier(*thread, events)?).to_vec();
            past.truncate(graph.lanes.len());
            Some((past, Some(*thread).filter(|_| events == 0)))
        });
        let (limit, then) = past.unwrap_or_else(|| (graph.lengths(), None));
        let orders = Orders::new(graph, &limit, |t| goes_on(engine, &limit, t));
        let Cost { switches, preemptions } = orders.cost(orders.good(), then);
        let (needs_weak_memory, steps) = (!orders.interleaves(), orders.steps());
        Some(Rank { needs_weak_memory, switches, steps, preemptions })
    }

    /// An execution that does not fail and goes another way than `schedule` as late as any that is found.
    fn passing(&mut self, schedule: &Schedule) -> Option<Interleaving> {
        let spawn = Letter::of("spawn");
        let steps = &schedule.steps;
        let mut tries = 0;
        for at in (0..steps.len()).rev() {
            let begun = 1 + steps[..at].iter().filter(|step| step.letter == spawn).count() as u32;
            let others = (0..begun).filter(|thread| *thread != steps[at].thread).map(|thread| (thread, 0));
            let others = others.chain((steps[at].choice > 0).then_some((steps[at].thread, 0)));
            for (thread, choice) in others {
                tries += 1;
                if tries > TRIES {
                    return None;
                }
                let mut other = Schedule { steps: steps[..at].to_vec(), ..schedule.clone() };
                other.steps.push(schedule::Step { thread, letter: Letter::ANY, choice });
                let Some(told) = self.along(&other) else { continue };
                if told.end == End::Complete && self.failure(&told).is_none() {
                    return Some(self.interleaving(told, false));
                }
            }
        }
        None
    }

    /// The execution of `engine`, which has just ended with `failure`: what leads to it, in the order that reads best.
    pub(crate) fn failing(&mut self, engine: &Engine, failure: &Failure) -> Option<Counterexample> {
        let graph = &engine.search.current.graph;
        if failure.kind == FailureKind::Nondeterminism || graph.events.len() > LARGEST {
            return None;
        }
        // What others did after the failure is not told.
        self.engine.engine().run.keeps_going = false;
        let named = |t: &&u32| Some(engine.name_of(**t)) == failure.thread;
        for thread in graph.threads.iter().filter(named) {
            // What is not before the failure need not be told.
            let events = graph.lanes[*thread as usize].events.len() as u32;
            let Some(front) = graph.frontier(*thread, events) else { continue };
            let mut past = graph.porf(front).to_vec();
            past.truncate(graph.lanes.len());
            if let Some(told) = self.ordered(engine, &past, Some(*thread).filter(|_| events == 0))
                && let Some(again) = self.failure(&told)
                && (again.kind, &again.message, &again.thread)
                    == (failure.kind, &failure.message, &failure.thread)
            {
                return Some(self.counterexample(again, told));
            }
        }
        let all = graph.lengths();
        let told = self.ordered(engine, &all, None)?;
        let again = self.failure(&told).filter(|again| again.kind == failure.kind)?;
        Some(self.counterexample(again, told))
    }

    /// The schedule of the execution of `engine`, which has just ended.
    pub(crate) fn schedule(&mut self, engine: &Engine) -> Option<Schedule> {
        let graph = &engine.search.current.graph;
        if graph.events.len() > LARGEST {
            return None;
        }
        let all = graph.lengths();
        Some(self.ordered(engine, &all, None)?.schedule)
    }

    /// The first `limit` events of each lane of the execution of `engine` in the order that reads best, and `then` the thread
    /// of this lane, which has none.
    fn ordered(&mut self, engine: &Engine, limit: &[u32], then: Option<u32>) -> Option<Replayed> {
        let graph = &engine.search.current.graph;
        let order = Orders::new(graph, limit, |t| goes_on(engine, limit, t)).best();
        let order: Vec<_> = order.into_iter().map(Turn::Does).chain(then.map(Turn::Runs)).collect();
        self.tell(Guide::towards(&Target { graph, order: &order }))
    }

    /// The schedule of the execution of `engine` up to where the thread in `lane` is, which runs and has not come back. The
    /// model is not executed further than that.
    pub(crate) fn so_far(&mut self, engine: &Engine, lane: u32) -> Option<Schedule> {
        let graph = &engine.search.current.graph;
        if graph.events.len() > LARGEST {
            return None;
        }
        let mut limit = engine.run.done.clone();
        limit.resize(graph.lanes.len(), 0);
        // Since its last step nobody else has done anything.
        let done = &graph.lanes[lane as usize].events[..limit[lane as usize] as usize];
        let last = done.iter().rfind(|e| graph.at(**e).kind != Kind::UpdateWrite).copied();
        limit[lane as usize] = last.map_or(0, |last| graph.at(last).index);
        let order = Orders::new(graph, &limit, |t| goes_on(engine, &limit, t)).best();
        // Others that have begun and done nothing may hold what it waits for.
        let has_begun = |t: &u32| {
            let thread = &engine.run.threads[*t as usize];
            let waits = thread.place.is_some() && thread.status != Status::Finished;
            *t != lane && limit[*t as usize] == 0 && waits
        };
        let begun = graph.threads.iter().copied().filter(has_begun).map(Turn::Runs);
        let order: Vec<_> = order
            .into_iter()
            .map(Turn::Does)
            .chain(begun)
            .chain([last.map_or(Turn::Runs(lane), Turn::Does)])
            .collect();
        let told = self.tell(Guide::towards(&Target { graph, order: &order }).stopping())?;
        Some(told.schedule)
    }
}

/// Whether a thread could do more than its first `limit` events.
fn goes_on(engine: &Engine, limit: &[u32], thread: u32) -> bool {
    let events = engine.search.current.graph.lanes[thread as usize].events.len() as u32;
    limit[thread as usize] < events || engine.run.threads[thread as usize].status == Status::Ready
}

/// Looks for an execution that does not fail near the one that `found` tells, and puts it beside it.
pub(crate) fn beside(settings: &Settings, model: Arc<dyn Fn() + Send + Sync>, found: &mut Counterexample) {
    let Some(schedule) = found.schedule().cloned() else { return };
    let look = || Replayer::new(settings, model, &schedule.counted).passing(&schedule);
    found.beside(alone(look));
}

/// How an execution failed that ended in this way.
pub(super) fn failure_of(engine: &Engine, end: &End) -> Option<Failure> {
    let asymmetry = if matches!(end, End::Complete | End::Deadlock) { engine.asymmetry() } else { None };
    match end {
        _ if asymmetry.is_some() => asymmetry,
        End::Complete | End::Deadlock if let Some(judge) = &engine.run.judge => judged(engine, &**judge, end),
        End::Complete if let Some(leaked) = &engine.run.leaked => Some(leaked.clone()),
        // What was not dropped. Where there are daemons, they may hold it.
        End::Complete if engine.run.daemons => None,
        End::Complete => engine.run.leaks.first().map(leak),
        End::Deadlock => Some(Failure {
            kind: FailureKind::Deadlock,
            message: engine.who_waits(),
            thread: None,
            place: None,
        }),
        End::Stopped(Stop::Failed(failure)) => Some(failure.clone()),
        End::Stopped(_) => None,
    }
}

/// The failure of an execution whose calls the model's judge finds wrong. Who is blocked forever is the judge's business.
#[cold]
fn judged(engine: &Engine, judge: &dyn Judge, end: &End) -> Option<Failure> {
    let history = engine.run.calls.history(&engine.search.current.graph, *end == End::Deadlock);
    if let Some(message) = judge.judge(&history) {
        return Some(Failure { kind: FailureKind::NotLinearizable, message, thread: None, place: None });
    }
    let is_over = *end == End::Complete && !engine.run.daemons;
    is_over.then(|| engine.run.leaks.first().map(leak)).flatten()
}

/// Executes `model` along `schedule` alone.
pub(crate) fn replay(settings: &Settings, model: Arc<dyn Fn() + Send + Sync>, schedule: &Schedule) -> Report {
    quiet_panics();
    let replay = || {
        let begin = Instant::now();
        guard::is_over_at(begin, settings.max_duration);
        let mut teller = Replayer::new(settings, model.clone(), &Counted::default());
        let told = teller.along(schedule);
        let engine = teller.engine.engine();
        if let (Some(tell), Some(_)) = (&settings.behaviour, &told) {
            tell(&Behaviour::of(&engine.search.current.graph));
        }
        let mut report = Report {
            engine: "selvedge",
            verdict: Verdict::Incomplete(Limit::Replay),
            executions: 0,
            blocked: 0,
            outcomes: BTreeMap::new(),
            abandoned: BTreeMap::new(),
            failures: BTreeMap::new(),
            counterexample: None,
            elapsed: begin.elapsed(),
            shard: None,
            symmetric: false,
            sampled: None,
            orderings: BTreeMap::new(),
            samples: BTreeMap::new(),
            size: Size::default(),
            scope: Scope::of(settings),
            others: Vec::new(),
            passing: None,
        };
        let Some(told) = told else { return report };
        match teller.failure(&told) {
            Some(failure) => {
                report.executions = 1;
                report.failures.insert(failure.way(), 1);
                report.verdict = Verdict::Failed(failure.clone());
                let found = teller.counterexample(failure, told);
                report.counterexample = Some(needs_weak_memory::replayed(settings, model, found));
            }
            None if matches!(told.end, End::Complete) => {
                report.executions = 1;
                report.outcomes.insert(told.execution.clone().outcome(), 1);
                report.passing = Some(teller.interleaving(told, false));
            }
            None => report.blocked = 1,
        }
        report
    };
    alone(replay)
}
