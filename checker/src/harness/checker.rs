//! The builder of an exploration.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Report;
use crate::engine::{Behaviour, MemoryModel, Time};

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
    pub(crate) time: Time,
    pub(crate) spurious_wakeups: u32,
    pub(crate) spurious_failures: u32,
    pub(crate) max_steps: Option<u64>,
    pub(crate) keep_going: bool,
    pub(crate) specifications: bool,
    pub(crate) behaviour: Option<Arc<Callback<Behaviour>>>,
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

    /// Decides how time passes; the default is [`Time::Adversarial`].
    pub fn time(mut self, time: Time) -> Self {
        self.settings.time = time;
        self
    }

    /// Explores that waits of condition variables and parks end without a reason, up to `k` times in an execution; the default
    /// is never. In virtual time that happens in the instant in which the wait begins.
    ///
    /// (Mutexes, barriers and channels do not return without a reason, nor does [`Notify`](crate::sync::Notify).)
    pub fn spurious_wakeups(mut self, k: u32) -> Self {
        self.settings.spurious_wakeups = k;
        self
    }

    /// Explores that `compare_exchange_weak` fails though it reads what it expects, up to `k` times in an execution; the
    /// default is never.
    pub fn spurious_failures(mut self, k: u32) -> Self {
        self.settings.spurious_failures = k;
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
    #[must_use = "a failed exploration does not panic: look at the verdict, or call `assert_verified`"]
    pub fn run(&self, model: impl Fn() + Send + Sync + 'static) -> Report {
        #[cfg(all(loom, feature = "upstream-loom"))]
        return crate::upstream::explore(&self.settings, Arc::new(model));
        #[cfg(not(all(loom, feature = "upstream-loom")))]
        return self.explore(model);
    }

    /// As [`Checker::run`], on this crate's engine whatever the build.
    pub(crate) fn explore(&self, model: impl Fn() + Send + Sync + 'static) -> Report {
        crate::engine::explore(&self.settings, Arc::new(model))
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
