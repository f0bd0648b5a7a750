//! Handles of values that threads share, whose counts are no events.
//!
//! A count that threads change and nobody looks at is the same whatever the order of the changes. So the handles of an `Arc`
//! count as they run, and each change is stamped, as plain accesses are ([`races`](super::races)). Where two threads do what does
//! not commute, and neither happens before the other, the counts of values of that type become [events](super::counted), and
//! the exploration begins again. Where that never comes up, every look has what happens before it determined, and with it
//! what it sees: an event would add no behaviour and no happens-before.
//!
//! The last drop acquires what all others released. Which one is the last is only the order of the run, where happens-before
//! does not say it. One order that the graph allows stands for all of them as long as the thread that was last does nothing after
//! it: until then it *owes* what it acquired. Its next event without that, or a race that is found in such an execution, makes
//! drops events.

use std::panic::Location;

use super::counted::Level;
use super::graph::Graph;
use super::run::{Engine, Stop};

/// The two counts of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Strong,
    Weak,
}

/// What a handle does to a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Adds one, and learns nothing.
    Rises,
    /// Adds one, and acquires what drops released, or stands for nothing after the last of them.
    Takes,
    /// Takes one away, and releases.
    Drops,
    /// Sees how many there are.
    Looks,
    /// Sees how many there are and changes that in one step.
    Swaps,
}

/// A deed as a set.
const fn only(deed: Deed) -> u8 {
    1 << deed as u8
}

impl Deed {
    /// What it does not commute with.
    fn minds(self) -> u8 {
        const SEES: u8 = only(Deed::Looks) | only(Deed::Swaps);
        match self {
            Deed::Rises => SEES,
            Deed::Takes => SEES | only(Deed::Drops),
            Deed::Drops => SEES | only(Deed::Takes),
            Deed::Looks => !only(Deed::Looks),
            Deed::Swaps => !0,
        }
    }

    fn looks(self) -> bool {
        matches!(self, Deed::Looks | Deed::Swaps)
    }
}

/// When a thread did each deed last: 1 more than the events that it had done then, or 0.
type Stamps = [u32; 5];

/// A count, and who did what to it.
#[derive(Debug, Default)]
struct Count {
    now: usize,
    /// What was done to it at all.
    deeds: u8,
    /// By lane.
    stamps: Vec<Stamps>,
    /// How many drops of each lane were events, where drops alone are.
    drops: Vec<u32>,
}

/// How many handles of one value a thread drops before what it makes counts too. Drops alone only ever rise, and a loop that
/// makes and drops a handle in each round would be another in each.
const DROPS: u32 = 4;

impl Count {
    fn begin(&mut self, now: usize) {
        (self.now, self.deeds) = (now, 0);
        self.stamps.clear();
        self.drops.clear();
    }

    /// By which threads but `lane` one of `deeds` was done, after which no event of theirs is known, and when.
    fn unknown<'a>(
        &'a self,
        lane: u32,
        deeds: u8,
        known: &'a [u32],
    ) -> impl Iterator<Item = (u32, u32)> + 'a {
        self.stamps.iter().enumerate().filter_map(move |(other, stamps)| {
            let wanted = stamps.iter().enumerate().filter(|(deed, _)| deeds >> deed & 1 == 1);
            let last = wanted.map(|(_, last)| *last).max().unwrap_or(0);
            let known = known.get(other).copied().unwrap_or(0);
            (known < last && other as u32 != lane).then_some((other as u32, last))
        })
    }

    #[inline]
    fn stamp(&mut self, lane: u32, deed: Deed, done: u32) {
        if self.stamps.len() <= lane as usize {
            self.stamps.resize(lane as usize + 1, Stamps::default());
        }
        self.stamps[lane as usize][deed as usize] = done + 1;
        self.deeds |= only(deed);
    }
}

/// A value that handles share.
#[derive(Debug, Default)]
struct Value {
    /// The name of its type.
    name: &'static str,
    counts: [Count; 2],
}

/// The values of the execution that is running.
#[derive(Debug, Default)]
pub(crate) struct Handles {
    values: Vec<Value>,
    /// How many of `values` belong to the execution; the rest is memory to use again.
    used: u32,
    /// Whether anybody has looked at a count.
    looked: bool,
}

impl Handles {
    pub(super) fn begin(&mut self) {
        (self.used, self.looked) = (0, false);
    }

