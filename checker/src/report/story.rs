//! Why an execution fails, found by going over its steps once more: who overwrote what, who holds what others wait for,
//! which notification had nobody to wake.

use std::collections::BTreeMap;

use super::effect::Effect;
use super::{Counterexample, Sources};
use crate::harness::FailureKind;
use crate::trace::{Place, Step};

/// The classes of bug that reports tell apart, by the names under which they are taught.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum BugClass {
    /// A write replaces a value that its thread has not seen.
    LostUpdate,
    /// A thread acts on something that has changed since it looked.
    CheckThenAct,
    /// A notification comes before the wait that it was meant for.
    LostWakeUp,
    /// Threads wait for one another, or for what nobody gives back.
    Deadlock,
    /// Threads go on for ever without getting anywhere.
    Livelock,
    /// Two accesses of plain memory, one a write, are not ordered.
    DataRace,
    /// A thread reads a value although a newer one was written.
    StaleRead,
    /// Some gave up waiting at a barrier, and broke it for all.
    BrokenBarrier,
    /// A cancellation comes after what it was to prevent.
    LateCancel,
    /// An assertion does not hold, and no better reason was found.
    Assertion,
    /// Something was never given back.
    Leak,
    /// The model is not what can be explored.
    Model,
}

impl BugClass {
    /// The name in words: `lost update`.
    pub fn name(self) -> &'static str {
        match self {
            BugClass::LostUpdate => "lost update",
            BugClass::CheckThenAct => "check-then-act",
            BugClass::LostWakeUp => "lost wake-up",
            BugClass::Deadlock => "deadlock",
            BugClass::Livelock => "livelock",
            BugClass::DataRace => "data race",
            BugClass::StaleRead => "stale read",
            BugClass::BrokenBarrier => "broken barrier",
            BugClass::LateCancel => "late cancel",
            BugClass::Assertion => "assertion",
            BugClass::Leak => "leak",
            BugClass::Model => "model",
        }
    }
}

/// What a reader is told about a counterexample besides its steps.
#[derive(Clone, Debug)]
pub struct Story {
    /// The class of the bug, as far as the steps show it.
    pub class: BugClass,
    /// What went wrong, in one sentence.
    pub sentence: String,
    /// From cause to failure, a sentence each.
    pub because: Vec<String>,
    /// Remarks on steps, by their place among [`Counterexample::steps`].
    pub notes: BTreeMap<usize, String>,
}

impl Story {
    /// Reads the story off a counterexample.
    pub fn of(counterexample: &Counterexample, sources: &Sources) -> Self {
        let teller = Teller::new(counterexample, sources);
        match counterexample.failure().kind {
            FailureKind::Deadlock => teller.deadlock(),
            FailureKind::Panic => teller.panic(),
            FailureKind::Livelock => teller.plain(BugClass::Livelock),
            FailureKind::DataRace => teller.plain(BugClass::DataRace),
            FailureKind::Leak => teller.plain(BugClass::Leak),
            FailureKind::Nondeterminism
            | FailureKind::Asymmetry
            | FailureKind::ModelLimit
            | FailureKind::Schedule => teller.plain(BugClass::Model),
        }
    }
}

/// Who has an object since which step.
type Holders = BTreeMap<usize, Vec<(usize, usize)>>;

struct Teller<'a> {
    counterexample: &'a Counterexample,
    sources: &'a Sources,
    steps: &'a [Step],
    notes: BTreeMap<usize, String>,
}

impl<'a> Teller<'a> {
    fn new(counterexample: &'a Counterexample, sources: &'a Sources) -> Self {
        Teller { counterexample, sources, steps: counterexample.steps(), notes: BTreeMap::new() }
    }

    fn plain(self, class: BugClass) -> Story {
        let sentence = self.counterexample.failure().message.clone();
        Story { class, sentence, because: Vec::new(), notes: self.notes }
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
        let step = &self.steps[step];
        self.sources.receiver(step.place).unwrap_or_else(|| format!("what it {}s", step.operation))
    }

    /// Who has what when all is over.
    fn holders(&self) -> Holders {
        let mut holders = Holders::new();
        for (i, step) in self.steps.iter().enumerate() {
            let Some(object) = step.object else { continue };
            let holding = holders.entry(object).or_default();
            match Effect::of(step) {
                Effect::Takes => holding.push((step.thread, i)),
                Effect::Gives => {
                    // A lock may be given back by another thread than took it.
                    let own = holding.iter().rposition(|(thread, _)| *thread == step.thread);
                    if let Some(at) = own.or((!holding.is_empty()).then_some(0)) {
                        holding.remove(at);
                    }
                }
                _ => {}
            }
        }
        holders
    }

