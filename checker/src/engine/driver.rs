//! From a model to a report.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{self, Location};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use super::{Behaviour, End, Owned, Random, Stop, in_model, with};
use crate::api::thread::run_to_end;
use crate::harness::{Failure, FailureKind, Limit, Progress, Report, Settings, Verdict};
use crate::report::Counterexample;
use crate::trace::{self, Place};

/// The most steps of one execution unless the model is given more: many times what can be explored, and little enough for
/// memory to hold where a loop does not end.
const MAX_STEPS: u64 = 200_000;

/// How often progress is told.
const TICK: Duration = Duration::from_millis(100);

/// Explores `model`, on an OS thread of its own: a fiber that is given up while it unwinds leaves its OS thread panicking.
pub(crate) fn explore(settings: &Settings, model: Arc<dyn Fn() + Send + Sync>) -> Report {
    quiet_panics();
    let executions = AtomicU64::new(0);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let begin = Instant::now();
        if let Some(tell) = &settings.progress {
            let (executions, over) = (&executions, &over);
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    std::thread::park_timeout(TICK);
                    tell(Progress {
                        executions: executions.load(Ordering::Relaxed),
                        elapsed: begin.elapsed(),
                    });
                }
            });
        }
        let executions = &executions;
        let explorer = scope.spawn(move || {
            let mut exploration = Exploration {
                settings,
                model,
                engine: Owned::new(settings.memory_model),
                begin,
                executions,
                blocked: 0,
                outcomes: BTreeMap::new(),
                failure: None,
                random: None,
            };
            exploration.random =
                settings.random.map(|(seed, executions)| Box::new(Random::new(seed, executions)));
            exploration.engine.engine().search.preemptions.bound = settings.preemption_bound;
            exploration.engine.engine().run.specified = settings.specifications;
            exploration.engine.engine().run.max_steps = settings.max_steps.unwrap_or(MAX_STEPS);
            exploration.run()
        });
        let report = explorer.join();
        // Whoever tells the progress waits for this, also where a callback panicked.
        over.store(true, Ordering::Relaxed);
        report.unwrap_or_else(|payload| panic::resume_unwind(payload))
    })
}

struct Exploration<'a> {
    settings: &'a Settings,
    model: Arc<dyn Fn() + Send + Sync>,
    engine: Owned,
    begin: Instant,
    executions: &'a AtomicU64,
    blocked: u64,
    outcomes: BTreeMap<String, u64>,
    failure: Option<(Failure, trace::Execution)>,
    /// What draws the executions, where they are not all explored.
    random: Option<Box<Random>>,
}