    /// Whether anybody has looked at a count: that is the model's doing, though it is no event.
    pub(in crate::engine) fn were_looked_at(&self) -> bool {
        self.looked
    }

    /// Whether somebody has looked at a count of which two threads have something.
    pub(super) fn are_shared(&self) -> bool {
        let looks = only(Deed::Looks) | only(Deed::Swaps);
        let counts = self.values[..self.used as usize].iter().flat_map(|value| &value.counts);
        let threads = |count: &Count| count.stamps.iter().filter(|stamps| **stamps != [0; 5]).count();
        self.looked && counts.filter(|count| count.deeds & looks != 0).any(|count| threads(count) > 1)
    }

    fn count(&mut self, value: u32, word: Word) -> &mut Count {
        &mut self.values[value as usize].counts[word as usize]
    }

    /// How many handles there are at this moment of the run.
    pub(crate) fn now(&mut self, value: u32, word: Word) -> &mut usize {
        &mut self.count(value, word).now
    }

    /// Whether anybody has done anything to a count.
    pub(crate) fn was_touched(&mut self, value: u32, word: Word) -> bool {
        self.count(value, word).deeds != 0
    }

    /// Somebody does something to a count, which is an event.
    pub(crate) fn touch(&mut self, value: u32, word: Word) {
        self.count(value, word).deeds |= only(Deed::Rises);
    }

    /// A value of a type of this name, with so many strong and weak handles.
    pub(crate) fn add(&mut self, name: &'static str, strong: usize, weak: usize) -> u32 {
        let value = self.used;
        if self.values.len() == value as usize {
            self.values.push(Value::default());
        }
        self.used += 1;
        let Value { name: of, counts: [first, second] } = &mut self.values[value as usize];
        *of = name;
        first.begin(strong);
        second.begin(weak);
        value
    }
}

/// What a thread would know if the drops of values of this type were events: so many events of the lane, and the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owed {
    lane: u32,
    events: u32,
    name: &'static str,
}

impl Owed {
    fn is_known(&self, lane: u32, graph: &Graph, done: u32) -> bool {
        let known = graph.happens_before_of(lane, done);
        self.lane == lane || known.get(self.lane as usize).is_some_and(|known| *known >= self.events)
    }
}

impl Engine {
    /// The running thread does to a count that is no event what `deed` says of it, and leaves so many there. Returns how many
    /// there were, or `None` where that does not commute with what another did: the exploration begins again.
    #[inline]
    pub(crate) fn does(
        &mut self,
        value: u32,
        word: Word,
        deed: impl FnOnce(usize) -> (Deed, usize),
    ) -> Option<usize> {
        let (lane, done) = (self.run.running(), self.run.done());
        let count = self.run.handles.count(value, word);
        let before = count.now;
        let (deed, after) = deed(before);
        if count.deeds & deed.minds() != 0 && self.minds(value, word, deed) {
            return None;
        }
        if deed.looks() {
            self.run.handles.looked = true;
            self.shares();
        }
        let handles = &mut self.run.handles;
        let count = handles.count(value, word);
        count.now = after;
        count.stamp(lane, deed, done);
        Some(before)
    }

    /// What the running thread does with its handle is something that others see.
    pub(crate) fn shares(&mut self) {
        self.run.this_thread().reaches = true;
    }

    /// Whether `deed` does not commute with what another did that does not happen before it.
    #[cold]
    fn minds(&mut self, value: u32, word: Word, deed: Deed) -> bool {
        let (lane, done) = (self.run.running(), self.run.done());
        let known = self.search.current.graph.happens_before_of(lane, done);
        let minds = self.run.handles.count(value, word).unknown(lane, deed.minds(), known).next().is_some();
        if minds {
            self.counts_handles(value);
        }
        minds
    }

    /// The running thread has dropped a handle, which is an event; what it makes is none.
    pub(crate) fn has_dropped(&mut self, value: u32, word: Word) {
        let lane = self.run.running() as usize;
        let drops = &mut self.run.handles.count(value, word).drops;
        if drops.len() <= lane {
            drops.resize(lane + 1, 0);
        }
        drops[lane] += 1;
        if drops[lane] > DROPS {
            self.counts_handles(value);
        }
    }

    /// Whether every drop happens before what the running thread does next.
    pub(crate) fn knows_drops(&mut self, value: u32, word: Word) -> bool {
        let (lane, done) = (self.run.running(), self.run.done());
        let known = self.search.current.graph.happens_before_of(lane, done);
        self.run.handles.count(value, word).unknown(lane, only(Deed::Drops), known).next().is_none()
    }

