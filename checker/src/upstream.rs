//! Exploration on loom, the ecosystem's checker.
//!
//! loom stops at the first failing execution and then unwinds every one of its threads, whose destructors call back
//! into an execution that is over: a second panic, and the process aborts. So a failure is taken where the panic begins,
//! in the panic hook, before anything unwinds: the report goes out, and the OS thread on which loom runs sleeps for ever
//! with everything that it held. One sleeping thread for each failed exploration is the price; a hook that is set
//! after that with `std::panic::set_hook` would wait for the sleeper, so set it before.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{self, PanicHookInfo};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use crate::harness::{Failure, FailureKind, Limit, Progress, Report, Settings, Verdict};
use crate::report::Counterexample;
use crate::trace::{self, Execution, Place};

/// loom allocates room for so many steps at once. More in one execution is a spin without end as far as it can tell.
const MAX_STEPS: usize = 50_000;

/// How often progress is told.
const TICK: Duration = Duration::from_millis(100);

/// The exploration that this OS thread runs.
struct Run {
    settings: Settings,
    begin: Instant,
    executions: Arc<AtomicU64>,
    outcomes: BTreeMap<String, u64>,
    end: Sender<End>,
}

/// How an exploration ended.
struct End {
    verdict: Verdict,
    outcomes: BTreeMap<String, u64>,
    failing: Option<Execution>,
}

thread_local! {
    static RUN: RefCell<Option<Run>> = const { RefCell::new(None) };
}

/// loom's name for the thread that is running. Names are given out in the order of spawning.
pub(crate) fn current_thread() -> u64 {
    if RUN.with_borrow(Option::is_some) { loom_thread() } else { 0 }
}

fn loom_thread() -> u64 {
    // The number inside is private; its only rendering is `ThreadId(n)`.
    let id = format!("{:?}", loom::thread::current().id());
    id.bytes().filter(u8::is_ascii_digit).fold(0, |n, digit| n * 10 + u64::from(digit - b'0'))
}

/// Explores `model` on a thread of its own.
pub(crate) fn explore(settings: &Settings, model: Arc<dyn Fn() + Send + Sync>) -> Report {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| match RUN.with_borrow_mut(Option::take) {
            Some(run) => fail(run, info),
            None => before(info),
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
    };
    std::thread::Builder::new()
        .name("loom".to_owned())
        .spawn(move || run_loom(run, model))
        .expect("the operating system has a thread left");

    let End { verdict, outcomes, failing } = wait_for_end(&ended, settings, &executions, begin);
    let counterexample = match (&verdict, failing) {
        (Verdict::Failed(failure), Some(execution)) => Some(Counterexample::new(failure.clone(), execution)),
        _ => None,
    };
    Report {
        engine: "loom",
        verdict,
        executions: executions.load(Ordering::Relaxed),
        blocked: 0,
        outcomes,
        counterexample,
        elapsed: begin.elapsed(),
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
    loom.max_branches = MAX_STEPS;
    loom.preemption_bound = run.settings.preemption_bound;
    // Ours are checked at every execution; loom's only at multiples of its checkpoint interval, and then they pass.
    loom.max_permutations = None;
    loom.max_duration = None;

    let bound = run.settings.preemption_bound;
    RUN.set(Some(run));
    loom.check(move || {
        next_execution();
        model();
    });
    if let Some(mut run) = RUN.take() {
        run.count();
        let verdict = bound.map_or(Verdict::Verified, |k| Verdict::Incomplete(Limit::Preemptions(k)));
        run.finish(verdict, None);
    }
}

/// Counts the execution that ended, if one did, and stops where a limit is reached.
fn next_execution() {
    let limit = RUN.with_borrow_mut(|run| run.as_mut().and_then(Run::count));
    match limit {
        None => trace::begin(),
        Some(limit) => {
            if let Some(run) = RUN.take() {
                run.finish(Verdict::Incomplete(limit), None);
            }
            sleep_for_ever()
        }
    }
}

impl Run {
    /// Counts the execution that was recorded, if there is one. loom says nothing when the threads that the model left
    /// behind have ended, so this is when the next execution begins.
    fn count(&mut self) -> Option<Limit> {
        let execution = trace::with(std::mem::take)?;
        *self.outcomes.entry(execution.outcome).or_default() += 1;
        let executions = self.executions.fetch_add(1, Ordering::Relaxed) + 1;
        let Settings { max_executions, max_duration, .. } = self.settings;
        max_executions
            .filter(|max| executions >= *max)
            .map(Limit::Executions)
            .or_else(|| max_duration.filter(|max| self.begin.elapsed() >= *max).map(Limit::Duration))
    }

    fn finish(self, verdict: Verdict, failing: Option<Execution>) {
        // The receiver is gone only when the process is going too.
        let _ = self.end.send(End { verdict, outcomes: self.outcomes, failing });
    }
}

/// The panic hook of an exploration: reports and never returns.
fn fail(run: Run, info: &PanicHookInfo<'_>) -> ! {
    let message = trace::panic_message(info.payload());
    // A panic of loom's own begins inside its scheduler: its place means nothing to a reader, and the scheduler cannot
    // be asked who is running.
    let place = info.location().filter(|l| !l.file().contains("loom-0.")).map(|l| Place {
        file: l.file().to_owned().leak(),
        line: l.line(),
        column: l.column(),
    });
    let running = place.is_some().then(loom_thread);
    let execution = trace::end();
    let verdict = match classify(&message) {
        None => Verdict::Incomplete(Limit::Steps(MAX_STEPS)),
        Some(kind) => {
            let thread = running.and_then(|id| execution.name_of(id)).map(str::to_owned);
            let message = if kind == FailureKind::Deadlock { who_waits(&execution) } else { message };
            Verdict::Failed(Failure { kind, message, thread, place })
        }
    };
    run.executions.fetch_add(1, Ordering::Relaxed);
    run.finish(verdict, Some(execution));
    sleep_for_ever()
}

/// What loom's own panics mean; `None` for its limit on steps.
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

/// loom prints its own numbers and states of the threads; a reader wants names and calls.
fn who_waits(execution: &Execution) -> String {
    let waits: Vec<_> = execution
        .waiting()
        .map(|s| format!("{} waits in {} at {}", execution.threads[s.thread], s.operation, s.place))
        .collect();
    if waits.is_empty() { "no thread can go on".to_owned() } else { waits.join(", ") }
}

fn sleep_for_ever() -> ! {
    loop {
        std::thread::park();
    }
}
