//! Data races on plain memory: two accesses, one of them a write, that are not ordered by happens-before (C++
//! [intro.races]).
//!
//! Plain accesses are no events. Each is stamped with its thread and the number of events that the thread had done, and
//! an access is after an earlier one when the thread knows an event of the other thread that comes after it. Of two
//! conflicting accesses the one that runs second sees the other's stamp, whichever it is, so every race in an execution is
//! found in it.

use std::panic::Location;

use super::event::NONE;
use super::graph::HB;
use super::run::{Engine, Handle};
use crate::harness::FailureKind;
use crate::trace::Place;

#[derive(Clone, Copy, Debug)]
struct Access {
    lane: u32,
    /// The events that the thread had done.
    events: u32,
    place: &'static Location<'static>,
}

/// What was done to a cell in the execution that is running.
#[derive(Default)]
struct Cell {
    write: Option<Access>,
    /// The last read of each thread since the write.
    reads: Vec<Access>,
    /// Accesses that have begun and not ended.
    reading: u32,
    writing: u32,
}

/// The plain memory of the execution that is running.
#[derive(Default)]
pub(crate) struct Plain {
    cells: Vec<Cell>,
    /// How many of `cells` belong to the execution; the rest is memory to use again.
    used: u32,
    /// Loads of atomics that were told to need no synchronisation.
    unsynchronised: Vec<(u32, Access)>,
    /// The earlier access of the race that was found.
    raced: Option<&'static Location<'static>>,
    /// Whether two threads have accessed one cell, in this execution or an earlier one.
    shared: bool,
}

impl Plain {
    pub(crate) fn begin(&mut self) {
        self.used = 0;
        self.unsynchronised.clear();
        self.raced = None;
    }

    /// Where the access is with which the one that failed races.
    pub(crate) fn raced_with(&self) -> Option<&'static Location<'static>> {
        self.raced
    }

    /// Whether two threads have accessed one cell, in any execution of this engine.
    pub(super) fn is_shared(&self) -> bool {
        self.shared
    }

    fn new_cell(&mut self) -> u32 {
        let cell = self.used as usize;
        match self.cells.get_mut(cell) {
            Some(cell) => {
                cell.reads.clear();
                (cell.write, cell.reading, cell.writing) = (None, 0, 0);
            }
            None => self.cells.push(Cell::default()),
        }
        self.used += 1;
        cell as u32
    }
}

/// How an access of a cell begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touch {
    BeginRead,
    EndRead,
    BeginWrite,
    EndWrite,
}

impl Engine {
    /// An access of a cell. A race stops the execution.
    pub(crate) fn touch(&mut self, handle: &Handle, touch: Touch, place: &'static Location<'static>) {
        if self.refuses_in_condition(place) {
            return;
        }
        let id = match self.run.resolve(handle) {
            Some(id) => id,
            None => {
                let id = self.run.plain.new_cell();
                self.run.bind(handle, id);
                if self.run.is_shared(handle) {
                    return self.fail_shared(place);
                }
                id
            }
        };
        let now = Access { lane: self.run.running(), events: self.run.done(), place };
        let writes = matches!(touch, Touch::BeginWrite | Touch::EndWrite);
        if writes {
            self.has_changed_plain_memory();
        }
        let known = self.happens_before();
        let cell = &self.run.plain.cells[id as usize];
        let before = cell.write.iter().chain(cell.reads.iter().filter(|_| writes));
        let race = before.copied().find(|other| !is_before(other, &now, known));
        let overlaps = match touch {
            Touch::BeginRead => cell.writing > 0,
            Touch::BeginWrite => cell.writing > 0 || cell.reading > 0,
            _ => false,
        };
        if let Some(other) = race {
            return self.race(now, writes, other);
        }
        if overlaps {
            let message = "a cell is accessed while its own thread is in the middle of another access of it";
            return self.fail(FailureKind::DataRace, message.to_owned(), Some(place));
        }
        let Plain { cells, shared, .. } = &mut self.run.plain;
        let cell = &mut cells[id as usize];
        *shared = *shared || cell.write.iter().chain(&cell.reads).any(|before| before.lane != now.lane);
        match touch {
            Touch::BeginRead => cell.reading += 1,
            Touch::EndRead => cell.reading = cell.reading.saturating_sub(1),
            Touch::BeginWrite => cell.writing += 1,
            Touch::EndWrite => cell.writing = cell.writing.saturating_sub(1),
        }
        if writes {
            cell.write = Some(now);
            cell.reads.clear();
        } else {
            match cell.reads.iter_mut().find(|r| r.lane == now.lane) {
                Some(read) => *read = now,
                None => cell.reads.push(now),
            }
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
        self.run.plain.raced = Some(other.place);
        self.fail(FailureKind::DataRace, message, Some(now.place));
    }

    /// The last value of an atomic to a thread after which all its stores must be ordered; `None`: it was never accessed.
    pub(crate) fn unsync_load(&mut self, handle: &Handle, place: &'static Location<'static>) -> Option<u64> {
        if self.refuses_in_condition(place) {
            return None;
        }
        let loc = self.run.resolve(handle)?;
        let now = Access { lane: self.run.running(), events: self.run.done(), place };
        let graph = &self.search.now.graph;
        let known = self.happens_before();
        let done = |w: &&u32| self.is_done(**w);
        let co = &graph.locs[loc as usize].co;
        let race = co.iter().filter(done).find_map(|w| {
            let w = graph.at(*w);
            let write = Access { lane: w.lane, events: w.index, place: w.place };
            (!is_before(&write, &now, known)).then_some(write)
        });
        if let Some(other) = race {
            self.race(now, false, other);
            return None;
        }
        let last = co.iter().rev().copied().find(|w| self.is_done(*w)).unwrap_or(NONE);
        self.run.plain.unsynchronised.push((loc, now));
        Some(self.value(loc, last))
    }

    /// A write of an atomic races with the loads that were told to need no synchronisation.
    #[inline]
    pub(super) fn check_unsynchronised(&mut self, write: u32) {
        if self.run.plain.unsynchronised.is_empty() {
            return;
        }
        let event = self.search.now.graph.at(write);
        let known = self.search.now.graph.row(write, HB);
        let now = Access { lane: event.lane, events: event.index, place: event.place };
        let loc = event.loc;
        let races = |(l, load): &&(u32, Access)| *l == loc && !is_before(load, &now, known);
        if let Some((_, load)) = self.run.plain.unsynchronised.iter().find(races).copied() {
            self.race(now, true, load);
        }
    }
}

fn is_before(other: &Access, now: &Access, known: &[u32]) -> bool {
    other.lane == now.lane || known.get(other.lane as usize).is_some_and(|n| *n > other.events)
}
