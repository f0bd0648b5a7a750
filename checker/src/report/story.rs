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
    /// Steps of a thread that were to be one are not: another thread comes between.
    AtomicityViolation,
    /// A thread looks before another has done what it relies on.
    OrderViolation,
    /// A notification comes before the wait that it was meant for.
    LostWakeUp,
    /// Threads wait for one another, or for what nobody gives back.
    Deadlock,
    /// Threads go on for ever without getting anywhere.
    Livelock,
    /// Two accesses of plain memory, one a write, are not ordered.
    DataRace,
    /// A thread uses what has ended, or may have.
    UseAfterFree,
    /// Something ends twice.
    DoubleFree,
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
    /// Calls answer what they answer in no sequence.
    NotLinearizable,
    /// The model is not what can be explored.
    Model,
}

impl BugClass {
    /// The name in words: `lost update`.
    pub fn name(self) -> &'static str {
        match self {
            BugClass::LostUpdate => "lost update",
            BugClass::CheckThenAct => "check-then-act",
            BugClass::AtomicityViolation => "atomicity violation",
            BugClass::OrderViolation => "order violation",
            BugClass::LostWakeUp => "lost wake-up",
            BugClass::Deadlock => "deadlock",
            BugClass::Livelock => "livelock",
            BugClass::DataRace => "data race",
            BugClass::UseAfterFree => "use after free",
            BugClass::DoubleFree => "double free",
            BugClass::StaleRead => "stale read",
            BugClass::BrokenBarrier => "broken barrier",
            BugClass::LateCancel => "late cancel",
            BugClass::Assertion => "assertion",
            BugClass::Leak => "leak",
            BugClass::NotLinearizable => "not linearizable",
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
        let sentence = super::one_line(&self.counterexample.failure().message);
        self.story(class, sentence, Vec::new())
    }

    fn nondeterminism(self) -> Story {
        let sentence = super::one_line(&self.counterexample.failure().message);
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
        named.unwrap_or_else(|| match self.steps[step].operation {
            "plain read" | "plain write" => "memory".to_owned(),
            operation => format!("what it {operation}s"),
        })
    }

    /// `step 4 (main.rs:9)`.
    fn at(&self, step: usize) -> String {
        format!("{} ({})", self.number(step), line(self.steps[step].place))
    }

