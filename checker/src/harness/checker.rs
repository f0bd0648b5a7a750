//! The builder of an exploration.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Report;
use crate::engine::{Behaviour, MemoryModel};

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
    /// A seed and a number of executions.
    pub(crate) random: Option<(u64, u64)>,
    pub(crate) memory_model: MemoryModel,
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

    /// Counts only executions with at most `k` preemptions: all of them, each once.
    ///
    /// An execution has the preemptions of the schedule that shows its behaviour with the fewest. A *preemption* is a
    /// switch away from a thread that could have gone on: it has not ended, its next step does not wait for what has not
    /// come (a lock, a notification, a token, the end of a thread), and is no [hint](crate::hint::spin_loop) or
    /// [`yield_now`](crate::thread::yield_now), which let others go first. A read-modify-write is one step, and so
    /// is a call on an object; a wait on a condition variable is four: it enlists, unlocks, is notified, and locks.
    /// A schedule runs the threads in an order that extends what each does first and which write each read reads from
    /// and, under [`MemoryModel::Sc`], in which each read reads the last write. Under [`MemoryModel::Rc11`] reads of older writes
    /// need no preemption.
    ///
    /// Where nothing needs more than `k`, everything was seen, and the verdict is what it would be without a bound.
    /// Otherwise, without a failure, it is [`Incomplete`](super::Verdict::Incomplete). An execution that is stopped by a
    /// failure is reported however many preemptions it has; one that is explored and has too many is counted as
    /// [blocked](Report::blocked).
    ///
    /// loom takes the bound too, but misses executions that are within it.
    pub fn preemption_bound(mut self, k: usize) -> Self {
        self.settings.preemption_bound = Some(k);
        self
    }

    /// Draws `executions` executions at random where a model has too many to explore. The verdict is never better than
    /// [`Incomplete`](super::Verdict::Incomplete), with the [`Sample`](super::Sample) that says how much is likely to be unseen.
    ///
    /// The same `seed` draws the same executions. Half of them draw the next thread evenly from those that can go on, so
    /// that every behaviour has a chance; the others are those of probabilistic concurrency testing, with depths of 1 to 3
    /// (S. Burckhardt, P. Kothari, M. Musuvathi, S. Nagarakatte, "A Randomized Scheduler with Probabilistic Guarantees of
    /// Finding Bugs", ASPLOS 2010). Under [`MemoryModel::Sc`] each execution so finds a bug of n threads that the order of
    /// d ≤ 3 pairs of steps suffices for with a probability of at least 1/(6 n k^(d-1)), once an execution of k steps, the
    /// most there are, was drawn. Under [`MemoryModel::Rc11`] what a read reads and where a write goes is drawn too, evenly; no such bound
    /// is known for that.
    ///
    /// Executions that the model drops, and what was drawn and turned out to be no execution, count as
    /// [blocked](Report::blocked) and are among the `executions`. Threads that are declared
    /// [symmetric](crate::thread::symmetric) keep their names. loom explores as if this was not asked for.
    ///
    /// ```
    /// use selvedge::{Checker, Verdict};
    ///
    /// let report = Checker::new().random(7, 100).run(|| selvedge::outcome(selvedge::choose(3)));
    /// assert_eq!(report.sample().unwrap().behaviours, 3);
    /// assert!(matches!(report.verdict(), Verdict::Incomplete(_)));
    /// ```
    pub fn random(mut self, seed: u64, executions: u64) -> Self {
        self.settings.random = Some((seed, executions));
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
