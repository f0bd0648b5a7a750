//! How many executions there are, guessed by random walks.
//!
//! A walk goes from the first execution to one of those that follow from it, each with the same probability, and on until
//! none follows; an execution that it meets stands for as many as the product of the alternatives on the way. The mean over
//! walks tends to the number of executions (D. E. Knuth, "Estimating the Efficiency of Backtrack Programs", Mathematics of
//! Computation 29, 1975). It spreads widely: large subtrees behind seldom taken ways make it too low, mostly, and
//! sometimes far too high.

use std::time::{Duration, Instant};

use super::exploration::Exploration;
use crate::engine::explore::Search;
use crate::engine::work_sharing::Part;
use crate::engine::{Counted, End, Stop};

/// For how long an exploration stops for an estimate, each time: little beside what is between two of them.
const TIME: Duration = Duration::from_millis(2);

/// Who walks.
pub(super) struct Prober {
    /// Where walks begin.
    roots: Vec<Part>,
    /// Executions that are known of besides.
    known: u64,
    walks: u64,
    sum: f64,
    random: u64,
    search: Search,
    /// Why an exploration begins again, where a walk met a reason, and with what as events.
    pub(super) begins_again: Option<(Stop, Counted)>,
}

impl Prober {
    pub(super) fn new(roots: Vec<Part>, known: u64) -> Self {
        // Anything but zero, on which the generator stands still.
        let random = 0x9e37_79b9_7f4a_7c15;
        Prober { roots, known, walks: 0, sum: 0.0, random, search: Search::default(), begins_again: None }
    }

    /// Xorshift (G. Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8, 2003).
    fn below(&mut self, n: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random % n as u64) as usize
    }

    pub(super) fn estimate(&self) -> u64 {
        self.known + (self.sum / self.walks.max(1) as f64).round() as u64
    }
}

impl Exploration<'_> {
    /// Estimates for a while how many executions there are. What is being explored is not touched.
    pub(super) fn estimate(&mut self) {
        let begin = Instant::now();
        self.walk_while(|_| begin.elapsed() < TIME);
        if let Some(prober) = &self.prober {
            self.job.meters.is_about(prober.estimate());
        }
    }

    /// Walks once and on as long as `more` is wanted after so many walks.
    pub(super) fn walk_while(&mut self, more: impl Fn(u64) -> bool) {
        let Some(mut prober) = self.prober.take() else { return };
        let engine = self.engine.engine();
        let counted = engine.counted.clone();
        prober.search.preemptions.bound = self.job.settings.preemption_bound;
        std::mem::swap(&mut engine.search, &mut prober.search);
        while !prober.roots.is_empty() {
            prober.sum += self.walk(&mut prober);
            prober.walks += 1;
            // Whether drops count is for the exploration to find out.
            self.engine.engine().counted.clone_from(&counted);
            if !more(prober.walks) {
                break;
            }
        }
        std::mem::swap(&mut self.engine.engine().search, &mut prober.search);
        self.prober = Some(prober);
    }

    fn walk(&mut self, prober: &mut Prober) -> f64 {
        let mut weight = prober.roots.len() as f64;
        let root = prober.below(prober.roots.len());
        let root = prober.roots[root].clone();
        let executes = root.executes;
        self.engine.engine().search.begin(root);
        let mut is_executed = executes;
        if !executes {
            match self.engine.engine().search.advance() {
                None => return 0.0,
                Some(may_be_wanted) => is_executed = may_be_wanted,
            }
        }
        let mut sum = 0.0;
        loop {
            let end = if is_executed { self.execute(false) } else { End::Stopped(Stop::Inconsistent) };
            match end {
                End::Stopped(
                    Stop::Inconsistent | Stop::Assumed | Stop::Redirected | Stop::Again | Stop::Unclear(_),
                ) => {}
                End::Stopped(reason @ (Stop::Restart | Stop::Announce | Stop::Relearn)) => {
                    let counted = self.engine.engine().counted.clone();
                    prober.begins_again = Some((reason, counted));
                    return sum;
                }
                End::Complete | End::Deadlock if !self.engine.engine().search.is_wanted(false) => {}
                End::Stopped(Stop::TooLong(_) | Stop::Late | Stop::Unending(_)) => return f64::INFINITY,
                End::Complete | End::Deadlock | End::Stopped(Stop::Failed(_)) => sum += weight,
            }
            let search = &mut self.engine.engine().search;
            weight *= search.keep_one(|alternatives| prober.below(alternatives)) as f64;
            match search.advance() {
                None => return sum,
                Some(may_be_wanted) => is_executed = may_be_wanted,
            }
        }
    }
}