    fn on_same(&self, i: usize, j: usize) -> bool {
        self.steps[i].object.is_some() && self.steps[i].object == self.steps[j].object
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
                let told = told.or_else(|| self.counterexample.last_of(thread));
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
            let (name, what) = (self.name(thread), self.call(wait));
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
                    let goes_on = blocked.iter().any(|(thread, _)| *thread == holder);
                    because.push(format!(
                        "{name} waits for {thing} ({place}), which {who} holds since {} ({}){}",
                        self.number(since),
                        line(self.steps[since].place),
                        if goes_on { "" } else { ", and has ended" }
                    ));
                    self.notes.insert(since, format!("{} still holds it at the end", self.name(holder)));
                    self.show(wait);
                    self.show(since);
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
                self.show(wasted);
                self.show(wait);
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
                    self.call(wait),
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
            (None, None) => (BugClass::Deadlock, self.left(&blocked, &edges)),
        };
        self.story(class, sentence, because)
    }

    /// Who waits in the end where nobody waits for one another: whoever waits for the end of another, or for a lock that
    /// another has who waits, waits for what that one waits for.
    fn left(&self, blocked: &[(usize, usize)], edges: &BTreeMap<usize, (usize, String)>) -> String {
        let mut left: Vec<(String, Vec<&str>)> = Vec::new();
        for (thread, wait) in blocked {
            let what = match edges.get(thread) {
                Some((other, _)) if blocked.iter().any(|(thread, _)| thread == other) => continue,
                Some((other, thing)) => format!("for {thing}, which {} never gave back", self.name(*other)),
                None => format!("for ever in {}", self.call(*wait)),
            };
            match left.iter_mut().find(|(known, _)| *known == what) {
                Some((_, names)) => names.push(self.name(*thread)),
                None => left.push((what, vec![self.name(*thread)])),
            }
        }
        let waits = |names: &[&str]| if names.len() == 1 { "waits" } else { "wait" };
        let said = left.iter().map(|(what, names)| format!("{} {} {what}", and(names), waits(names)));
        let said: Vec<_> = said.collect();
        if said.is_empty() { "no thread can make progress".to_owned() } else { said.join("; ") }
    }

    /// Who reads what over and over, and who wrote it so.
    fn livelock(mut self) -> Story {
        let operations = self.counterexample.operations().to_vec();
        let failing = &self.counterexample.failure().thread;
        let own = |i: &usize| failing.as_ref().is_none_or(|name| name == self.name(self.steps[*i].thread));
        let goes_on = |i: &usize| own(i) && !self.steps[*i].blocks;
        let Some(last) = operations.iter().copied().rfind(goes_on) else {
            return self.plain(BugClass::Livelock);
        };
        let thread = self.steps[last].thread;
        // What is done again and again is done in the same lines.
        let mut round: Vec<usize> = Vec::new();
        let most = self.counterexample.round(last).unwrap_or(usize::MAX);
        for i in operations.iter().copied().rev().filter(|i| self.steps[*i].thread == thread).take(most) {
            if round.iter().any(|j| self.steps[*j].place == self.steps[i].place) {
                break;
            }
            round.push(i);
        }
        round.reverse();
        let reads = |i: &usize| matches!(Effect::of(&self.steps[*i]), Effect::Reads(_) | Effect::Updates);
        let read: Vec<usize> = round.iter().copied().filter(reads).collect();
        if read.is_empty() {
            return self.plain(BugClass::Livelock);
        }
        let name = self.name(thread);
        let calls: Vec<_> = round.iter().map(|i| self.call(*i)).collect();
        let calls: Vec<_> = calls.iter().map(String::as_str).collect();
        let mut things: Vec<_> = read.iter().map(|i| self.thing(*i)).collect();
        things.dedup();
        let mut because = Vec::new();
        for i in read {
            let written = (0..i).rfind(|j| {
                self.steps[*j].thread != thread
                    && self.on_same(*j, i)
                    && Effect::of(&self.steps[*j]).changes()
            });
            let thing = self.thing(i);
            match written {
                Some(j) => {
                    let writer = self.name(self.steps[j].thread);
                    because.push(format!(
                        "{thing} is what {writer} made it with {} at {}",
                        self.call(j),
                        self.at(j)
                    ));
                    self.notes.insert(j, format!("{name} waits for this to change"));
                    self.show(j);
                }
                None => because.push(format!("{thing} is as it was at the beginning")),
            }
            self.show(i);
        }
        let things = and(&things.iter().map(String::as_str).collect::<Vec<_>>());
        because.push(format!("all others have ended or wait, so nothing changes {things} any more"));
        let sentence =
            format!("{name} repeats {} without end: no other thread will change {things}", and(&calls));
        self.story(BugClass::Livelock, sentence, because)
    }

    /// The two accesses, and what both threads took for granted.
    fn data_race(mut self) -> Story {
        let accesses = |s: &Step| {
            matches!(s.operation, "with" | "with_mut" | "get" | "get_mut" | "plain read" | "plain write")
        };
        let failing = &self.counterexample.failure().thread;
        let own = |s: &Step| failing.as_ref() == Some(&self.counterexample.threads()[s.thread]);
        let writes = |i: usize| Effect::of(&self.steps[i]) == Effect::Writes;
        let found = self.steps.iter().rposition(|s| accesses(s) && own(s)).and_then(|one| {
            let conflicts = |j: &usize| {
                self.steps[*j].thread != self.steps[one].thread
                    && self.on_same(*j, one)
                    && (writes(*j) || writes(one))
            };
            Some(((0..one).rfind(conflicts)?, one))
        });
        let Some((first, second)) = found else { return self.plain(BugClass::DataRace) };
        let does = |i: usize| if writes(i) { "writes" } else { "reads" };
        let (one, other) = (self.name(self.steps[first].thread), self.name(self.steps[second].thread));
        let thing = self.thing(second);
        let sentence = format!(
            "{other} {} {thing} that {one} {}, and neither happens before the other",
            does(second),
            does(first)
        );
        let mut because = vec![
            format!("{one} {} {thing} at {}", does(first), self.at(first)),
            format!("{other} {} {thing} at {}", does(second), self.at(second)),
        ];
        self.notes.insert(second, format!("races with {}", self.number(first)));
        self.show(first);
        self.show(second);
        for stale in (0..self.steps.len()).filter(|i| self.steps[*i].result.contains("(stale")) {
            because.extend(self.overlooks(stale));
        }
        self.story(BugClass::DataRace, sentence, because)
    }

    /// Something was used after its end, or ended twice: the message names both places.
    fn ended(mut self, class: BugClass) -> Story {
        self.lines.extend(&self.counterexample.bug().places);
        let sentence = super::one_line(&self.counterexample.failure().message);
        let mut because = Vec::new();
        for stale in (0..self.steps.len()).filter(|i| self.steps[*i].result.contains("(stale")) {
            because.extend(self.overlooks(stale));
        }
        self.story(class, sentence, because)
    }

    /// What a read has not seen.
    fn overlooks(&mut self, stale: usize) -> Option<String> {
        let writes = |j: &usize| self.on_same(*j, stale) && Effect::of(&self.steps[*j]).changes();
        let newer = (0..stale).rfind(writes)?;
        let reader = self.name(self.steps[stale].thread);
        let (writer, thing) = (self.name(self.steps[newer].thread), self.thing(stale));
        self.notes
            .insert(stale, format!("does not see {}: nothing makes that happen before", self.number(newer)));
        self.show(newer);
        self.show(stale);
        let seen = self.steps[stale].result.split(' ').next().unwrap_or_default();
        Some(format!(
            "{reader} still reads {thing} = {seen} at {}, though {writer} wrote {} at {}",
            self.at(stale),
            self.steps[newer].result.split(',').next().unwrap_or_default(),
            self.at(newer)
        ))
    }

    /// The thread whose end the step waits for: the end of a program waits for one after the other.
    fn joined(&self, step: &Step) -> Option<usize> {
        if !step.operation.starts_with("join") && step.operation != "exit" {
            return None;
        }
        let began = self.steps.iter().find(|s| {
            matches!(s.operation, "start" | "spawn") && s.object.is_some() && s.object == step.object
        })?;
        self.counterexample.threads().iter().position(|name| *name == began.result)
    }

    fn panic(mut self) -> Story {
        let failure = self.counterexample.failure();
        let message = super::one_line(&failure.message);
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
            .or_else(|| self.cancelled_too_late())
            .or_else(|| self.went_by_notification(thread))
            .or_else(|| self.check_then_act(thread))
            .or_else(|| self.changed_meanwhile())
            .or_else(|| self.let_go_between(thread))
            .or_else(|| self.interfered(thread));
        let Some((class, sentence, mut because)) = found else { return self.plain(BugClass::Assertion) };
        because.push(format!("{} then fails: {message}", self.name(thread)));
        if self.lines.len() < LINES
            && let Some(place) = self.counterexample.failure().place
        {
            let same = |shown: &Place| (shown.file, shown.line) == (place.file, place.line);
            if !self.lines.iter().any(same) {
                self.lines.push(place);
            }
        }
        self.story(class, sentence, because)
    }

    /// A read of an older value, which the engine marks.
    fn stale_read(&mut self, thread: usize) -> Option<Found> {
        let stale = self.steps.iter().rposition(|s| s.thread == thread && s.result.contains("(stale"))?;
        let sentence = format!(
            "{} reads an old value of {}: nothing makes the newer write happen before the read",
            self.name(thread),
            self.thing(stale)
        );
        let mut because: Vec<_> = self.overlooks(stale).into_iter().collect();
        // What the thread has seen of the other meanwhile is what makes one think that it sees all.
        let newer = (0..stale)
            .rfind(|j| self.on_same(*j, stale) && Effect::of(&self.steps[*j]).changes())
            .map(|j| self.steps[j].thread);
        let knows = (0..stale).rfind(|i| {
            let step = &self.steps[*i];
            step.thread == thread && !self.on_same(*i, stale) && matches!(Effect::of(step), Effect::Reads(_))
        });
        if let (Some(i), Some(writer)) = (knows, newer)
            && let Some(j) = (0..i).rfind(|j| {
                self.on_same(*j, i)
                    && self.steps[*j].thread == writer
                    && Effect::of(&self.steps[*j]).changes()
            })
        {
            because.push(format!(
                "that it reads {} at {}, which {} wrote after that at {}, orders nothing",
                self.thing(i),
                self.number(i),
                self.name(writer),
                self.number(j)
            ));
        }
        Some((BugClass::StaleRead, sentence, because))
    }

    /// Between a thread's read of something and its write of it, another thread wrote it.
    fn lost_update(&mut self) -> Option<Found> {
        let writes = |i: &usize| Effect::of(&self.steps[*i]) == Effect::Writes;
        let (read, between, write) = (0..self.steps.len()).rev().filter(writes).find_map(|write| {
            let thread = self.steps[write].thread;
            let before =
                (0..write).rev().find(|i| self.steps[*i].thread == thread && self.on_same(*i, write))?;
            if !matches!(Effect::of(&self.steps[before]), Effect::Reads(_)) {
                return None;
            }
            let between = (before + 1..write).rev().find(|i| {
                self.steps[*i].thread != thread
                    && self.on_same(*i, write)
                    && Effect::of(&self.steps[*i]).changes()
            })?;
            Some((before, between, write))
        })?;
        let (one, other) = (self.name(self.steps[write].thread), self.name(self.steps[between].thread));
        let thing = self.thing(write);
        self.notes.insert(between, format!("lost at {}", self.number(write)));
        self.notes.insert(write, format!("overwrites {}, which it has not seen", self.number(between)));
        self.show(read);
        self.show(write);
        let because = vec![
            format!("{one} reads {thing} = {} at {}", self.steps[read].result, self.number(read)),
            format!("{other} changes it at {}", self.number(between)),
            format!("{one} writes what it made of the old value at {}", self.number(write)),
        ];
        let sentence = format!("{one} overwrites what {other} wrote to {thing}, without having seen it");
        Some((BugClass::LostUpdate, sentence, because))
    }

    /// The thread finds a barrier broken since another gave up waiting at it.
    fn broken_barrier(&mut self, thread: usize) -> Option<Found> {
        let message = self.counterexample.failure().message.to_lowercase();
        let says = message.contains("broken") && message.contains("barrier");
        let broken = self
            .steps
            .iter()
            .rposition(|s| s.thread == thread && s.result.contains("barrier is broken"))
            .or_else(|| self.counterexample.last_of(thread).filter(|_| says))?;
        let gave_up = (0..broken).find(|i| self.steps[*i].result == "timed out");
        let since = match gave_up {
            Some(i) => (0..i).rfind(|j| {
                let (step, end) = (&self.steps[*j], &self.steps[i]);
                step.blocks && (step.thread, step.place) == (end.thread, end.place)
            }),
            None => (0..=broken).find(|i| self.on_same(*i, broken) && self.steps[*i].blocks),
        };
        let mut because = Vec::new();
        if let Some(since) = since {
            because.push(format!(
                "{} waits at {} since {}, and the time is up before all have come",
                self.name(self.steps[since].thread),
                self.thing(since),
                self.at(since)
            ));
            self.show(since);
        }
        if let Some(i) = gave_up {
            let who = self.name(self.steps[i].thread);
            because.push(format!("{who} gives up at {}", self.number(i)));
            self.notes.insert(i, format!("{who} gives up: the barrier is broken for all"));
            // Whoever breaks a barrier uses its parts.
            let parts = |j: &usize| {
                (0..=i).any(|k| self.steps[k].thread == self.steps[i].thread && self.on_same(k, *j))
            };
            let comes = (i..=broken).find(|j| self.steps[*j].thread == thread && parts(j));
            if let Some(j) = comes.filter(|_| thread != self.steps[i].thread) {
                because.push(format!("{} comes at {}, and finds it broken", self.name(thread), self.at(j)));
            }
            let too = if thread == self.steps[i].thread {
                String::new()
            } else {
                format!(" for {} too", self.name(thread))
            };
            let sentence =
                format!("{who} gave up waiting at {}, which broke the barrier{too}", self.thing(i));
            return Some((BugClass::BrokenBarrier, sentence, because));
        }
        let sentence = format!("a wait at {} gave up, which broke it for all", self.thing(broken));
        Some((BugClass::BrokenBarrier, sentence, because))
    }

    /// What the source calls a cancellation is written when the other has looked at it for the last time.
    fn cancelled_too_late(&mut self) -> Option<Found> {
        let cancels = |i: &usize| {
            Effect::of(&self.steps[*i]).changes() && self.thing(*i).to_lowercase().contains("cancel")
        };
        let (looked, late) = (0..self.steps.len()).rev().filter(cancels).find_map(|late| {
            let looks = |i: &usize| {
                self.on_same(*i, late)
                    && self.steps[*i].thread != self.steps[late].thread
                    && matches!(Effect::of(&self.steps[*i]), Effect::Reads(_))
            };
            let looked = (0..late).rfind(looks)?;
            let again = (late..self.steps.len()).any(|i| looks(&i));
            (!again).then_some((looked, late))
        })?;
        let (one, other) = (self.name(self.steps[looked].thread), self.name(self.steps[late].thread));
        let thing = self.thing(late);
        self.notes.insert(late, format!("too late: {one} has looked at {}", self.number(looked)));
        self.show(looked);
        self.show(late);
        let mut because = vec![
            format!("{one} sees {thing} = {} at {}", self.steps[looked].result, self.at(looked)),
            format!("{other} cancels at {}, when that is decided", self.at(late)),
        ];
        let acts = (looked + 1..self.steps.len()).find(|i| {
            self.steps[*i].thread == self.steps[looked].thread && Effect::of(&self.steps[*i]).changes()
        });
        if let Some(acts) = acts {
            because.push(format!("{one} acts all the same: {} at {}", self.call(acts), self.at(acts)));
        }
        let sentence =
            format!("the cancellation by {other} loses its race: {one} has looked at {thing} before");
        Some((BugClass::LateCancel, sentence, because))
    }

    /// A thread changes something by what it saw of it, and another has changed that between.
    fn changed_meanwhile(&mut self) -> Option<Found> {
        let updates = |i: &usize| Effect::of(&self.steps[*i]) == Effect::Updates;
        let (read, between, act) = (0..self.steps.len()).rev().filter(updates).find_map(|act| {
            let thread = self.steps[act].thread;
            let read = (0..act).rfind(|i| self.steps[*i].thread == thread && self.on_same(*i, act))?;
            if !matches!(Effect::of(&self.steps[read]), Effect::Reads(_)) {
                return None;
            }
            let between = (read + 1..act).rfind(|i| {
                self.steps[*i].thread != thread
                    && self.on_same(*i, act)
                    && Effect::of(&self.steps[*i]).changes()
            })?;
            Some((read, between, act))
        })?;
        let (one, other) = (self.name(self.steps[act].thread), self.name(self.steps[between].thread));
        let (seen, value) = (self.call(read), &self.steps[read].result);
        self.notes.insert(between, format!("{one} still goes by {}", self.number(read)));
        self.show(read);
        self.show(act);
        let because = vec![
            format!("{one} sees {seen} → {value} at {}", self.number(read)),
            format!("{other} changes that at {}", self.number(between)),
            format!("{one} acts on what it saw at {}", self.number(act)),
        ];
        let sentence = format!("{one} acts on {seen} → {value}, which {other} has changed since");
        Some((BugClass::CheckThenAct, sentence, because))
    }

    /// The failing thread has had a lock twice, and another has had it between.
    fn let_go_between(&mut self, thread: usize) -> Option<Found> {
        let takes =
            |i: &usize| Effect::of(&self.steps[*i]) == Effect::Takes && self.steps[*i].object.is_some();
        let told = self.counterexample.operations().to_vec();
        let mut own = told.iter().copied().filter(|i| self.steps[*i].thread == thread && takes(i)).rev();
        let act = own.next()?;
        let look = own.find(|i| self.on_same(*i, act))?;
        let between =
            (look..act).rfind(|i| self.steps[*i].thread != thread && self.on_same(*i, act) && takes(i))?;
        let (one, other, thing) = (self.name(thread), self.name(self.steps[between].thread), self.thing(act));
        self.notes.insert(between, format!("comes between {} and {}", self.number(look), self.number(act)));
        self.show(look);
        self.show(act);
        let because = vec![
            format!("{one} has {thing} at {}, and gives it back", self.at(look)),
            format!("{other} has {thing} at {}", self.at(between)),
            format!("{one} has it again at {}: what it saw before need not hold", self.at(act)),
        ];
        let sentence =
            format!("{one} lets go of {thing} between its look and its act, and {other} comes between");
        Some((BugClass::CheckThenAct, sentence, because))
    }

    /// What the failing thread read last is not what it had read or written before, since another thread has changed it: one of
    /// the interleavings of S. Lu, J. Tucek, F. Qin, Y. Zhou, "AVIO: Detecting Atomicity Violations via Access Interleaving
    /// Invariants", ASPLOS 2006, that no order of whole threads explains.
    fn interfered(&mut self, thread: usize) -> Option<Found> {
        let told = self.counterexample.operations().to_vec();
        let own = |i: &usize| self.steps[*i].thread == thread;
        let reads = |i: &usize| matches!(Effect::of(&self.steps[*i]), Effect::Reads(_));
        let changes = |i: &usize| Effect::of(&self.steps[*i]).changes();
        let mut back = told.iter().copied().filter(own).rev();
        // What it gives back since is given back because it fails.
        let last = back.find(|i| Effect::of(&self.steps[*i]) != Effect::Gives).filter(reads)?;
        let first = back.find(|i| self.on_same(*i, last)).filter(|i| reads(i) || changes(i))?;
        let between = (first..last).rfind(|i| !own(i) && self.on_same(*i, last) && changes(i))?;
        let acts =
            told.iter().copied().find(|i| (first..last).contains(i) && own(i) && *i != first && changes(i));
        let (one, other) = (self.name(thread), self.name(self.steps[between].thread));
        let (before, after) = (self.steps[first].result.clone(), self.steps[last].result.clone());
        if before == after {
            return None;
        }
        let (look, again) = (self.call(first), self.call(last));
        self.notes.insert(between, format!("comes between {} and {}", self.number(first), self.number(last)));
        self.show(first);
        self.show(last);
        let did = if reads(&first) { "sees" } else { "does" };
        let mut because = vec![
            format!("{one} {did} {look} → {before} at {}", self.number(first)),
            format!("{other} changes that at {}", self.number(between)),
        ];
        let found = match acts.filter(|_| reads(&first)) {
            Some(acts) => {
                because.push(format!("{one} acts on what it saw at {}", self.at(acts)));
                let sentence = format!("{one} acts on {look} → {before}, which {other} has changed since");
                (BugClass::CheckThenAct, sentence)
            }
            None => {
                let sentence =
                    format!("{other} comes between {look} and {again} of {one}, which were to be one step");
                (BugClass::AtomicityViolation, sentence)
            }
        };
        because.push(format!("{one} sees {again} → {after} at {}", self.number(last)));
        Some((found.0, found.1, because))
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

    /// Something that the failing thread looked at has changed since. Where it looked last of all, and failed by what it saw, it
    /// came too early: an order violation (S. Lu, S. Park, E. Seo, Y. Zhou, "Learning from Mistakes: A Comprehensive Study on
    /// Real World Concurrency Bug Characteristics", ASPLOS 2008).
    fn check_then_act(&mut self, thread: usize) -> Option<Found> {
        let told = self.counterexample.operations().to_vec();
        let own = |i: &usize| self.steps[*i].thread == thread;
        // What it gives back at the end, and whose ends it waits for there, is so because it fails.
        let ends =
            |i: &usize| Effect::of(&self.steps[*i]) == Effect::Gives || self.steps[*i].operation == "exit";
        let last = told.iter().copied().filter(own).rfind(|i| !ends(i))?;
        let mut seen: Vec<usize> = Vec::new();
        for i in told.iter().copied().rev().filter(own) {
            let object = self.steps[i].object;
            if object.is_none() || seen.contains(&object.unwrap_or_default()) {
                continue;
            }
            seen.extend(object);
            let Effect::Reads(value) = Effect::of(&self.steps[i]) else { continue };
            let changed = told.iter().copied().filter(|j| *j > i).find(|j| {
                let other = &self.steps[*j];
                other.thread != thread && other.object == object && Effect::of(other).changes()
            });
            let Some(changed) = changed else { continue };
            let (one, other) = (self.name(thread), self.name(self.steps[changed].thread));
            let call = self.call(i);
            self.show(i);
            self.show(changed);
            let sees = format!("{one} sees {call} → {value} at {}", self.number(i));
            let change = format!("{other} changes that at {}", self.number(changed));
            return Some(if i == last {
                self.notes.insert(changed, format!("{one} has looked at {}", self.number(i)));
                let sentence = format!("{one} looks at {} before {other} changes it", self.thing(i));
                (BugClass::OrderViolation, sentence, vec![sees, format!("{change} only")])
            } else {
                self.notes.insert(changed, format!("{one} still goes by {}", self.number(i)));
                let sentence = format!("{one} acts on {call} → {value}, which {other} has changed since");
                (BugClass::CheckThenAct, sentence, vec![sees, change])
            });
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