    /// The running thread's drop is the last in the order of the run. Whether every other drop happens before it.
    pub(crate) fn owe_drops(&mut self, value: u32, word: Word) -> bool {
        let knows = self.knows_drops(value, word);
        if !knows {
            self.choose_last(value, word);
        }
        knows
    }

    /// Any drop that happens before no other may have been the last: best that of a thread that has ended with it, since it
    /// does nothing with what it acquired.
    #[cold]
    fn choose_last(&mut self, value: u32, word: Word) {
        let (lane, done) = (self.run.running(), self.run.done());
        let graph = &self.search.current.graph;
        let known = graph.happens_before_of(lane, done);
        let name = self.run.handles.values[value as usize].name;
        let mut drops: Vec<_> =
            self.run.handles.count(value, word).unknown(lane, only(Deed::Drops), known).collect();
        let knows = |(lane, last): (u32, u32), other: (u32, u32)| {
            let known = graph.happens_before_of(lane, last - 1);
            lane == other.0 || known.get(other.0 as usize).is_some_and(|known| *known >= other.1)
        };
        let ended = drops.iter().copied().find(|drop| {
            let others = || drops.iter().filter(|other| other.0 != drop.0);
            self.run.has_ended_with(drop.0, drop.1 - 1) && !others().any(|other| knows(*other, *drop))
        });
        let last = ended.unwrap_or((lane, done + 1));
        drops.push((lane, done + 1));
        drops.retain(|drop| !knows(last, *drop));
        let owes = &mut self.run.threads[last.0 as usize].owes;
        owes.extend(drops.into_iter().map(|(lane, events)| Owed { lane, events, name }));
        self.run.checks_calls = true;
    }

    /// Whether the running thread comes to an event without what it owes. Then the exploration begins again.
    #[cold]
    pub(super) fn owes(&mut self) -> bool {
        let (lane, done) = (self.run.running(), self.run.done());
        let graph = &self.search.current.graph;
        let owes = &mut self.run.threads[lane as usize].owes;
        owes.retain(|owed| !owed.is_known(lane, graph, done));
        let Some(owed) = owes.first().copied() else { return false };
        self.counts_drops_of(owed.name);
        true
    }

    /// The running thread has come to the end of another, and knows what that owed.
    pub(super) fn takes_over(&mut self, child: u32) {
        if self.run.checks_calls {
            let owes = std::mem::take(&mut self.run.threads[child as usize].owes);
            self.run.this_thread().owes.extend_from_slice(&owes);
            self.run.threads[child as usize].owes = owes;
        }
    }

    /// Whether the execution is not to fail for want of happens-before, since drops that are no events may make it: then the
    /// exploration begins again.
    pub(super) fn fails_by_debt(&mut self) -> bool {
        let owes = self.run.threads.iter().flat_map(|thread| &thread.owes);
        let mut names: Vec<_> = owes.map(|owed| owed.name).collect();
        names.dedup();
        let owes = self.run.checks_calls && !names.is_empty();
        if owes {
            names.into_iter().for_each(|name| self.counts_drops_of(name));
        }
        owes
    }

    /// From here on drops of values of this type are events.
    pub(crate) fn counts_drops_of(&mut self, name: &'static str) {
        if self.may_restart() {
            self.counted.count(name);
        }
    }

    /// From here on all that is done to the counts of values of this value's type is.
    fn counts_handles(&mut self, value: u32) {
        if self.may_restart() {
            self.counted.look(self.run.handles.values[value as usize].name);
        }
    }

    /// Whether an exchange that is made `at` may be taken for a fence.
    pub(crate) fn takes_for_fence(&self, at: &Location<'_>) -> bool {
        self.counted.level(&at.to_string()) == Level::Nothing
    }

    /// Threads share an atomic whose exchange, made `at`, looks like a fence: it is none.
    pub(crate) fn is_no_fence(&mut self, at: &Location<'_>) {
        if self.takes_for_fence(at) && self.may_restart() {
            self.counted.look(&at.to_string());
        }
    }

    /// Whether the exploration is to begin again. An execution that stops for another reason does not do that, so nothing may
    /// change by it.
    fn may_restart(&mut self) -> bool {
        matches!(self.run.stop.get_or_insert(Stop::Restart), Stop::Restart)
    }
}
