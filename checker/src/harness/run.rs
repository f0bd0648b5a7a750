//! Running a model as a checker says.

use std::sync::{Arc, PoisonError};

use super::{Checker, Report, Share};
use crate::audit::Weakening;
use crate::engine::{Ledger, Schedule};

impl Checker {
    /// Explores `model`, which runs at least once for each execution and must do the same each time but for the order in which
    /// its threads run.
    ///
    /// Where it runs again along a schedule it is compared with what it did before: which calls it makes, where, on which
    /// objects and with which orderings. The first execution and the last are repeated for that, and now and then one between; more of
    /// them where the model makes or changes a thread-local of std, as a `HashMap` does. Values
    /// are not compared, for they may be addresses: a model in which a changing value never changes a call nor an
    /// outcome is taken for deterministic.
    ///
    /// It runs on an OS thread on which std's thread-locals are new. A thread of it that does not come back from a step for
    /// 10 seconds, or crashes, ends the process: what is known of it, and the schedule that leads there, is printed before.
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
            assert!(self.weakened().is_empty(), "loom weakens no ordering");
            assert!(matches!(self.settings.share, Share::Whole), "loom explores a model as a whole");
            let keeper = crate::report::Keeper::new(&self.settings);
            keeper.stored(crate::upstream::explore(&self.settings, Arc::new(model)))
        }
        #[cfg(not(all(loom, feature = "upstream-loom")))]
        self.explore(model)
    }

    /// Estimates, without exploring `model`, how many executions it has, by so many random `walks`, at least one.
    ///
    /// This is the method of D. E. Knuth, "Estimating the Efficiency of Backtrack Programs", Mathematics of Computation 29
    /// (1975). It is no bound: its mean is the number of executions, but large parts of the tree that walks seldom meet
    /// can make it wrong by orders of magnitude, more often too low than too high. A walk takes a few executions. The same
    /// walks are made each time. Limits and [shards](Self::shard) are not looked at.
    ///
    /// ```
    /// let checker = selvedge::Checker::new();
    /// let model = || { selvedge::choose(3); selvedge::choose(4); };
    /// let estimate = checker.estimate(1000, model);
    /// assert!((10..15).contains(&estimate), "{estimate}");
    /// assert_eq!(checker.run(model).executions(), 12);
    /// ```
    pub fn estimate(&self, walks: u64, model: impl Fn() + Send + Sync + 'static) -> u64 {
        crate::engine::estimate(&self.settings, walks, Arc::new(model))
    }

    /// As [`Checker::run`], on this crate's engine whatever the build.
    pub(crate) fn explore(&self, model: impl Fn() + Send + Sync + 'static) -> Report {
        let is_whole = matches!(self.settings.share, Share::Whole);
        assert!(
            is_whole || self.settings.random.is_none(),
            "executions that are drawn at random have no parts"
        );
        let mut settings = self.settings.clone();
        settings.weakened = self.weakened();
        let keeper = crate::report::Keeper::new(&settings);
        let records = settings.ledger.is_some() || keeper.writes_reports();
        settings.ledger = records.then(Ledger::default);
        let model = Arc::new(model);
        let mut report = match self.schedule() {
            Some(schedule) => crate::engine::replay(&settings, model.clone(), &schedule),
            None => match keeper.replayed(&settings, model.clone()) {
                Some(failed) => failed,
                None => keeper.keeping(crate::engine::explore(&settings, model.clone())),
            },
        };
        if let Some(ledger) = &settings.ledger {
            let mut sites = ledger.lock().unwrap_or_else(PoisonError::into_inner);
            report.orderings =
                std::mem::take(&mut *sites).into_iter().map(|(site, mode)| (site, mode.into())).collect();
        }
        if let Some(found) = &mut report.counterexample
            && (settings.nearest_passing || keeper.writes_reports())
        {
            crate::engine::beside(&settings, model, found);
        }
        keeper.stored(report)
    }

    /// What is weakened in the code and in the environment.
    fn weakened(&self) -> Vec<Weakening> {
        let told = std::env::var("SELVEDGE_WEAKEN").unwrap_or_default();
        let read =
            |text: &str| text.trim().parse().unwrap_or_else(|error| panic!("SELVEDGE_WEAKEN: {error}"));
        let told = told.split(';').filter(|text| !text.trim().is_empty()).map(read);
        self.settings.weakened.iter().copied().chain(told).collect()
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
