//! Exploration on loom, the ecosystem's checker, and what a backend over loom has to tell it.
//!
//! loom stops at the first failing execution and unwinds out of it with the other threads half way through theirs; their
//! destructors call back into an execution that is over, panic a second time, and the process aborts. So an
//! exploration runs on an OS thread of its own; where it fails, it says so at once, and that thread goes to sleep
//! forever with everything that it holds, at the latest where it would touch the execution again. One sleeping thread
//! for each failed exploration is the price.
//!
//! Most failures are panics and are heard of in the panic hook. A deadlock must not come to that: loom notices it
//! inside its scheduler, where nothing can be unwound. So threads say when they [block](will_block), are
//! [woken](was_woken) and end ([`thread`]), and the one that leaves nobody to go on reports.

pub mod thread;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use crate::harness::{Failure, FailureKind, Limit, Progress, Report, Settings, Verdict};
use crate::report::Counterexample;
use crate::trace::{self, Execution, Place};

/// The most operations of one execution. More are taken for a loop that does not end, before loom's own limit on
/// accesses is reached, which is a panic inside its scheduler.
const MAX_STEPS: usize = 2_000;

/// loom's own limit; an operation is a handful of accesses.
const MAX_BRANCHES: usize = 50_000;

/// How often progress is told.
const TICK: Duration = Duration::from_millis(100);

/// What this OS thread does.
enum State {
    /// Nothing for an exploration.
    Outside,
    /// It explores.
    Exploring(Box<Run>),
    /// It explored, and the report is out.
    Over,
}

thread_local! {
    static STATE: RefCell<State> = const { RefCell::new(State::Outside) };
}

/// An exploration.
struct Run {
    settings: Settings,
    begin: Instant,
    executions: Arc<AtomicU64>,
    outcomes: BTreeMap<String, u64>,
    end: Sender<End>,
    /// Threads of the current execution that have begun and not ended.
    alive: usize,
    /// Those among them that wait for another to wake them.
    blocked: usize,
}

/// How an exploration ended.
struct End {
    verdict: Verdict,
    outcomes: BTreeMap<String, u64>,
    failing: Option<Execution>,
}

/// Says that the current thread is about to wait until another one wakes it.
///
/// Does not return when nobody is left to do that: the exploration has then failed with a deadlock.
pub fn will_block() {
    sleep_if_over();
    with_run(|run| run.blocked += 1);
    report_deadlock();
}

/// Says that a thread that [blocks](will_block) was woken.
pub fn was_woken() {
    with_run(|run| run.blocked -= 1);
}

/// Does not return when the exploration is over: a destructor that runs while a failure unwinds must not touch the
/// execution.
pub fn sleep_if_over() {
    if STATE.with_borrow(|state| matches!(state, State::Over)) {
        sleep_forever()
    }
}

/// loom's name for the thread that is running. Names are given out in the order of spawning.
pub(crate) fn current_thread() -> u64 {
    if STATE.with_borrow(|state| matches!(state, State::Exploring(_))) { loom_thread() } else { 0 }
}

/// Reports an execution that has become too long.
pub(crate) fn check_length(steps: usize) {
    if steps >= MAX_STEPS {
        conclude(Verdict::Incomplete(Limit::Steps(MAX_STEPS)), None);
        sleep_if_over();
    }
}

/// Explores `model` on a thread of its own.
pub(crate) fn explore(settings: &Settings, model: Arc<dyn Fn() + Send + Sync>) -> Report {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| match STATE.with_borrow(|s| matches!(s, State::Outside)) {
            true => before(info),
            false => panicked(info),
        }));
    });

    let begin = Instant::now();
    let executions = Arc::new(AtomicU64::new(0));
    let (end, ended) = channel();
    let run = Run {
        settings: settings.clone(),
        begin,
        executions: executions.clone(),
        outcomes: BTreeMap::new(),
        end,
        alive: 0,
        blocked: 0,
    };
    std::thread::Builder::new()
        .name("loom".to_owned())
        .spawn(move || run_loom(run, model))
        .expect("the operating system has a thread left");

    let End { verdict, outcomes, failing } = wait_for_end(&ended, settings, &executions, begin);
    let counterexample = match (&verdict, failing) {
        (Verdict::Failed(failure), Some(execution)) => {
            Some(Counterexample::unguided(failure.clone(), execution))
        }
        _ => None,
    };
    let failures = match &verdict {
        Verdict::Failed(failure) => BTreeMap::from([(failure.way(), 1)]),
        _ => BTreeMap::new(),
    };
    Report {
        engine: "loom",
        verdict,
        executions: executions.load(Ordering::Relaxed),
        blocked: 0,
        outcomes,
        abandoned: BTreeMap::new(),
        failures,
        counterexample,
        elapsed: begin.elapsed(),
        shard: None,
        symmetric: false,
        sampled: None,
        orderings: BTreeMap::new(),
        samples: Default::default(),
        size: Default::default(),
        // loom explores what implements the primitives.
        scope: crate::harness::Scope { specifications: false, ..crate::harness::Scope::of(settings) },
        others: Vec::new(),
        passing: None,
    }
}

fn wait_for_end(ended: &Receiver<End>, settings: &Settings, executions: &AtomicU64, begin: Instant) -> End {
    loop {
        match ended.recv_timeout(TICK) {
            Ok(end) => return end,
            Err(RecvTimeoutError::Timeout) => {
                if let Some(tell) = &settings.progress {
                    tell(Progress {
                        executions: executions.load(Ordering::Relaxed),
                        elapsed: begin.elapsed(),
                        explored: None,
                        estimate: None,
                    });
                }
            }
            Err(RecvTimeoutError::Disconnected) => unreachable!("every way out of `run_loom` sends the end"),
        }
    }
}