    /// The last step of each thread that is blocked in it.
    fn blocked(&self) -> Vec<(usize, usize)> {
        (0..self.counterexample.threads().len())
            .filter_map(|thread| {
                let last = self.steps.iter().rposition(|s| s.thread == thread)?;
                // The innermost wait is an access of the operation that the model's author knows.
                let told = self.steps.iter().rposition(|s| s.thread == thread && !s.inner);
                let wait = told.filter(|t| self.steps[*t].blocks).unwrap_or(last);
                self.steps[wait].blocks.then_some((thread, wait))
            })
            .collect()
    }

    fn deadlock(mut self) -> Story {
        let (holders, mut blocked) = (self.holders(), self.blocked());
        // Who waits for the end of another is told last.
        blocked.sort_by_key(|(_, wait)| self.joined(&self.steps[*wait]).is_some());
        let mut because = Vec::new();
        let mut edges: BTreeMap<usize, (usize, String)> = BTreeMap::new();
        let mut lost = None;
        for &(thread, wait) in &blocked {
            let step = &self.steps[wait];
            let (name, what) = (self.name(thread), self.sources.describe(step));
            let place = line(step.place);
            if let Some(other) = self.joined(step) {
                because.push(format!("{name} waits for the end of {} ({place})", self.name(other)));
                edges.insert(thread, (other, "its end".to_owned()));
                continue;
            }
            let holding = step.object.and_then(|o| holders.get(&o)).filter(|h| !h.is_empty());
            if let Some(holding) = holding {
                let thing = self.thing(wait);
                for &(holder, since) in holding {
                    let who = if holder == thread { "it" } else { self.name(holder) };
                    because.push(format!(
                        "{name} waits for {thing} ({place}), which {who} holds since {} ({})",
                        self.number(since),
                        line(self.steps[since].place)
                    ));
                    self.notes.insert(since, format!("{} still holds it at the end", self.name(holder)));
                }
                edges.insert(thread, (holding[0].0, thing));
                continue;
            }
            because.push(format!("{name} waits in {what} ({place}) since {}", self.number(wait)));
            let wakes = |i: &usize| {
                let other = &self.steps[*i];
                step.object.is_some()
                    && other.object == step.object
                    && other.thread != thread
                    && matches!(Effect::of(other), Effect::Notifies { .. })
            };
            // A wait for a predicate has looked whether there is anything to wait for: it cannot have missed it.
            let wasted = (0..wait).rev().find(|i| wakes(i) && step.operation == "wait");
            let later = (wait..self.steps.len()).rev().find(wakes);
            if let Some(later) = later {
                let other = &self.steps[later];
                because.push(format!(
                    "the {} of {} at {} wakes another",
                    other.operation,
                    self.name(other.thread),
                    self.number(later)
                ));
            } else if let Some(wasted) = wasted {
                let other = &self.steps[wasted];
                self.notes.insert(wasted, format!("{name} begins to wait at {} only", self.number(wait)));
                because.push(format!(
                    "the {} of {} at {} came before that, and is gone",
                    other.operation,
                    self.name(other.thread),
                    self.number(wasted)
                ));
                lost.get_or_insert((thread, wait, wasted));
            } else if step.object.is_some() {
                because.push(format!("nobody wakes {name} after that"));
            }
        }
        let cycle = cycle(&edges);
        let (class, sentence) = match (lost, &cycle) {
            (Some((thread, wait, wasted)), _) => (
                BugClass::LostWakeUp,
                format!(
                    "{} waits for ever in {}: the notification of {} came before it waited",
                    self.name(thread),
                    self.sources.describe(&self.steps[wait]),
                    self.name(self.steps[wasted].thread),
                ),
            ),
            (None, Some(cycle)) if cycle.len() == 1 => (
                BugClass::Deadlock,
                format!("{} waits for {}, which it holds itself", self.name(cycle[0]), edges[&cycle[0]].1),
            ),
            (None, Some(cycle)) => {
                let ring: Vec<_> = cycle.iter().map(|t| self.name(*t)).collect();
                because.push(format!("the cycle: {} → {}", ring.join(" → "), ring[0]));
                (BugClass::Deadlock, format!("{} wait for one another", and(&ring)))
            }
            (None, None) => {
                // Whoever waits for the end of another waits for what the other waits for.
                let root = |(t, _): &&(usize, usize)| !edges.contains_key(t);
                let waiting: Vec<_> = blocked.iter().filter(root).collect();
                let names: Vec<_> = waiting.iter().map(|(t, _)| self.name(*t)).collect();
                let waits = if names.len() == 1 { "waits" } else { "wait" };
                let what = match &waiting[..] {
                    [] => "for what nobody is left to do".to_owned(),
                    [(_, wait), ..] => format!("for ever in {}", self.sources.describe(&self.steps[*wait])),
                };
                (BugClass::Deadlock, format!("{} {waits} {what}", and(&names)))
            }
        };
        Story { class, sentence, because, notes: self.notes }
    }

