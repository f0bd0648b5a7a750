//! What is known of each eight bytes of memory.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::ops::Range;
use std::panic::Location;

use crate::engine::ByNumber;

/// So many bytes share an entry.
const BYTES: usize = 8;

/// So many entries are in a page.
const ENTRIES: usize = 512;

const PAGE: usize = BYTES * ENTRIES;

/// So many pages are kept for later executions.
const KEPT: usize = 4096;

/// So many pages are found at once.
const RECENT: usize = 16;

/// An access of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Access {
    pub(super) lane: u32,
    /// The events that the thread had done.
    pub(super) events: u32,
    pub(super) by: By,
    /// Which of the eight bytes, a bit for each.
    pub(super) bytes: u8,
    pub(super) writes: bool,
}

/// What accesses memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// A plain load or store. Here the code goes on after it.
    Plain(usize),
    /// An operation of an atomic.
    Atomic(&'static Location<'static>),
}

impl By {
    /// What it does to memory.
    pub(super) fn verb(self, writes: bool) -> &'static str {
        match (self, writes) {
            (By::Plain(_), true) => "writes",
            (By::Plain(_), false) => "reads",
            (By::Atomic(_), true) => "atomically writes",
            (By::Atomic(_), false) => "atomically reads",
        }
    }
}

impl Access {
    pub(super) fn verb(&self) -> &'static str {
        self.by.verb(self.writes)
    }

    fn is_atomic(&self) -> bool {
        matches!(self.by, By::Atomic(_))
    }

    fn happens_before(&self, lane: u32, known: &[u32]) -> bool {
        self.lane == lane || known.get(self.lane as usize).is_some_and(|n| *n > self.events)
    }

    /// C++ [intro.races]: at least one writes, and not both are atomic. Rust has atomics of two sizes at one place, which conflict
    /// (std::sync::atomic, "Memory model for atomic accesses").
    fn conflicts(&self, other: &Access) -> bool {
        self.bytes & other.bytes != 0 && (self.writes || other.writes) && !self.is_atomic_as(other)
    }

    /// Whether both are operations of one atomic.
    fn is_atomic_as(&self, other: &Access) -> bool {
        self.is_atomic() && other.is_atomic() && self.bytes == other.bytes
    }

    /// Whether all that races with an earlier access that happens before this one races with this one.
    fn replaces(&self, other: &Access) -> bool {
        other.bytes & !self.bytes == 0
            && (self.writes || !other.writes)
            && (!self.is_atomic() || self.is_atomic_as(other))
    }
}

/// What was done to eight bytes in one execution.
#[derive(Default)]
struct Entry {
    execution: u64,
    /// What another access may still race with.
    accesses: Vec<Access>,
}

type Page = [Entry; ENTRIES];

#[derive(Default)]
pub(super) struct Shadow {
    execution: u64,
    /// Thread-locals of the OS thread, which the threads of a model share: std's own, for the model's are on the heap. They belong to
    /// each thread of a program alone.
    of_os_thread: Vec<Range<usize>>,
    /// From the first of them to the last.
    around_of_os_thread: Range<usize>,
    /// Where each page is in `pages`.
    numbers: HashMap<usize, u32, BuildHasherDefault<ByNumber>>,
    pages: Vec<Box<Page>>,
    /// Pages that were used not long ago, with where they are in `pages`. What is left of a page's number says where it is here.
    recent: [Option<(usize, u32)>; RECENT],
}

impl Shadow {
    /// `locals`: the OS thread's thread-locals.
    pub(super) fn beside(locals: Vec<Range<usize>>) -> Self {
        let start = locals.iter().map(|local| local.start).min().unwrap_or(0);
        let end = locals.iter().map(|local| local.end).max().unwrap_or(0);
        Shadow { of_os_thread: locals, around_of_os_thread: start..end, ..Shadow::default() }
    }

    /// Whether this is memory that no two threads of a program share.
    #[inline]
    pub(super) fn is_of_os_thread(&self, memory: usize) -> bool {
        self.around_of_os_thread.contains(&memory)
            && self.of_os_thread.iter().any(|locals| locals.contains(&memory))
    }

    /// What is known of other executions than this one is of no use.
    pub(super) fn begin(&mut self, execution: u64) {
        if self.execution != execution {
            self.execution = execution;
            if self.pages.len() > KEPT {
                self.pages.clear();
                self.numbers.clear();
                self.recent = [None; RECENT];
            }
        }
    }

