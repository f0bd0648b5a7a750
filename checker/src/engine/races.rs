//! Data races on plain memory: two accesses, one of them a write, that are not ordered by happens-before (C++
//! [intro.races]).
//!
//! Plain accesses are no events. Each is stamped with its thread and the number of events that the thread had done, and
//! an access is after an earlier one when the thread knows an event of the other thread that comes after it. Of two
//! conflicting accesses the one that runs second sees the other's stamp, whichever it is, so every race in an execution is
//! found in it.

use std::panic::Location;

use super::ends::{CELL, End};
use super::event::NONE;
use super::run::{Engine, Handle, Sort};
use crate::harness::FailureKind;
use crate::trace::Place;

#[derive(Clone, Copy, Debug)]
pub(super) struct Access {
    pub(super) lane: u32,
    /// The events that the thread had done.
    pub(super) events: u32,
    /// Which of the plain accesses of the execution it is, from 1; 0 for an event.
    pub(super) touch: u32,
    pub(super) place: &'static Location<'static>,
}

/// What was done to a cell in the execution that is running.
#[derive(Default)]
struct Cell {
    write: Option<Access>,
    /// The last read of each thread since the write.
    reads: Vec<Access>,
    /// The threads with accesses that have begun and not ended, and whether they write.
    open: Vec<(u32, bool)>,
    end: Option<End>,
    /// What it is called.
    what: &'static str,
}

/// The plain memory of the execution that is running.
#[derive(Default)]
pub(crate) struct Plain {
    cells: Vec<Cell>,
    /// How many of `cells` belong to the execution; the rest is memory to use again.
    used: u32,
    /// Loads of atomics that were told to need no synchronisation.
    unsynchronised: Vec<(u32, Access)>,
    /// How many accesses there were.
    touches: u32,
    /// The earlier access of the race that was found.
    raced: Option<Place>,
    /// Whether two threads have accessed one cell, in this execution or an earlier one.
    shared: bool,
}

impl Plain {
    pub(crate) fn begin(&mut self) {
        (self.used, self.touches) = (0, 0);
        self.unsynchronised.clear();
        self.raced = None;
    }

    /// Where the access is with which the one that failed races.
    pub(crate) fn raced_with(&self) -> Option<Place> {
        self.raced
    }

    /// The access that failed races with one at this place.
    pub(super) fn has_raced(&mut self, with: Place) {
        self.raced = Some(with);
    }

    /// Whether two threads have accessed one cell, in any execution of this engine.
    pub(super) fn is_shared(&self) -> bool {
        self.shared
    }

    /// How many accesses there were so far.
    pub(super) fn touches(&self) -> u32 {
        self.touches
    }

    fn new_cell(&mut self, what: &'static str) -> u32 {
        let cell = self.used as usize;
        match self.cells.get_mut(cell) {
            Some(cell) => {
                cell.reads.clear();
                cell.open.clear();
                (cell.write, cell.end, cell.what) = (None, None, what);
            }
            None => self.cells.push(Cell { what, ..Cell::default() }),
        }
        self.used += 1;
        cell as u32
    }

    /// The last accesses of a cell.
    pub(super) fn accesses(&self, cell: u32) -> impl Iterator<Item = &Access> {
        let cell = &self.cells[cell as usize];
        cell.write.iter().chain(&cell.reads)
    }

    /// What a cell is called.
    pub(super) fn noun(&self, cell: u32) -> &'static str {
        self.cells[cell as usize].what
    }

    /// A cell has ended.
    pub(super) fn end(&mut self, cell: u32, end: End) {
        self.cells[cell as usize].end = Some(end);
    }
}

/// A cell as an access knows it that has begun: the access may outlive the cell, while it is not used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun {
    cell: u32,
    writes: bool,
}

impl Engine {
    /// Begins an access of a cell. A race stops the execution; so does an access by a thread that is in the middle of another
    /// one, of which one writes.
    pub(crate) fn begin_access(
        &mut self,
        handle: &Handle,
        writes: bool,
        place: &'static Location<'static>,
    ) -> Option<Begun> {
        if self.refuses_in_condition(place) || self.acts_in_destructor() {
            return None;
        }
        let cell = self.cell(handle, CELL, place)?;
        let begun = Begun { cell, writes };
        self.access(begun, place)?;
        let lane = self.run.running();
        let open = &mut self.run.plain.cells[cell as usize].open;
        if open.iter().any(|(other, other_writes)| *other == lane && (writes || *other_writes)) {
            let message = "a cell is accessed while its own thread is in the middle of another access of it";
            self.fail(FailureKind::DataRace, message.to_owned(), Some(place));
            return None;
        }
        open.push((lane, writes));
        Some(begun)
    }

    /// A use of an object that is like a read of plain memory.
    pub(super) fn read_of(
        &mut self,
        handle: &Handle,
        what: &'static str,
        place: &'static Location<'static>,
    ) -> Option<()> {
        let cell = self.cell(handle, what, place)?;
        self.access(Begun { cell, writes: false }, place)
    }

