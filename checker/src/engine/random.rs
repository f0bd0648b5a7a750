//! Executions drawn at random, for models whose executions are too many.
//!
//! An execution begins with the empty graph and grows forward; nothing is left for later. After each event the next
//! thread is drawn, and after an event that leaves alternatives (another source, another request to serve, another choice)
//! one of those or what was added. Under sequential consistency every behaviour is that of an order of the threads in which
//! reads read the last write, so other sources and places are not drawn; under RC11 every behaviour grows along an order
//! that extends reads-from. Which request an object serves is drawn as it serves one; every other alternative is taken by
//! running again along the graph that has it.
//!
//! Half of the executions draw the next thread evenly from those that can go on, so every behaviour has a chance. The others are
//! those of probabilistic concurrency testing (S. Burckhardt, P. Kothari, M. Musuvathi, S. Nagarakatte, "A Randomized
//! Scheduler with Probabilistic Guarantees of Finding Bugs", ASPLOS 2010): threads have random priorities, the highest that can go on goes on, and
//! at d - 1 random steps the one that runs falls below all others. Of n threads and k steps an execution so finds a bug of
//! depth d, one that the order of d pairs of steps suffices for, with a probability of at least 1/(n k^(d-1)).

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::explore::{Alternative, Search};
use super::graph::{Graph, MemoryModel};
use super::{Behaviour, Id};
use crate::harness::Sample;

/// The greatest depth that is tried.
const DEPTH: u64 = 3;

/// SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014).
struct Generator(u64);

impl Generator {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, which is far below 2^64: the bias is too.
    fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }
}

/// How the next thread is drawn.
enum Strategy {
    Evenly,
    /// The priority of each lane, 0 while it has none, and the steps at which the running thread falls, the last first, each
    /// with its priority then.
    ByPriority {
        priorities: Vec<u64>,
        changes: Vec<(u64, u64)>,
    },
}

/// The state of a randomised search.
pub(crate) struct Random {
    seed: u64,
    /// How many executions are still to begin.
    left: u64,
    generator: Generator,
    strategy: Strategy,
    /// The thread that was drawn last.
    running: u32,
    /// The most events of an execution so far.
    longest: u64,
    /// The alternative that the execution is to be run again with.
    redirect: Option<Alternative>,
    /// How often each behaviour was seen, by its hash.
    seen: HashMap<u64, u64>,
}

impl Random {
    pub(crate) fn new(seed: u64, executions: u64) -> Self {
        Random {
            seed,
            left: executions,
            generator: Generator(seed),
            strategy: Strategy::Evenly,
            running: 0,
            longest: 1,
            redirect: None,
            seen: HashMap::new(),
        }
    }

    /// Begins an execution; false where there have been enough.
    pub(crate) fn begin(&mut self) -> bool {
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        self.redirect = None;
        self.running = 0;
        self.strategy = if self.generator.below(2) == 0 {
            Strategy::Evenly
        } else {
            let changes = self.generator.below(DEPTH);
            let mut changes: Vec<(u64, u64)> =
                (1..=changes).map(|priority| (self.generator.below(self.longest) + 1, priority)).collect();
            changes.sort_unstable_by(|a, b| b.cmp(a));
            Strategy::ByPriority { priorities: Vec::new(), changes }
        };
        true
    }

    /// Draws the thread that goes on, after so many events.
    #[cold]
    pub(super) fn thread(&mut self, ready: &[u32], events: u64) -> Option<u32> {
        let drawn = match &mut self.strategy {
            Strategy::Evenly if ready.is_empty() => None,
            Strategy::Evenly => Some(ready[self.generator.below(ready.len() as u64) as usize]),
            Strategy::ByPriority { priorities, changes } => {
                let last = ready.iter().chain([&self.running]).max().map_or(0, |lane| *lane as usize);
                if priorities.len() <= last {
                    priorities.resize(last + 1, 0);
                }
                while let Some((_, priority)) = changes.last().filter(|(step, _)| *step <= events) {
                    priorities[self.running as usize] = *priority;
                    changes.pop();
                }
                for lane in ready {
                    if priorities[*lane as usize] == 0 {
                        priorities[*lane as usize] = self.generator.next().max(DEPTH + 1);
                    }
                }
                ready.iter().copied().max_by_key(|lane| priorities[*lane as usize])
            }
        };
        self.running = drawn.unwrap_or(self.running);
        drawn
    }

    /// Draws whether the program ends before any of `able` threads goes on.
    #[cold]
    pub(super) fn ends(&mut self, able: u64) -> bool {
        self.generator.below(able + 1) == 0
    }

    /// Draws whether the nth of several is taken in the place of the one that was taken before, so that each is with the same
    /// probability however many follow.
    #[cold]
    pub(super) fn takes(&mut self, n: u64) -> bool {
        n == 1 || self.generator.below(n) == 0
    }

    /// Draws from what the event `id` left; true where it is to be something else than what was added.
    #[cold]
    pub(super) fn redirects(&mut self, graph: &Graph, worklist: &mut Vec<Alternative>, id: Id) -> bool {
        let weak = graph.model == MemoryModel::Rc11;
        worklist.retain(|item| match item {
            Alternative::Rf { at, .. } | Alternative::Co { at, .. } => weak && *at == id,
            Alternative::Serve { at, .. }
            | Alternative::Change { at, .. }
            | Alternative::Choose { at, .. } => *at == id,
            Alternative::BackwardRevisit { .. } | Alternative::BackwardRevisitThrough { .. } => false,
        });
        let drawn = self.generator.below(worklist.len() as u64 + 1) as usize;
        self.redirect = worklist.get(drawn).copied();
        worklist.clear();
        self.redirect.is_some()
    }

    /// Goes on along the alternative that was drawn, where it is consistent.
    pub(crate) fn follow(&mut self, search: &mut Search) {
        if let Some(item) = self.redirect.take() {
            search.redirect(item);
        }
    }

    /// Takes note of an execution.
    #[cold]
    pub(crate) fn saw(&mut self, graph: &Graph) {
        self.longest = self.longest.max(graph.len().into());
        let mut hasher = DefaultHasher::new();
        Behaviour::of(graph).hash(&mut hasher);
        *self.seen.entry(hasher.finish()).or_default() += 1;
    }

    pub(crate) fn sample(&self) -> Sample {
        Sample {
            seed: self.seed,
            executions: self.seen.values().sum(),
            behaviours: self.seen.len() as u64,
            seen_once: self.seen.values().filter(|times| **times == 1).count() as u64,
        }
    }
}