    /// The thread whose end the step waits for.
    fn joined(&self, step: &Step) -> Option<usize> {
        if !step.operation.starts_with("join") {
            return None;
        }
        let began = self.steps.iter().find(|s| {
            matches!(s.operation, "start" | "spawn") && s.object.is_some() && s.object == step.object
        })?;
        self.counterexample.threads().iter().position(|name| *name == began.result)
    }

    fn panic(mut self) -> Story {
        let failure = self.counterexample.failure();
        let message = failure.message.clone();
        let told = self.counterexample.steps().iter().rposition(|s| !s.inner);
        let failing = match &failure.thread {
            Some(name) => self.counterexample.threads().iter().position(|n| n == name),
            None => told.map(|i| self.steps[i].thread),
        };
        let Some(thread) = failing else { return self.plain(BugClass::Assertion) };
        let found = self
            .stale_read(thread)
            .or_else(|| self.lost_update())
            .or_else(|| self.broken_barrier(thread))
            .or_else(|| self.late_cancel())
            .or_else(|| self.went_by_notification(thread))
            .or_else(|| self.check_then_act(thread));
        let Some((class, sentence, mut because)) = found else { return self.plain(BugClass::Assertion) };
        because.push(format!("{} then fails: {message}", self.name(thread)));
        Story { class, sentence, because, notes: self.notes }
    }

    /// A read of an older value, which the engine marks.
    fn stale_read(&mut self, thread: usize) -> Option<Found> {
        let stale = self.steps.iter().rposition(|s| s.thread == thread && s.result.contains("(stale"))?;
        let sentence = format!(
            "{} reads an old value of {}: nothing makes the newer write happen before the read",
            self.name(thread),
            self.thing(stale)
        );
        Some((BugClass::StaleRead, sentence, Vec::new()))
    }

    /// Between a thread's read of something and its write of it, another thread wrote it.
    fn lost_update(&mut self) -> Option<Found> {
        let writes = |i: &usize| Effect::of(&self.steps[*i]) == Effect::Writes;
        let on_same = |i: usize, j: usize| {
            self.steps[i].object.is_some() && self.steps[i].object == self.steps[j].object
        };
        let (read, between, write) = (0..self.steps.len()).rev().filter(writes).find_map(|write| {
            let thread = self.steps[write].thread;
            let before = (0..write).rev().find(|i| self.steps[*i].thread == thread && on_same(*i, write))?;
            if !matches!(Effect::of(&self.steps[before]), Effect::Reads(_)) {
                return None;
            }
            let between = (before + 1..write).rev().find(|i| {
                self.steps[*i].thread != thread && on_same(*i, write) && Effect::of(&self.steps[*i]).changes()
            })?;
            Some((before, between, write))
        })?;
        let (one, other) = (self.name(self.steps[write].thread), self.name(self.steps[between].thread));
        let thing = self.thing(write);
        self.notes.insert(between, format!("lost at {}", self.number(write)));
        self.notes.insert(write, format!("overwrites {}, which it has not seen", self.number(between)));
        let because = vec![
            format!("{one} reads {thing} = {} at {}", self.steps[read].result, self.number(read)),
            format!("{other} changes it at {}", self.number(between)),
            format!("{one} writes what it made of the old value at {}", self.number(write)),
        ];
        let sentence = format!("{one} overwrites what {other} wrote to {thing}, without having seen it");
        Some((BugClass::LostUpdate, sentence, because))
    }

    fn broken_barrier(&mut self, thread: usize) -> Option<Found> {
        let broken =
            self.steps.iter().rposition(|s| s.thread == thread && s.result.contains("barrier is broken"))?;
        let object = self.steps[broken].object;
        let arrived = self.steps[..=broken].iter().position(|s| s.object == object && s.blocks);
        let mut because = Vec::new();
        if let Some(arrived) = arrived {
            because.push(format!(
                "{} waits at {} since {}, and the time is up before all have come",
                self.name(self.steps[arrived].thread),
                self.thing(arrived),
                self.number(arrived)
            ));
        }
        let sentence = format!("a wait at {} gave up, which broke it for all", self.thing(broken));
        Some((BugClass::BrokenBarrier, sentence, because))
    }