impl Exploration<'_> {
    fn run(mut self) -> Report {
        let verdict = loop {
            if !self.goes_on() {
                break None;
            }
            let end = if self.random.is_some() { self.sample() } else { self.execute(false) };
            self.count(end);
            // What a model does that changes from run to run says nothing about what is left.
            let ends = |(failure, _): &(Failure, _)| {
                !self.settings.keep_going || failure.kind == FailureKind::Nondeterminism
            };
            if self.failure.as_ref().is_some_and(ends) {
                break None;
            }
            if self.random.is_none() && !self.engine.engine().search.next() {
                break None;
            }
            if let Some(limit) = self.limit() {
                break Some(limit);
            }
        };
        // A model without an event but outcomes is no model of ours: it ran once, on whatever threads it started itself.
        let engine = if self.executions.load(Ordering::Relaxed) == 1
            && self.engine.engine().search.now.graph.is_only_observed()
        {
            "threads"
        } else {
            "selvedge"
        };
        let sampled = self.random.as_ref().map(|random| random.sample());
        let verdict = match (&self.failure, verdict) {
            (Some((failure, _)), _) => Verdict::Failed(failure.clone()),
            (None, Some(limit)) => Verdict::Incomplete(sampled.map_or(limit, Limit::Sampled)),
            (None, None) if engine == "threads" => Verdict::Incomplete(Limit::RealThreads),
            (None, None) if let Some(sample) = sampled => Verdict::Incomplete(Limit::Sampled(sample)),
            (None, None) if self.engine.engine().search.preemptions.left_out => {
                Verdict::Incomplete(Limit::Preemptions(self.settings.preemption_bound.unwrap_or(0)))
            }
            (None, None) => Verdict::Verified,
        };
        Report {
            engine,
            verdict,
            executions: self.executions.load(Ordering::Relaxed),
            blocked: self.blocked,
            outcomes: self.outcomes,
            counterexample: self.failure.map(|(failure, execution)| Counterexample::new(failure, execution)),
            elapsed: self.begin.elapsed(),
            symmetric: sampled.is_none() && self.engine.engine().search.symmetric,
            sampled,
        }
    }

    /// Draws an execution.
    fn sample(&mut self) -> End {
        self.engine.engine().search.begin(self.settings.memory_model);
        loop {
            self.engine.engine().random = self.random.take();
            let end = self.execute(false);
            self.random = self.engine.engine().random.take();
            match (&end, &mut self.random) {
                (End::Stopped(Stop::Redirected), Some(random)) => {
                    random.follow(&mut self.engine.engine().search)
                }
                _ => return end,
            }
        }
    }

    /// Whether there is another execution to draw.
    fn goes_on(&mut self) -> bool {
        self.random.as_mut().is_none_or(|random| random.begin())
    }

    /// Executes the model along the present graph. `record`: what each thread does is written down for a reader.
    fn execute(&mut self, record: bool) -> End {
        trace::begin(record);
        let model = self.model.clone();
        self.engine.execute(Box::new(move || {
            run_to_end(|| {
                model();
                crate::api::lazy_static::shut_down();
            })
        }))
    }

    fn count(&mut self, end: End) {
        let search = &mut self.engine.engine().search;
        search.symmetric |= search.now.graph.members > 0;
        let is_whole = matches!(end, End::Complete | End::Deadlock);
        let asymmetry = if is_whole { self.engine.engine().asymmetry() } else { None };
        let is_wanted = |this: &mut Self| {
            let is_sampled = this.random.is_some();
            this.engine.engine().search.is_wanted(is_sampled)
        };
        if is_whole && asymmetry.is_none() && !is_wanted(self) {
            self.blocked += 1;
            return;
        }
        let failure = match end {
            _ if asymmetry.is_some() => asymmetry,
            End::Complete => self.engine.engine().run.leaks.first().map(leak),
            End::Deadlock => Some(self.deadlock()),
            End::Stopped(Stop::Failed(failure)) => Some(failure),
            // What was drawn is no execution, or has become another.
            End::Stopped(Stop::Inconsistent | Stop::Redirected) => {
                self.blocked += u64::from(self.random.is_some());
                return;
            }
            End::Stopped(Stop::Restart) => {
                let model = self.settings.memory_model;
                self.engine.engine().search.begin(model);
                (self.blocked, self.failure) = (0, None);
                self.outcomes.clear();
                self.executions.store(0, Ordering::Relaxed);
                if let Some(random) = &mut self.random {
                    random.forget();
                    return;
                }
                let end = self.execute(false);
                return self.count(end);
            }
            End::Stopped(Stop::Assumed) => {
                self.blocked += 1;
                return;
            }
        };
        self.executions.fetch_add(1, Ordering::Relaxed);
        if let Some(random) = &mut self.random {
            random.saw(&self.engine.engine().search.now.graph);
        }
        if let Some(tell) = &self.settings.behaviour {
            tell(&Behaviour::of(&self.engine.engine().search.now.graph));
        }
        let outcome = trace::end().unwrap_or_default().outcome();
        let first = self.executions.load(Ordering::Relaxed) == 1;
        let failure = failure.or_else(|| first.then(|| self.does_otherwise(&outcome))?);
        match failure {
            None => *self.outcomes.entry(outcome).or_default() += 1,
            Some(mut failure) if self.failure.is_none() => {
                // Once more along the same graph, and this time every step is written down.
                let end = self.execute(true);
                if !self.fails(&end) {
                    failure = Failure {
                        kind: FailureKind::Nondeterminism,
                        message: format!("it did not fail again along the same schedule: {failure}"),
                        ..failure
                    };
                }
                let told = trace::end().unwrap_or_default();
                if failure.kind == FailureKind::Deadlock {
                    failure.message = told.who_waits().unwrap_or(failure.message);
                }
                self.failure = Some((failure, told));
            }
            Some(_) => {}
        }
    }

    /// Executes the model once more along the graph of the first execution, and says where it does something else: a model
    /// that depends on what it did before is found out even if it has one execution alone.
    fn does_otherwise(&mut self, outcome: &str) -> Option<Failure> {
        let events = self.engine.engine().search.now.graph.len();
        if events == 0 {
            return None;
        }
        let end = self.execute(false);
        let again = trace::end().unwrap_or_default().outcome();
        let graph = &self.engine.engine().search.now.graph;
        let added = graph.events.get(events as usize).map(|e| e.place);
        let (message, thread, place) = match end {
            End::Complete if added.is_none() && again == outcome => return None,
            End::Stopped(Stop::Failed(failure)) if failure.kind == FailureKind::Nondeterminism => {
                return Some(failure);
            }
            End::Stopped(Stop::Failed(failure)) => (
                format!("it fails when it runs again along the same schedule: {}", failure.message),
                failure.thread,
                failure.place,
            ),
            _ => ("it does something else along the same schedule".to_owned(), None, added.map(Place::from)),
        };
        Some(Failure { kind: FailureKind::Nondeterminism, message, thread, place })
    }

    /// Whether an execution that failed before fails again. One that the model drops may have come to that first.
    fn fails(&mut self, end: &End) -> bool {
        match end {
            End::Complete | End::Deadlock if self.engine.engine().asymmetry().is_some() => true,
            End::Complete => self.engine.engine().run.leaks.first().is_some(),
            End::Deadlock | End::Stopped(Stop::Failed(_) | Stop::Assumed) => true,
            End::Stopped(Stop::Inconsistent | Stop::Restart | Stop::Redirected) => false,
        }
    }

    fn deadlock(&mut self) -> Failure {
        Failure {
            kind: FailureKind::Deadlock,
            message: self.engine.engine().who_waits(),
            thread: None,
            place: None,
        }
    }

    fn limit(&self) -> Option<Limit> {
        let executions = self.executions.load(Ordering::Relaxed);
        self.settings.max_executions.filter(|max| executions >= *max).map(Limit::Executions).or_else(|| {
            self.settings.max_duration.filter(|max| self.begin.elapsed() >= *max).map(Limit::Duration)
        })
    }
}

fn leak(place: &'static Location<'static>) -> Failure {
    let message = "what was made here is still there when the execution has ended".to_owned();
    Failure { kind: FailureKind::Leak, message, thread: None, place: Some(place.into()) }
}

thread_local! {
    /// Where the last panic of a model's thread began.
    static PANICKED_AT: std::cell::Cell<Option<Place>> = const { std::cell::Cell::new(None) };
}

/// Keeps the panics of models off the terminal: they are in the report.
fn quiet_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if in_model() {
                PANICKED_AT.set(info.location().map(|at: &Location<'_>| Place {
                    file: at.file().to_owned().leak(),
                    line: at.line(),
                    column: at.column(),
                }));
            } else {
                before(info);
            }
        }));
    });
}

/// A thread of the model ended with a panic.
pub(crate) fn panicked(payload: &(dyn Any + Send)) {
    let (message, place) = (trace::panic_message(payload), PANICKED_AT.take());
    with(|e| e.fail_at(FailureKind::Panic, message, place));
}
