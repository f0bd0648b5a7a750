//! Executions drawn at random, one after the other on one OS thread: what is drawn depends on what was drawn before.

use super::exploration::Exploration;
use super::tally::{self, Tally};
use super::{Job, alone};
use crate::engine::work_sharing::Part;
use crate::engine::{End, Random, Stop};
use crate::harness::{Limit, Sample};

/// Draws so many executions, or fewer where a limit is reached or one fails.
pub(super) fn draw(job: &Job<'_>, seed: u64, executions: u64) -> (Tally, Sample) {
    job.meters.reset();
    let draw = || {
        let mut exploration = Exploration::new(job, 0);
        exploration.begins = true;
        exploration.random = Some(Box::new(Random::new(seed, executions)));
        while exploration.tally.end.is_none() && exploration.random.as_mut().is_some_and(|r| r.begin()) {
            let end = exploration.sample();
            exploration.count(end);
            exploration.stop_at_limits();
        }
        let sample = exploration.random.as_ref().map_or_else(Sample::default, |random| random.sample());
        (exploration.found(), sample)
    };
    alone(draw)
}

impl Exploration<'_> {
    /// Draws an execution.
    fn sample(&mut self) -> End {
        self.engine.engine().search.begin(Part::whole(self.job.settings.memory_model));
        loop {
            self.engine.engine().random = self.random.take();
            let end = self.execute(false);
            let engine = self.engine.engine();
            self.random = engine.random.take();
            match (&end, &mut self.random) {
                (End::Stopped(Stop::Redirected), Some(random)) => random.follow(&mut engine.search),
                _ => return end,
            }
        }
    }

    fn stop_at_limits(&mut self) {
        let most = self.job.most().filter(|most| self.tally.executions >= *most);
        let limit = most.map(Limit::Executions).or_else(|| self.job.is_late());
        self.tally.end = self.tally.end.or(limit.map(tally::End::Limit));
    }
}
