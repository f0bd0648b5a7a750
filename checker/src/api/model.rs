//! loom's way to run a model.

use std::path::PathBuf;
use std::time::Duration;

use crate::{Checker, Limit, Verdict};

/// How a model is to be checked, with loom's fields and environment variables.
///
/// Fields that bound what loom explores bound nothing here where this engine needs no bound: see each.
#[derive(Debug)]
#[non_exhaustive]
pub struct Builder {
    /// The most threads that the model may have. There is no limit here; the field is kept for source compatibility.
    pub max_threads: usize,
    /// The most steps of an execution; one that takes more fails. From `LOOM_MAX_BRANCHES`; else [`usize::MAX`],
    /// which stands for [the default](crate::Checker::max_steps).
    pub max_branches: usize,
    /// The most executions. From `LOOM_MAX_PERMUTATIONS`; else no limit. Checked at every execution.
    pub max_permutations: Option<usize>,
    /// The longest time. From `LOOM_MAX_DURATION`, in seconds; else no limit. Checked at every execution.
    pub max_duration: Option<Duration>,
    /// The most preemptions, as [`Checker::preemption_bound`] counts them. From `LOOM_MAX_PREEMPTIONS`; else no limit.
    pub preemption_bound: Option<usize>,
    /// Where loom keeps its progress. From `LOOM_CHECKPOINT_FILE`. Not used.
    pub checkpoint_file: Option<PathBuf>,
    /// How often loom writes its progress. From `LOOM_CHECKPOINT_INTERVAL`; else 20,000. Not used.
    pub checkpoint_interval: usize,
    /// Whether loom explores only after [`explore`](crate::explore) is called. Everything is explored.
    pub expect_explicit_explore: bool,
    /// Whether loom records places. From `LOOM_LOCATION`. They are always recorded.
    pub location: bool,
    /// Whether the number of executions is printed. From `LOOM_LOG`.
    pub log: bool,
}

fn variable<T: std::str::FromStr>(name: &str) -> Option<T> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("invalid value for `{name}`")))
}

impl Builder {
    /// The defaults, and what the environment says.
    ///
    /// # Panics
    ///
    /// When a variable is set to what is no number.
    pub fn new() -> Self {
        Builder {
            max_threads: usize::MAX,
            max_branches: variable("LOOM_MAX_BRANCHES").unwrap_or(usize::MAX),
            max_permutations: variable("LOOM_MAX_PERMUTATIONS"),
            max_duration: variable("LOOM_MAX_DURATION").map(Duration::from_secs),
            preemption_bound: variable("LOOM_MAX_PREEMPTIONS"),
            checkpoint_file: variable("LOOM_CHECKPOINT_FILE"),
            checkpoint_interval: variable("LOOM_CHECKPOINT_INTERVAL").unwrap_or(20_000),
            expect_explicit_explore: false,
            location: std::env::var("LOOM_LOCATION").is_ok(),
            log: std::env::var("LOOM_LOG").is_ok(),
        }
    }

    /// Sets [`checkpoint_file`](Self::checkpoint_file).
    pub fn checkpoint_file(&mut self, file: &str) -> &mut Self {
        self.checkpoint_file = Some(file.into());
        self
    }

    /// Explores `f`.
    ///
    /// # Panics
    ///
    /// When an execution fails, with a report, and where nothing was explored that threads share: see
    /// [`Limit::NothingShared`] and [`Limit::RealThreads`]. Where a limit was set in the code, reaching it without a failure is no failure;
    /// one that the environment sets is: then not everything was seen. A replay along the environment variable
    /// `SELVEDGE_REPLAY` panics in any case, for it proves nothing.
    #[track_caller]
    pub fn check<F>(&self, f: F)
    where
        F: Fn() + Sync + Send + 'static,
    {
        let mut checker = Checker::new().unrepeated().spurious_polls();
        if let Some(n) = self.max_permutations {
            checker = checker.max_executions(n as u64);
        }
        if let Some(d) = self.max_duration {
            checker = checker.max_duration(d);
        }
        if self.max_branches != usize::MAX {
            checker = checker.max_steps(self.max_branches as u64);
        }
        if let Some(k) = self.preemption_bound {
            checker = checker.preemption_bound(k);
        }
        let report = checker.explore(f);
        if self.log {
            println!(
                "{}: {} executions, {} blocked",
                report.verdict(),
                report.executions(),
                report.blocked()
            );
        }
        if !matches!(report.verdict(), Verdict::Incomplete(limit) if self.asks_for(limit)) {
            let _verified = report.assert_verified();
        }
    }

    /// Whether who wrote the model wants an exploration to end like this. What the environment limits is not known to
    /// the model, and nobody should take what it left out for a pass. A bound is what it says, no matter who sets it.
    fn asks_for(&self, limit: &Limit) -> bool {
        match limit {
            Limit::Executions(_) => self.max_permutations != variable("LOOM_MAX_PERMUTATIONS"),
            Limit::Duration(_) => self.max_duration != variable("LOOM_MAX_DURATION").map(Duration::from_secs),
            Limit::Preemptions(_) => true,
            // loom, too, is content with a model that has no event of its own, or whose threads share nothing that it sees.
            Limit::RealThreads | Limit::NothingShared => cfg!(feature = "loom-shim"),
            _ => false,
        }
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

/// Explores every execution of `f`, as `loom::model` does.
///
/// ```
/// use selvedge::sync::Arc;
/// use selvedge::sync::atomic::{AtomicUsize, Ordering};
/// use selvedge::thread;
///
/// selvedge::model(|| {
///     let count = Arc::new(AtomicUsize::new(0));
///     let other = { let count = count.clone(); thread::spawn(move || count.fetch_add(1, Ordering::Relaxed)) };
///     count.fetch_add(1, Ordering::Relaxed);
///     other.join().unwrap();
///     assert_eq!(count.load(Ordering::Relaxed), 2);
/// });
/// ```
///
/// # Panics
///
/// When an execution fails.
#[track_caller]
pub fn model<F>(f: F)
where
    F: Fn() + Sync + Send + 'static,
{
    Builder::new().check(f);
}
