//! The search for the weakest ordering of each site that every test passes with.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering as Atomic};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use selvedge::audit::{Site, Weakening, weakest};
use std::sync::atomic::Ordering;

use super::Trouble;
use super::tests::{End, Test};
use crate::document::Verdict;

/// A test that explores, and what it was seen to do with the orderings as they are.
pub(super) struct Model {
    pub(super) test: Test,
    /// The sites that it comes to.
    sites: BTreeMap<Site, Ordering>,
    /// How long it takes.
    pub(super) time: Duration,
    /// Whether all of its explorations are complete, or it wants them to fail.
    pub(super) is_complete: bool,
}

/// What came of a weakening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trial {
    /// Every test passes that comes to the site.
    Holds,
    /// This test does not, for this reason.
    Refuted { test: String, why: String },
    /// This test has not ended in its time; no other failed.
    Undecided { test: String },
}

/// What was found of a site.
pub(super) struct Found {
    pub(super) site: Site,
    pub(super) ordering: Ordering,
    pub(super) weakest: Vec<Ordering>,
    pub(super) trials: Vec<(Ordering, Trial)>,
    /// How many tests come to it, and whether all of them explore completely.
    pub(super) models: usize,
    pub(super) is_complete: bool,
}

/// How tests are run.
pub(super) struct Runner {
    pub(super) workers: usize,
    pub(super) budget: Duration,
    /// A folder for what tests write.
    pub(super) scratch: PathBuf,
}

impl Runner {
    /// Does `work` with each of `items`, on all workers; the results are in the order of the items.
    fn each<T: Sync, R: Send>(
        &self,
        items: &[T],
        work: impl Fn(&T, &Path) -> Result<R, Trouble> + Sync,
    ) -> Result<Vec<R>, Trouble> {
        let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
        let worker = |number: usize| {
            let folder = self.scratch.join(number.to_string());
            loop {
                // Relaxed: only that no item is taken twice matters.
                let at = next.fetch_add(1, Atomic::Relaxed);
                let Some(item) = items.get(at) else { break };
                let result = work(item, &folder).map_err(|error| error.to_string());
                done.lock().unwrap_or_else(PoisonError::into_inner).insert(at, result);
            }
        };
        thread::scope(|scope| {
            for number in 0..self.workers {
                scope.spawn(move || worker(number));
            }
        });
        let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.into_values().map(|result| result.map_err(Trouble::from)).collect()
    }

    /// Runs all tests with the orderings as they are. Those that explore nothing are none of the audit's, nor are those that
    /// take too long, whose names are returned.
    pub(super) fn models(&self, tests: Vec<Test>) -> Result<(Vec<Model>, Vec<String>), Trouble> {
        let run = |test: &Test, folder: &Path| {
            let begin = Instant::now();
            match test.run("", self.budget, folder)? {
                End::Passed(reports) => Ok(Some((begin.elapsed(), reports))),
                End::Late => Ok(None),
                End::Failed(why) => Err(format!("{} fails as it is: {why}", test.name).into()),
            }
        };
        let ran = self.each(&tests, run)?;
        // A place is kept for as long as the program runs: once for each, and not for each report.
        let mut known = HashMap::new();
        let (mut models, mut late) = (Vec::new(), Vec::new());
        for (test, ran) in tests.into_iter().zip(ran) {
            let Some((time, reports)) = ran else {
                late.push(test.name);
                continue;
            };
            let mut sites = BTreeMap::new();
            for used in reports.iter().flat_map(|report| &report.orderings) {
                let text = used.to_string();
                let weakening: Weakening = match known.get(&text) {
                    Some(weakening) => *weakening,
                    None => *known.entry(text.clone()).or_insert(text.parse()?),
                };
                let ordering = sites.entry(weakening.site).or_insert(weakening.ordering);
                *ordering = stronger(*ordering, weakening.ordering);
            }
            let is_complete = reports.iter().all(|report| report.verdict != Verdict::Incomplete);
            if !sites.is_empty() {
                models.push(Model { test, sites, time, is_complete });
            }
        }
        Ok((models, late))
    }
}

/// The weakest ordering that is as strong as both.
fn stronger(a: Ordering, b: Ordering) -> Ordering {
    use Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
    match (a, b) {
        _ if a == b => a,
        (Relaxed, other) | (other, Relaxed) => other,
        (SeqCst, _) | (_, SeqCst) => SeqCst,
        (Acquire | Release | AcqRel, _) => AcqRel,
        (other, _) => other,
    }
}