    /// Keeps an access of a thread that knows so many events of others, and returns one that races with it. What is `ours` races with
    /// nothing.
    pub(super) fn access<'a>(
        &mut self,
        memory: usize,
        size: usize,
        now: Access,
        known: impl Fn() -> &'a [u32],
        ours: impl Fn(By) -> bool,
    ) -> Option<Access> {
        let mut races = None;
        let mut at = memory;
        while at < memory + size {
            let (offset, end) = (at % BYTES, memory + size - at);
            let count = end.min(BYTES - offset);
            let bytes = (u8::MAX >> (BYTES - count)) << offset;
            races = races.or(self.entry(at).access(Access { bytes, ..now }, &known, &ours));
            at += count;
        }
        races
    }

    fn entry(&mut self, at: usize) -> &mut Entry {
        let number = at / PAGE;
        let recent = &mut self.recent[number % RECENT];
        let index = match *recent {
            Some((of, index)) if of == number => index,
            _ => {
                let next = self.pages.len() as u32;
                let index = *self.numbers.entry(number).or_insert(next);
                if index == next {
                    self.pages.push(new_page());
                }
                *recent = Some((number, index));
                index
            }
        };
        let entry = &mut self.pages[index as usize][at % PAGE / BYTES];
        if entry.execution != self.execution {
            entry.execution = self.execution;
            entry.accesses.clear();
        }
        entry
    }

    fn page(&self, number: usize) -> Option<&Page> {
        self.numbers.get(&number).map(|index| &*self.pages[*index as usize])
    }

    /// An access of this execution to `memory` that does not happen before what a thread does next, which knows so many events of
    /// others. What is `ours` happens before all, and the end of an atomic is looked at where it is known.
    pub(super) fn not_before(
        &self,
        memory: &Range<usize>,
        execution: u64,
        (lane, known): (u32, &[u32]),
        ours: impl Fn(By) -> bool,
    ) -> Option<Access> {
        if self.execution != execution {
            return None;
        }
        let pages =
            (memory.start / PAGE..=(memory.end - 1) / PAGE).filter_map(|at| Some((at, self.page(at)?)));
        let entries = pages.flat_map(|(at, page)| {
            let (start, end) = (memory.start.max(at * PAGE), memory.end.min((at + 1) * PAGE));
            &page[start % PAGE / BYTES..(end - 1) % PAGE / BYTES + 1]
        });
        let accesses = entries.filter(|entry| entry.execution == execution).flat_map(|entry| &entry.accesses);
        let mut plain = accesses.copied().filter(|access| !access.is_atomic());
        plain.find(|access| !access.happens_before(lane, known) && !ours(access.by))
    }

    /// The memory is given back, in this execution.
    pub(super) fn forget(&mut self, memory: &Range<usize>, execution: u64) {
        if self.execution != execution {
            return;
        }
        let mut at = memory.start;
        while at < memory.end {
            let next = (at / PAGE + 1) * PAGE;
            if let Some(index) = self.numbers.get(&(at / PAGE)) {
                let page = &mut self.pages[*index as usize];
                let last = next.min(memory.end);
                for entry in &mut page[at % PAGE / BYTES..(last - 1) % PAGE / BYTES + 1] {
                    entry.accesses.clear();
                }
            }
            at = next;
        }
    }
}

fn new_page() -> Box<Page> {
    let page: Vec<Entry> = (0..ENTRIES).map(|_| Entry::default()).collect();
    page.into_boxed_slice().try_into().unwrap_or_else(|_| unreachable!("it has that many"))
}