    fn cell(
        &mut self,
        handle: &Handle,
        what: &'static str,
        place: &'static Location<'static>,
    ) -> Option<u32> {
        if let Some(cell) = self.run.resolve(handle) {
            return Some(cell);
        }
        if self.has_ended(handle, what, place) {
            return None;
        }
        let cell = self.run.plain.new_cell(what);
        self.run.bind(handle, Sort::Cell, cell);
        if self.run.is_shared(handle) {
            self.fail_shared(place);
            return None;
        }
        Some(cell)
    }

    /// A plain access by the running thread at this moment.
    pub(super) fn touch_here(&mut self, place: &'static Location<'static>) -> Access {
        self.run.plain.touches += 1;
        let touch = self.run.plain.touches;
        Access { lane: self.run.running(), events: self.run.done(), touch, place }
    }

    /// An access that has begun goes on.
    pub(crate) fn access(&mut self, begun: Begun, place: &'static Location<'static>) -> Option<()> {
        let Begun { cell: id, writes } = begun;
        let now = self.touch_here(place);
        self.run.this_thread().place = Some(place);
        let known = self.happens_before();
        let cell = &self.run.plain.cells[id as usize];
        if let Some(end) = cell.end {
            self.uses_ended(cell.what, end, place);
            return None;
        }
        let before = cell.write.iter().chain(cell.reads.iter().filter(|_| writes));
        let race = before.copied().find(|other| !is_before(other, &now, known));
        if let Some(other) = race {
            self.race(now, writes, other);
            return None;
        }
        let Plain { cells, shared, .. } = &mut self.run.plain;
        let cell = &mut cells[id as usize];
        *shared = *shared || cell.write.iter().chain(&cell.reads).any(|before| before.lane != now.lane);
        if writes {
            cell.write = Some(now);
            cell.reads.clear();
        } else {
            match cell.reads.iter_mut().find(|r| r.lane == now.lane) {
                Some(read) => *read = now,
                None => cell.reads.push(now),
            }
        }
        Some(())
    }

    /// An access is over. When it was used last is what counts.
    pub(crate) fn end_access(&mut self, begun: Begun) {
        let lane = self.run.running();
        let open = &mut self.run.plain.cells[begun.cell as usize].open;
        // A guard may be dropped by another thread than made it.
        let own = open.iter().rposition(|access| *access == (lane, begun.writes));
        let other = || open.iter().rposition(|(_, writes)| *writes == begun.writes);
        if let Some(at) = own.or_else(other) {
            open.swap_remove(at);
        }
    }

    fn race(&mut self, now: Access, writes: bool, other: Access) {
        let what = if writes { "writes" } else { "reads" };
        let message = format!(
            "{} {what} what {} accesses at {} and neither happens before the other",
            self.name_of(now.lane),
            self.name_of(other.lane),
            Place::from(other.place)
        );
        self.run.plain.has_raced(other.place.into());
        self.fail(FailureKind::DataRace, message, Some(now.place));
    }

    /// The last value of an atomic to a thread after which all its stores must be ordered; `None`: it was never accessed.
    pub(crate) fn unsync_load(&mut self, handle: &Handle, place: &'static Location<'static>) -> Option<u64> {
        if self.refuses_in_condition(place) || self.acts_in_destructor() {
            return None;
        }
        let Some(loc) = self.run.resolve(handle) else {
            self.has_ended(handle, super::ends::ATOMIC, place);
            return None;
        };
        let now = self.touch_here(place);
        let graph = &self.search.current.graph;
        let known = self.happens_before();
        let done = |w: &&u32| self.is_done(**w);
        let co = &graph.locs[loc as usize].co;
        let race = co.iter().filter(done).find_map(|w| {
            let w = graph.at(*w);
            let write = Access { lane: w.lane, events: w.index, touch: 0, place: w.place };
            (!is_before(&write, &now, known)).then_some(write)
        });
        if let Some(other) = race {
            self.race(now, false, other);
            return None;
        }
        let last = co.iter().rev().copied().find(|w| self.is_done(*w)).unwrap_or(NONE);
        self.run.plain.unsynchronised.push((loc, now));
        let value = self.value(loc, last);
        self.uses_quietly((Sort::Location, loc), place);
        Some(value)
    }

    /// A write of an atomic races with the loads that were told to need no synchronisation.
    #[inline]
    pub(super) fn check_unsynchronised(&mut self, write: u32) {
        if self.run.plain.unsynchronised.is_empty() {
            return;
        }
        let event = self.search.current.graph.at(write);
        let known = self.search.current.graph.hb(write);
        let now = Access { lane: event.lane, events: event.index, touch: 0, place: event.place };
        let loc = event.loc;
        let races = |(l, load): &&(u32, Access)| *l == loc && !is_before(load, &now, known);
        if let Some((_, load)) = self.run.plain.unsynchronised.iter().find(races).copied() {
            self.race(now, true, load);
        }
    }
}

pub(super) fn is_before(other: &Access, now: &Access, known: &[u32]) -> bool {
    other.lane == now.lane || known.get(other.lane as usize).is_some_and(|n| *n > other.events)
}