fn run_loom(run: Run, model: Arc<dyn Fn() + Send + Sync>) {
    let mut loom = loom::model::Builder::new();
    loom.max_threads = loom::MAX_THREADS;
    loom.max_branches = MAX_BRANCHES;
    loom.preemption_bound = run.settings.preemption_bound;
    // Ours are checked at every execution; loom's only at multiples of its checkpoint interval, and then they pass.
    loom.max_permutations = None;
    loom.max_duration = None;

    let bound = run.settings.preemption_bound;
    STATE.set(State::Exploring(Box::new(run)));
    loom.check(move || {
        next_execution();
        if catch_unwind(AssertUnwindSafe(|| model())).is_err() {
            sleep_forever();
        }
        thread::ended();
    });
    with_run(Run::count);
    let limit = bound.map(Limit::Preemptions);
    conclude(limit.map_or(Verdict::Verified, Verdict::Incomplete), None);
}

/// Counts the execution that ended, if one did, and stops where a limit is reached.
fn next_execution() {
    if let Some(limit) = with_run(Run::count).flatten() {
        conclude(Verdict::Incomplete(limit), None);
        sleep_forever()
    }
    with_run(|run| (run.alive, run.blocked) = (1, 0));
    trace::begin(true);
}

impl Run {
    /// Counts the execution that was recorded, if there is one. loom does not say when the threads that the model left
    /// behind have ended, so this is when the next execution begins.
    fn count(&mut self) -> Option<Limit> {
        let execution = trace::end()?;
        *self.outcomes.entry(execution.outcome()).or_default() += 1;
        let executions = self.executions.fetch_add(1, Ordering::Relaxed) + 1;
        let Settings { max_executions, max_duration, stop, .. } = &self.settings;
        let stops = stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed));
        max_executions
            .filter(|max| executions >= *max)
            .map(Limit::Executions)
            .or_else(|| stops.then_some(Limit::Stopped))
            .or_else(|| max_duration.filter(|max| self.begin.elapsed() >= *max).map(Limit::Duration))
    }
}

/// Applies `f` to the exploration that this OS thread runs, if it runs one.
fn with_run<R>(f: impl FnOnce(&mut Run) -> R) -> Option<R> {
    STATE.with_borrow_mut(|state| match state {
        State::Exploring(run) => Some(f(run)),
        _ => None,
    })
}

/// Ends the exploration, if it is not over already.
fn conclude(verdict: Verdict, failing: Option<Execution>) {
    if let State::Exploring(run) = STATE.replace(State::Over) {
        // The receiver is gone only when the process is going too.
        let _ = run.end.send(End { verdict, outcomes: run.outcomes, failing });
    }
}

/// Concludes with a failure of the current execution.
fn fail(failure: impl FnOnce(&Execution) -> Failure) {
    let execution = trace::end().unwrap_or_default();
    with_run(|run| run.executions.fetch_add(1, Ordering::Relaxed));
    conclude(Verdict::Failed(failure(&execution)), Some(execution));
}

/// The panic hook of an exploration.
fn panicked(info: &PanicHookInfo<'_>) {
    let message = trace::panic_message(info.payload());
    let kind = match classify(&message) {
        Some(kind) => kind,
        None => return conclude(Verdict::Incomplete(Limit::Steps(MAX_STEPS)), None),
    };
    // A panic of loom's own begins inside its scheduler: its place means nothing to a reader, and the scheduler cannot
    // be asked who is running.
    let place = info.location().filter(|l| !l.file().contains("loom-0.")).map(|l| Place {
        file: l.file().to_owned().leak(),
        line: l.line(),
        column: l.column(),
    });
    let running = place.map(|_| current_thread());
    fail(|execution| Failure {
        kind,
        message,
        thread: running.and_then(|id| execution.name_of(id)).map(str::to_owned),
        place,
    });
}

/// What loom's own panics mean; `None` for its limit on accesses.
fn classify(message: &str) -> Option<FailureKind> {
    Some(match message {
        m if m.contains("maximum number of branches") => return None,
        m if m.starts_with("deadlock;") => FailureKind::Deadlock,
        m if m.contains("Causality violation") => FailureKind::DataRace,
        m if m.contains("leaked") => FailureKind::Leak,
        m if m.contains("threads.len() < self.max()") => FailureKind::ModelLimit,
        _ => FailureKind::Panic,
    })
}

/// Fails if threads are left and each of them waits for another.
fn report_deadlock() {
    if with_run(|run| run.alive > 0 && run.blocked == run.alive) == Some(true) {
        fail(|execution| Failure {
            kind: FailureKind::Deadlock,
            message: execution.who_waits().unwrap_or_else(|| "no thread can go on".to_owned()),
            thread: None,
            place: None,
        });
        sleep_forever()
    }
}

fn loom_thread() -> u64 {
    number(loom::thread::current().id())
}

/// The number inside of loom's identity of a thread, which is private: its only rendering is `ThreadId(n)`.
fn number(id: loom::thread::ThreadId) -> u64 {
    let id = format!("{id:?}");
    id.bytes().filter(u8::is_ascii_digit).fold(0, |n, digit| n * 10 + u64::from(digit - b'0'))
}

fn sleep_forever() -> ! {
    loop {
        std::thread::park();
    }
}
