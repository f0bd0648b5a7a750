//! What an exploration found.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Sample, Scope, Shard, Size, Verdict};
use crate::audit::Site;
use crate::engine::Schedule;
use crate::report::{Counterexample, Interleaving, Sources, Terminal};

/// The result of [`Checker::run`](crate::Checker::run).
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) engine: &'static str,
    pub(crate) verdict: Verdict,
    pub(crate) executions: u64,
    pub(crate) blocked: u64,
    pub(crate) outcomes: BTreeMap<String, u64>,
    pub(crate) abandoned: BTreeMap<String, u64>,
    pub(crate) failures: BTreeMap<String, u64>,
    pub(crate) counterexample: Option<Counterexample>,
    pub(crate) elapsed: Duration,
    pub(crate) shard: Option<Shard>,
    pub(crate) symmetric: bool,
    pub(crate) sampled: Option<Sample>,
    pub(crate) orderings: BTreeMap<Site, Ordering>,
    pub(crate) samples: BTreeMap<String, Schedule>,
    pub(crate) size: Size,
    pub(crate) scope: Scope,
    pub(crate) others: Vec<Counterexample>,
    pub(crate) passing: Option<Interleaving>,
}

impl Report {
    /// What the exploration concludes.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Whether every execution was explored, failing ones included.
    ///
    /// An engine that stops at the first failure has not seen them all: then this is false.
    pub fn complete(&self) -> bool {
        self.verdict.is_verified()
    }

    /// How many complete executions were explored, the failing ones included.
    pub fn executions(&self) -> u64 {
        self.executions
    }

    /// How many executions are blocked: explored in part, and no complete ones.
    pub fn blocked(&self) -> u64 {
        self.blocked
    }

    /// What the explored executions let an observer see, each with the number of executions that show it.
    pub fn outcomes(&self) -> &BTreeMap<String, u64> {
        &self.outcomes
    }

    /// What [replays](crate::Checker::replay) the first execution that shows each outcome, where
    /// [samples](crate::Checker::sample_outcomes) were asked for.
    pub fn samples(&self) -> &BTreeMap<String, Schedule> {
        &self.samples
    }

    /// How large the explored executions are.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Under which suppositions was explored.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The locks that daemons still held when they were abandoned at the end of an execution, a sentence for each, with
    /// the number of executions that end so. Locks that are made of atomics are not known to the engine, and not here.
    pub fn held_by_daemons(&self) -> &BTreeMap<String, u64> {
        &self.abandoned
    }

    /// How many of the [executions](Self::executions) fail: 1 or none unless the exploration was to
    /// [keep going](crate::Checker::keep_going).
    pub fn failing(&self) -> u64 {
        self.failures.values().sum()
    }

    /// In which ways the [failing](Self::failing) executions fail, each with the number of executions that fail so. Two that
    /// fail in the same line, or with the same threads waiting for the same, are one way, whatever values they fail with.
    pub fn failures(&self) -> &BTreeMap<String, u64> {
        &self.failures
    }

    /// The interleaving that fails, where the verdict is [`Verdict::Failed`].
    pub fn counterexample(&self) -> Option<&Counterexample> {
        self.counterexample.as_ref()
    }

    /// Other bugs than that of the [counterexample](Self::counterexample) that were met on the way to it, each once, with the
    /// smallest execution that was found.
    pub fn others(&self) -> &[Counterexample] {
        &self.others
    }

    /// The execution that was [replayed](crate::Checker::replay), where it does not fail.
    pub fn passing(&self) -> Option<&Interleaving> {
        self.passing.as_ref()
    }

    /// Which part of the exploration this is of, where it is not of all.
    pub fn shard(&self) -> Option<&Shard> {
        self.shard.as_ref()
    }

    /// Wall-clock time of the exploration; of a [sum](crate::Shards::sum), that of all its shards.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// What a [randomised search](crate::Checker::random) has seen, where it was one.
    pub fn sample(&self) -> Option<Sample> {
        self.sampled
    }

    /// Whether threads were explored up to renaming, because the model declares them
    /// [symmetric](crate::thread::symmetric): executions and outcomes are then those of representatives.
    pub fn is_symmetric(&self) -> bool {
        self.symmetric
    }

    /// The orderings of the accesses and fences that the model made, as its source has them, where they were
    /// [recorded](crate::Checker::record_orderings). Where accesses of one site differ in it, the weakest that is as strong
    /// as each.
    pub fn orderings(&self) -> &BTreeMap<Site, Ordering> {
        &self.orderings
    }

    /// Whether primitives were explored as their [specifications](crate::Checker::specifications): what is found is about the
    /// model given that they are what they say.
    pub fn is_over_specifications(&self) -> bool {
        self.scope.specifications
    }

    /// The engine that explored: `selvedge`, `loom`, or `threads` where the model ran once on threads of its own.
    pub fn engine(&self) -> &'static str {
        self.engine
    }

    /// Returns the report when it is verified.
    ///
    /// # Panics
    ///
    /// With the verdict and the interleaving that fails, when it is anything else.
    #[track_caller]
    pub fn assert_verified(self) -> Report {
        if let Verdict::Verified = self.verdict {
            return self;
        }
        // The test harness calls the threads of tests what it calls the tests, but for those that run on the first thread.
        let here = std::thread::current();
        let test = here.name().filter(|name| *name != "main").unwrap_or_default();
        panic!("{}\n\n{}", self.verdict, Terminal::new(&self, &Sources::default()).test(test))
    }
}
