//! Why an execution fails, found by going over its steps once more: who overwrote what, who holds what others wait for,
//! which notification had nobody to wake.

mod causes;
mod class;
mod deadlock;
mod livelock;
mod memory;
mod panics;

use std::collections::BTreeMap;

pub use class::BugClass;

use super::{Counterexample, Sources};
use crate::harness::FailureKind;
use crate::trace::{Place, Step};

/// What a reader is told about a counterexample besides its steps.
#[derive(Clone, Debug)]
pub struct Story {
    /// The class of the bug, as far as the steps show it.
    pub class: BugClass,
    /// What went wrong, in one sentence.
    pub sentence: String,
    /// From cause to failure, a sentence each.
    pub because: Vec<String>,
    /// Remarks on steps, by their place among [`Interleaving::steps`](super::Interleaving::steps).
    pub notes: BTreeMap<usize, String>,
    /// The lines of the model between which it went wrong, at most four, in their order there.
    pub lines: Vec<Place>,
}

impl Story {
    /// Reads the story off a counterexample.
    pub fn of(counterexample: &Counterexample, sources: &Sources) -> Self {
        let teller = Teller::new(counterexample, sources);
        match counterexample.failure().kind {
            FailureKind::Deadlock => teller.deadlock(),
            FailureKind::Panic => teller.panic(),
            FailureKind::Livelock => teller.livelock(),
            FailureKind::DataRace => teller.data_race(),
            FailureKind::UseAfterFree => teller.ended(BugClass::UseAfterFree),
            FailureKind::DoubleFree => teller.ended(BugClass::DoubleFree),
            FailureKind::Leak => teller.plain(BugClass::Leak),
            FailureKind::NotLinearizable => teller.plain(BugClass::NotLinearizable),
            FailureKind::Nondeterminism => teller.nondeterminism(),
            FailureKind::Asymmetry | FailureKind::ModelLimit | FailureKind::Schedule => {
                teller.plain(BugClass::Model)
            }
        }
    }
}

/// What makes a model do something else each time. The checker sees none of it.
const CAUSES: [&str; 5] = [
    "a model must do the same in each execution but for what the checker decides; what usually differs is",
    "the order of std's HashMap and HashSet, whose hasher is random: use BTreeMap, or a hasher with fixed keys",
    "addresses that are compared, hashed or sorted by; the time; random numbers; files and the environment",
    "a static, or a thread-local of std, that keeps what an earlier execution left in it: use this crate's `lazy_static!` and `thread_local!`",
    "threads, atomics, locks and channels of std, and the counts of its `Arc` (`strong_count`, `get_mut`): use this crate's",
];

/// Who has an object since which step.
type Holders = BTreeMap<usize, Vec<(usize, usize)>>;

struct Teller<'a> {
    counterexample: &'a Counterexample,
    sources: &'a Sources,
    steps: &'a [Step],
    notes: BTreeMap<usize, String>,
    lines: Vec<Place>,
}

/// The most lines that are shown.
const LINES: usize = 4;

impl<'a> Teller<'a> {
    fn new(counterexample: &'a Counterexample, sources: &'a Sources) -> Self {
        let steps = counterexample.steps();
        Teller { counterexample, sources, steps, notes: BTreeMap::new(), lines: Vec::new() }
    }

    fn plain(self, class: BugClass) -> Story {
        let sentence = crate::report::one_line(&self.counterexample.failure().message);
        self.story(class, sentence, Vec::new())
    }

    fn nondeterminism(self) -> Story {
        let sentence = crate::report::one_line(&self.counterexample.failure().message);
        self.story(BugClass::Model, sentence, CAUSES.map(str::to_owned).into())
    }

    fn story(mut self, class: BugClass, sentence: String, because: Vec<String>) -> Story {
        self.lines.sort_unstable();
        Story { class, sentence, because, notes: self.notes, lines: self.lines }
    }

    /// Has the line of a step shown.
    fn show(&mut self, step: usize) {
        let place = self.steps[step].place;
        let same = |shown: &Place| (shown.file, shown.line) == (place.file, place.line);
        if self.lines.len() < LINES && !self.lines.iter().any(same) {
            self.lines.push(place);
        }
    }

    fn call(&self, step: usize) -> String {
        self.counterexample.call(step, self.sources)
    }

    fn name(&self, thread: usize) -> &'a str {
        &self.counterexample.threads()[thread]
    }

    /// How a step is referred to: `step 4`.
    fn number(&self, step: usize) -> String {
        format!("step {}", self.counterexample.number_of(step))
    }

    /// What the source calls the object of a step.
    fn thing(&self, step: usize) -> String {
        let named = self.counterexample.thing(step, self.sources);
        let noun = || match self.steps[step].operation {
            "plain read" | "plain write" => "memory",
            "with" | "with_mut" | "get" | "get_mut" => "a cell",
            "load" | "store" | "swap" | "compare_exchange" => "an atomic",
            name if name.starts_with("fetch_") => "an atomic",
            "lock" | "try_lock" | "unlock" | "read" | "write" | "try_read" | "try_write" => "a lock",
            "send" | "try_send" | "recv" | "try_recv" | "recv_timeout" => "a channel",
            _ => "an object",
        };
        named.unwrap_or_else(|| noun().to_owned())
    }

    /// `step 4 (main.rs:9)`.
    fn at(&self, step: usize) -> String {
        format!("{} ({})", self.number(step), line(self.steps[step].place))
    }

    fn on_same(&self, i: usize, j: usize) -> bool {
        self.steps[i].object.is_some() && self.steps[i].object == self.steps[j].object
    }
}

/// A class with its sentence and its reasons.
type Found = (BugClass, String, Vec<String>);

/// A place without its folder.
pub(super) fn line(place: Place) -> String {
    let file = place.file.rsplit(['/', '\\']).next().unwrap_or(place.file);
    format!("{file}:{}", place.line)
}

/// `a`, `a and b`, `a, b and c`.
fn and(names: &[&str]) -> String {
    match names {
        [] => "nobody".to_owned(),
        [one] => (*one).to_owned(),
        [names @ .., last] => format!("{} and {last}", names.join(", ")),
    }
}
