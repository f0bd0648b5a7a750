//! The builder of an exploration.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Report;
use crate::engine::{Behaviour, MemoryModel, Schedule};

/// How an exploration is to be done. Without limits it goes on until every execution has been explored.
///
/// ```
/// let report = selvedge::Checker::new().run(|| selvedge::outcome("ran"));
/// assert_eq!(report.outcomes()["ran"], 1);
/// ```
#[derive(Clone, Default)]
#[must_use = "a checker does nothing until `run`"]
pub struct Checker {
    settings: Settings,
}

/// What is called with each behaviour.
pub(crate) type Callback<T> = dyn Fn(&T) + Send + Sync;

/// What the builder collected.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    pub(crate) max_executions: Option<u64>,
    pub(crate) max_duration: Option<Duration>,
    pub(crate) preemption_bound: Option<usize>,
    pub(crate) progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
    pub(crate) memory_model: MemoryModel,
    pub(crate) max_steps: Option<u64>,
    pub(crate) keep_going: bool,
    pub(crate) specifications: bool,
    pub(crate) panics_reach_join: bool,
    pub(crate) behaviour: Option<Arc<Callback<Behaviour>>>,
    pub(crate) schedule: Option<Arc<Callback<Schedule>>>,
    pub(crate) replay: Option<Schedule>,
}

/// How far an exploration has come, for [`Checker::on_progress`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// Complete executions so far.
    pub executions: u64,
    /// Wall-clock time so far.
    pub elapsed: Duration,
}

impl Checker {
    /// An exploration without limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops after `n` executions; if that is before all were explored, the verdict is
    /// [`Incomplete`](super::Verdict::Incomplete).
    pub fn max_executions(mut self, n: u64) -> Self {
        self.settings.max_executions = Some(n);
        self
    }

    /// Stops when an execution ends after `d`; if that is before all were explored, the verdict is
    /// [`Incomplete`](super::Verdict::Incomplete).
    pub fn max_duration(mut self, d: Duration) -> Self {
        self.settings.max_duration = Some(d);
        self
    }

    /// Where loom explores, explores only executions with at most `k` preemptions. Without a failure the verdict is then
    /// [`Incomplete`](super::Verdict::Incomplete): what needs more preemptions was not seen. This crate's own engine takes no
    /// bound and explores them all.
    pub fn preemption_bound(mut self, k: usize) -> Self {
        self.settings.preemption_bound = Some(k);
        self
    }

    /// Decides by which rules memory behaves; the default is [`MemoryModel::Rc11`].
    pub fn memory_model(mut self, model: MemoryModel) -> Self {
        self.settings.memory_model = model;
        self
    }

    /// Fails an execution that adds more than `n` steps to those that it shares with an earlier one, as a [limit of the model](super::FailureKind::ModelLimit). The default
    /// is 200,000.
    pub fn max_steps(mut self, n: u64) -> Self {
        self.settings.max_steps = Some(n);
        self
    }

    /// Explores over specifications in place of implementations, where primitives offer them: see
    /// [`specification`](crate::specification). The verdict is then one about the model given that the primitives are what
    /// they say, which models of their own have to show.
    pub fn specifications(mut self) -> Self {
        self.settings.specifications = true;
        self
    }

    /// Lets a panic end its thread alone, as std does: [`join`](crate::thread::JoinHandle::join) returns it as an `Err`, a
    /// [`scope`](crate::thread::scope) panics when nobody joined the thread, and a [`Mutex`](crate::sync::Mutex) that it
    /// held is poisoned. A panic of the model's first thread fails the execution still, and so does one in the destructor
    /// of a thread-local.
    ///
    /// Without this every panic of a thread fails the execution, also where nobody joins it.
    ///
    /// ```
    /// use selvedge::{Checker, thread};
    ///
    /// let model = || {
    ///     let other = thread::spawn(|| -> u32 { panic!("no luck") });
    ///     let panic = other.join().unwrap_err();
    ///     assert_eq!(panic.downcast_ref(), Some(&"no luck"));
    /// };
    /// assert!(!Checker::new().run(model).verdict().is_verified());
    /// let _verified = Checker::new().panics_reach_join().run(model).assert_verified();
    /// ```
    pub fn panics_reach_join(mut self) -> Self {
        self.settings.panics_reach_join = true;
        self
    }

    /// Explores on after a failure. The verdict tells the first; the counts are of all executions that were explored.
    ///
    /// An execution ends where it fails. Executions that can be told from that one only by what its other threads would
    /// have done later may be left out, so the counts and outcomes of a model that fails are not of all there are. A
    /// deadlock leaves nothing out. A model that is found to be nondeterministic is explored no further.
    pub fn keep_going(mut self) -> Self {
        self.settings.keep_going = true;
        self
    }