/// The audit of some sites by some models.
pub(super) struct Search<'a> {
    pub(super) runner: &'a Runner,
    pub(super) models: &'a [Model],
    /// How many weakenings each test has refuted in each file.
    refuted: Mutex<HashMap<(String, &'static str), u32>>,
    pub(super) runs: AtomicUsize,
}

impl<'a> Search<'a> {
    pub(super) fn new(runner: &'a Runner, models: &'a [Model]) -> Self {
        Search { runner, models, refuted: Mutex::default(), runs: AtomicUsize::new(0) }
    }

    /// All sites that any model comes to, with their orderings.
    pub(super) fn sites(&self) -> BTreeMap<Site, Ordering> {
        let mut sites = BTreeMap::new();
        for (site, ordering) in self.models.iter().flat_map(|model| &model.sites) {
            let all = sites.entry(*site).or_insert(*ordering);
            *all = stronger(*all, *ordering);
        }
        sites
    }

    /// The weakest orderings of each site. `named` are tests to be tried first.
    pub(super) fn each_alone(
        &self,
        sites: &[(Site, Ordering)],
        named: impl Fn(Site) -> Vec<String> + Sync,
    ) -> Result<Vec<Found>, Trouble> {
        self.runner.each(sites, |&(site, ordering), folder| {
            let mut trials = Vec::new();
            let mut trouble = None;
            let named = named(site);
            let weakest = weakest(site.operation, ordering, |weaker| {
                match self.trial(&[Weakening { site, ordering: weaker }], &named, folder) {
                    Ok(trial) => {
                        let holds = trial == Trial::Holds;
                        trials.push((weaker, trial));
                        holds
                    }
                    Err(error) => {
                        trouble = Some(error);
                        false
                    }
                }
            });
            if let Some(error) = trouble {
                return Err(error);
            }
            let reaching = || self.models.iter().filter(|model| model.sites.contains_key(&site));
            let (models, is_complete) = (reaching().count(), reaching().all(|model| model.is_complete));
            Ok(Found { site, ordering, weakest, trials, models, is_complete })
        })
    }

    /// What can be weakened together: each site of `found` that can be weakened alone, as far as it goes with those before it.
    pub(super) fn together(&self, found: &[Found]) -> Result<Vec<Weakening>, Trouble> {
        let mut weakened = Vec::new();
        let folder = self.runner.scratch.join("together");
        for Found { site, ordering, .. } in found.iter().filter(|found| found.weakest != [found.ordering]) {
            let mut trouble = None;
            let weakest = weakest(site.operation, *ordering, |weaker| {
                let with_it = [Weakening { site: *site, ordering: weaker }];
                let all: Vec<_> = weakened.iter().copied().chain(with_it).collect();
                self.trial(&all, &[], &folder).map(|trial| trial == Trial::Holds).unwrap_or_else(|error| {
                    trouble = Some(error);
                    false
                })
            })[0];
            if let Some(error) = trouble {
                return Err(error);
            }
            if weakest != *ordering {
                weakened.push(Weakening { site: *site, ordering: weakest });
            }
        }
        Ok(weakened)
    }

    /// Runs the tests that come to what is weakened, until one fails: first those that are `named`, then those that take
    /// little time for what they have refuted.
    fn trial(&self, weakened: &[Weakening], named: &[String], folder: &Path) -> Result<Trial, Trouble> {
        let file = weakened.last().expect("something is weakened").site.place.file;
        let reaches = |model: &&Model| weakened.iter().any(|w| model.sites.contains_key(&w.site));
        let mut models: Vec<_> = self.models.iter().filter(reaches).collect();
        {
            let refuted = self.refuted.lock().unwrap_or_else(PoisonError::into_inner);
            models.sort_by_cached_key(|model| {
                let name = &model.test.name;
                let refuted = refuted.get(&(name.clone(), file)).copied().unwrap_or(0);
                (!named.contains(name), model.time / (1 + refuted), name.clone())
            });
        }
        let texts: Vec<_> = weakened.iter().map(Weakening::to_string).collect();
        let mut late = None;
        for model in models {
            let test = model.test.name.clone();
            // Relaxed: a count for a reader.
            self.runs.fetch_add(1, Atomic::Relaxed);
            match model.test.run(&texts.join(";"), self.runner.budget, folder)? {
                End::Passed(_) => {}
                End::Late => late = late.or(Some(test)),
                End::Failed(why) => {
                    let mut refuted = self.refuted.lock().unwrap_or_else(PoisonError::into_inner);
                    *refuted.entry((test.clone(), file)).or_default() += 1;
                    return Ok(Trial::Refuted { test, why });
                }
            }
        }
        Ok(late.map_or(Trial::Holds, |test| Trial::Undecided { test }))
    }
}