    fn late_cancel(&mut self) -> Option<Found> {
        let late = self.steps.iter().rposition(|s| s.operation == "cancel" && s.result == "false")?;
        let object = self.steps[late].object;
        let fired = self.steps[..late].iter().rposition(|s| s.object == object && s.result == "fires")?;
        self.notes.insert(late, format!("too late: it has fired at {}", self.number(fired)));
        let because = vec![
            format!("{} fires at {}", self.name(self.steps[fired].thread), self.number(fired)),
            format!("{} cancels it at {}, too late", self.name(self.steps[late].thread), self.number(late)),
        ];
        let sentence = format!("the cancellation of {} loses its race against the timer", self.thing(late));
        Some((BugClass::LateCancel, sentence, because))
    }

    /// Between the notification of the failing thread and its turn, another thread has held the lock, and the failing thread
    /// has not looked again.
    fn went_by_notification(&mut self, thread: usize) -> Option<Found> {
        let woken = self.steps.iter().rposition(|s| s.thread == thread && s.result == "notified")?;
        let object = self.steps[woken].object;
        let notify = self.steps[..woken]
            .iter()
            .rposition(|s| s.object == object && matches!(Effect::of(s), Effect::Notifies { .. }))?;
        let lock = self.steps[..woken]
            .iter()
            .rfind(|s| s.thread == thread && s.inner && Effect::of(s) == Effect::Takes && s.object.is_some())?
            .object;
        let notifier = self.steps[notify].thread;
        let between = (notify..woken).find(|i| {
            let other = &self.steps[*i];
            ![thread, notifier].contains(&other.thread)
                && other.object == lock
                && Effect::of(other) == Effect::Takes
        })?;
        let (one, other) = (self.name(thread), self.name(self.steps[between].thread));
        self.notes.insert(between, format!("comes between the notification and {one}'s turn"));
        let because = vec![
            format!("{} notifies {one} at {}", self.name(notifier), self.number(notify)),
            format!("{other} has the lock first, at {}", self.number(between)),
            format!("{one} goes on at {} and does not look again", self.number(woken)),
        ];
        let sentence = format!("{one} goes by its notification, but {other} came between");
        Some((BugClass::CheckThenAct, sentence, because))
    }

    /// Something that the failing thread looked at has changed since.
    fn check_then_act(&mut self, thread: usize) -> Option<Found> {
        let own = |i: &usize| self.steps[*i].thread == thread;
        let mut seen: Vec<usize> = Vec::new();
        for i in (0..self.steps.len()).rev().filter(own) {
            let object = self.steps[i].object;
            if object.is_none() || seen.contains(&object.unwrap_or_default()) {
                continue;
            }
            seen.extend(object);
            let Effect::Reads(value) = Effect::of(&self.steps[i]) else { continue };
            let changed = (i + 1..self.steps.len()).find(|j| {
                let other = &self.steps[*j];
                other.thread != thread && other.object == object && Effect::of(other).changes()
            });
            let Some(changed) = changed else { continue };
            let (one, other) = (self.name(thread), self.name(self.steps[changed].thread));
            let thing = self.sources.describe(&self.steps[i]);
            self.notes.insert(changed, format!("{one} still goes by {}", self.number(i)));
            let because = vec![
                format!("{one} sees {thing} → {value} at {}", self.number(i)),
                format!("{other} changes that at {}", self.number(changed)),
            ];
            let sentence = format!("{one} acts on {thing} → {value}, which {other} has changed since");
            return Some((BugClass::CheckThenAct, sentence, because));
        }
        None
    }
}

/// A class with its sentence and its reasons.
type Found = (BugClass, String, Vec<String>);

/// The first cycle among who waits for whom, from its least thread on.
fn cycle(edges: &BTreeMap<usize, (usize, String)>) -> Option<Vec<usize>> {
    edges.keys().find_map(|start| {
        let mut ring = vec![*start];
        loop {
            let (next, _) = edges.get(ring.last()?)?;
            if next == start {
                return Some(ring);
            }
            if ring.contains(next) {
                return None;
            }
            ring.push(*next);
        }
    })
}

/// A place without its folder.
fn line(place: Place) -> String {
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