    /// Calls `f` with the graph of every execution that is counted.
    ///
    /// A model that asks how many handles an [`Arc`](crate::sync::Arc) has may do so late: then the exploration begins
    /// again, the counts with it, and `f` is called again with what it was called with before.
    pub fn on_behaviour(mut self, f: impl Fn(&Behaviour) + Send + Sync + 'static) -> Self {
        self.settings.behaviour = Some(Arc::new(f));
        self
    }

    /// Calls `f` with the schedule of every execution that is counted, after [`on_behaviour`](Self::on_behaviour) with its
    /// graph. Each is found by executing the model again, so the exploration takes several times as long.
    pub fn on_schedule(mut self, f: impl Fn(&Schedule) + Send + Sync + 'static) -> Self {
        self.settings.schedule = Some(Arc::new(f));
        self
    }

    /// Executes the model along `schedule` alone, in place of exploring it. What failed fails again, and its report is the
    /// same to the byte. An execution that does not fail proves nothing: the verdict is
    /// [`Incomplete`](super::Verdict::Incomplete) with [`Limit::Replay`](super::Limit::Replay). A model that has changed so
    /// that the schedule says no more who goes on fails with [`FailureKind::Schedule`](super::FailureKind::Schedule) and
    /// says at which step.
    ///
    /// The environment variable `SELVEDGE_REPLAY` does the same for every model that is explored without this: a failing
    /// report ends with the line that sets it.
    ///
    /// ```
    /// use selvedge::{Checker, Verdict, choose};
    ///
    /// let unlucky = || assert_ne!(choose(7), 4, "unlucky");
    /// let found = Checker::new().run(unlucky);
    /// let schedule = found.counterexample().unwrap().schedule().unwrap();
    /// assert_eq!(schedule.to_string(), "1.0c-4");
    /// let again = Checker::new().replay(schedule).run(unlucky);
    /// assert_eq!(again.verdict(), found.verdict());
    /// assert_eq!(again.executions(), 1);
    /// ```
    pub fn replay(mut self, schedule: &Schedule) -> Self {
        self.settings.replay = Some(schedule.clone());
        self
    }

    /// Calls `f` a few times a second while the exploration runs, from a thread of the checker's own.
    pub fn on_progress(mut self, f: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.settings.progress = Some(Arc::new(f));
        self
    }

    /// Explores `model`, which runs at least once for each execution and must do the same each time but for the order in which
    /// its threads run.
    ///
    /// Where it runs again along a schedule it is compared with what it did before: which calls it makes, where, on which
    /// objects and with which orderings; the first execution is repeated for that. Values are not compared, for they
    /// may be addresses: a model in which a changing value never changes a call is taken for deterministic.
    ///
    /// Never panics for a failing model: see [`Report::verdict`].
    ///
    /// # Panics
    ///
    /// When the environment variable `SELVEDGE_REPLAY` is set to what is no [`Schedule`]; and on loom, which replays none.
    #[must_use = "a failed exploration does not panic: look at the verdict, or call `assert_verified`"]
    pub fn run(&self, model: impl Fn() + Send + Sync + 'static) -> Report {
        #[cfg(all(loom, feature = "upstream-loom"))]
        {
            assert!(self.schedule().is_none(), "loom replays no schedule");
            crate::upstream::explore(&self.settings, Arc::new(model))
        }
        #[cfg(not(all(loom, feature = "upstream-loom")))]
        self.explore(model)
    }

    /// As [`Checker::run`], on this crate's engine whatever the build.
    pub(crate) fn explore(&self, model: impl Fn() + Send + Sync + 'static) -> Report {
        match self.schedule() {
            Some(schedule) => crate::engine::replay(&self.settings, Arc::new(model), &schedule),
            None => crate::engine::explore(&self.settings, Arc::new(model)),
        }
    }

    /// The schedule to follow, if any.
    fn schedule(&self) -> Option<Schedule> {
        let told = || {
            let text = std::env::var("SELVEDGE_REPLAY").ok()?;
            Some(text.trim().parse().unwrap_or_else(|error| panic!("SELVEDGE_REPLAY={text}: {error}")))
        };
        self.settings.replay.clone().or_else(told)
    }
}

impl fmt::Debug for Checker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { max_executions, max_duration, preemption_bound, progress, .. } = &self.settings;
        f.debug_struct("Checker")
            .field("max_executions", max_executions)
            .field("max_duration", max_duration)
            .field("preemption_bound", preemption_bound)
            .field("progress", &progress.is_some())
            .finish_non_exhaustive()
    }
}