impl Entry {
    fn access<'a>(
        &mut self,
        now: Access,
        known: &impl Fn() -> &'a [u32],
        ours: &impl Fn(By) -> bool,
    ) -> Option<Access> {
        // PERF: most memory is one thread's, and most accesses are as the one before.
        match &mut self.accesses[..] {
            [] => self.accesses.push(now),
            [.., last] if *last == now => {}
            [only] if only.lane == now.lane && now.replaces(only) => *only = now,
            _ => return self.access_of_several(now, known(), ours),
        }
        None
    }

    fn access_of_several(
        &mut self,
        now: Access,
        known: &[u32],
        ours: &impl Fn(By) -> bool,
    ) -> Option<Access> {
        let races = |other: &&Access| {
            other.conflicts(&now) && !other.happens_before(now.lane, known) && !ours(other.by)
        };
        let race = self.accesses.iter().find(races).copied();
        if race.is_some() && !ours(now.by) {
            return race;
        }
        // Whatever races with one that this replaces races with this one too.
        self.accesses.retain(|other| !(now.replaces(other) && other.happens_before(now.lane, known)));
        self.accesses.push(now);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(lane: u32, events: u32, writes: bool) -> Access {
        Access { lane, events, by: By::Plain(1), bytes: 0, writes }
    }

    fn atomic(lane: u32, events: u32, writes: bool) -> Access {
        Access { by: By::Atomic(Location::caller()), ..access(lane, events, writes) }
    }

    fn races(shadow: &mut Shadow, memory: usize, size: usize, now: Access, known: &[u32]) -> bool {
        shadow.access(memory, size, now, || known, |by| by == By::Plain(2)).is_some()
    }

    #[test]
    fn a_write_races_with_what_does_not_happen_before_it() {
        let mut shadow = Shadow::default();
        assert!(!races(&mut shadow, 64, 4, access(0, 3, true), &[]));
        assert!(races(&mut shadow, 64, 4, access(1, 1, true), &[3]), "it knows three events, not the fourth");
        assert!(!races(&mut shadow, 64, 4, access(1, 1, true), &[4]));
        assert!(races(&mut shadow, 66, 1, access(2, 1, false), &[4]), "the last write is another's");
    }

    #[test]
    fn reads_do_not_race_nor_do_two_fields_of_a_word() {
        let mut shadow = Shadow::default();
        assert!(!races(&mut shadow, 64, 4, access(0, 0, true), &[]));
        assert!(!races(&mut shadow, 68, 4, access(1, 0, true), &[]));
        assert!(!races(&mut shadow, 72, 8, access(0, 0, false), &[]));
        assert!(!races(&mut shadow, 72, 8, access(1, 0, false), &[]));
        assert!(races(&mut shadow, 71, 2, access(2, 0, false), &[]), "its first byte is in the field before");
    }

    #[test]
    fn an_atomic_races_with_plain_accesses_and_not_with_its_like() {
        let mut shadow = Shadow::default();
        assert!(!races(&mut shadow, 64, 8, atomic(0, 0, true), &[]));
        assert!(!races(&mut shadow, 64, 8, atomic(1, 0, true), &[]));
        assert!(!races(&mut shadow, 64, 8, atomic(2, 0, false), &[]));
        assert!(races(&mut shadow, 64, 8, access(2, 0, false), &[]), "it reads what two have written");
        assert!(!races(&mut shadow, 64, 8, access(2, 0, false), &[1, 1]));
        assert!(!races(&mut shadow, 64, 8, atomic(0, 1, false), &[]));
        assert!(races(&mut shadow, 64, 8, atomic(0, 1, true), &[]), "the plain read is another's");
    }

    #[test]
    fn atomics_of_two_sizes_race() {
        let mut shadow = Shadow::default();
        assert!(!races(&mut shadow, 64, 4, atomic(0, 0, true), &[]));
        assert!(!races(&mut shadow, 64, 8, atomic(0, 1, false), &[]));
        assert!(races(&mut shadow, 64, 8, atomic(1, 0, false), &[]), "half of it was written");
        assert!(!races(&mut shadow, 64, 8, atomic(1, 0, false), &[1]));
        assert!(!races(&mut shadow, 68, 4, atomic(1, 0, false), &[]), "nobody has written this half");
    }

    #[test]
    fn a_plain_write_is_not_forgotten_for_an_atomic_one() {
        let mut shadow = Shadow::default();
        assert!(!races(&mut shadow, 64, 1, access(0, 0, true), &[]));
        assert!(!races(&mut shadow, 64, 1, atomic(0, 0, true), &[]));
        assert!(races(&mut shadow, 64, 1, atomic(1, 0, false), &[]), "as a flag is that was made just now");
        assert!(!races(&mut shadow, 64, 1, atomic(1, 0, false), &[1]));
    }

    #[test]
    fn an_access_that_does_not_happen_before_memory_is_freed_is_found() {
        let mut shadow = Shadow::default();
        assert!(!races(&mut shadow, 4088, 16, access(0, 3, false), &[]));
        let find = |shadow: &Shadow, memory: Range<usize>, lane, known: &[u32]| {
            shadow.not_before(&memory, 0, (lane, known), |by| by == By::Plain(2)).is_some()
        };
        assert!(find(&shadow, 4000..4089, 1, &[3]), "it knows three events, not the fourth");
        assert!(find(&shadow, 4096..8192, 1, &[]));
        assert!(!find(&shadow, 4096..8192, 1, &[4]));
        assert!(!find(&shadow, 4096..8192, 0, &[]), "it is its own");
        assert!(!find(&shadow, 4104..12288, 1, &[]));
        assert!(!races(&mut shadow, 64, 8, Access { by: By::Plain(2), ..access(0, 0, true) }, &[]));
        assert!(!find(&shadow, 64..72, 1, &[]), "it is ours");
    }

    #[test]
    fn what_is_given_back_or_of_another_execution_is_forgotten() {
        let mut shadow = Shadow::default();
        assert!(!races(&mut shadow, 4088, 16, access(0, 0, true), &[]));
        shadow.forget(&(4088..4096), 0);
        assert!(!races(&mut shadow, 4088, 8, access(1, 0, true), &[]));
        assert!(races(&mut shadow, 4096, 8, access(1, 0, true), &[]));
        shadow.begin(1);
        assert!(!races(&mut shadow, 4096, 8, access(2, 0, true), &[]));
    }

    #[test]
    fn what_is_ours_races_with_nothing() {
        let mut shadow = Shadow::default();
        assert!(!races(&mut shadow, 64, 8, access(0, 0, true), &[]));
        assert!(!races(&mut shadow, 64, 8, Access { by: By::Plain(2), ..access(1, 0, true) }, &[]));
        assert!(!races(&mut shadow, 72, 8, Access { by: By::Plain(2), ..access(0, 0, true) }, &[]));
        assert!(!races(&mut shadow, 72, 8, access(1, 0, true), &[]));
    }
}
