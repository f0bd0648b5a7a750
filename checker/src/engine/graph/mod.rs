//! An execution graph: events in the order in which they were added, and what is derived from their edges.
//!
//! Every event has rows of clocks, one number for each lane: how many events of that lane are before it in an order.
//! A clock counts by place in a lane, so it stays right when events after it are removed, and "is `x` before `y`" is one
//! comparison.

mod building;
mod clocks;
mod copy;
mod restrict;
mod rows;
mod truncate;

use std::ops::Range;

use super::event::{Event, Id, Kind, NONE};
use crate::objects::Object;
use rows::Rows;

/// Program order and reads-from, closed.
pub(crate) const PORF: usize = 0;
/// Happens-before.
pub(crate) const HB: usize = 1;

/// What an acquire fence at this point would add to happens-before.
const ACQ: usize = 0;
/// What an acquiring read of this write adds to happens-before.
const REL: usize = 1;

/// The rules by which a graph is an execution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MemoryModel {
    /// Sequential consistency: what some interleaving does. Orderings matter for happens-before alone.
    Sc,
    /// The repaired C/C++11 model: O. Lahav, V. Vafeiadis, J. Kang, C.-K. Hur, D. Dreyer, "Repairing Sequential
    /// Consistency in C/C++11", PLDI 2017, with the release sequences of C++20. Load buffering is not in it.
    #[default]
    Rc11,
}

/// What a lane belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Nobody: the thread or object is in no event.
    #[default]
    Free,
    /// A thread, begun by this event (`NONE` for the first).
    Thread(Id),
    Object(Object),
    Clock,
}

/// A thread's or object's events in program order.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    pub(crate) events: Vec<Id>,
    pub(crate) owner: Owner,
    /// A thread's name that is the same in every graph: which child of which child of the first thread.
    pub(crate) path: Vec<u32>,
    /// How many threads it has begun.
    pub(crate) spawned: u32,
    /// Whether it is a thread for which the end of the program does not wait.
    pub(crate) daemon: bool,
    /// How many requests an object has.
    requests: u32,
}

/// A location's writes and reads.
#[derive(Debug, Default)]
pub(crate) struct Loc {
    /// The modification order after the initial value.
    pub(crate) co: Vec<Id>,
    /// The last added read of the initial value.
    init_readers: Id,
    /// The last read of each lane.
    tails: Vec<(u32, Id)>,
    /// How many events access it.
    pub(crate) events: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) model: MemoryModel,
    pub(crate) events: Vec<Event>,
    pub(crate) lanes: Vec<Lane>,
    /// The lanes of threads by path: the fixed order in which threads are asked for their next event.
    pub(crate) threads: Vec<u32>,
    pub(crate) locs: Vec<Loc>,
    states: Vec<u32>,
    /// Each event's rows [`PORF`] and [`HB`].
    clocks: Rows<2>,
    /// Each event's rows [`ACQ`] and [`REL`], while there are accesses or fences. Where there are none yet, both are zero; the
    /// second is of writes alone.
    syncs: Rows<2>,
    /// Each event's row of the order of sequential consistency, while [`Graph::tracks_order`].
    orders: Rows<1>,
    /// Accesses and fences that are SeqCst, and that are not.
    sc_events: u32,
    other_events: u32,
    /// How many threads are members of a group of identical ones.
    pub(crate) symmetric_threads: u32,
    /// The hints.
    pub(crate) hints: Vec<Id>,
    /// The reads with which a thread's condition is false, in the execution that is running.
    pub(crate) failed_awaits: Vec<Id>,
    /// The ticks of the clock.
    pub(crate) ticks: Vec<Id>,
    /// The time since the last of them.
    pub(crate) now: u64,
    /// The end of the program, where there are daemons and it has come to that.
    pub(crate) end: Id,
    /// Room for [`Graph::rebuild_order`].
    cursor: Vec<u32>,
}

impl Graph {
    /// How many numbers a row has.
    pub(crate) fn width(&self) -> usize {
        self.clocks.lanes()
    }

    #[inline]
    pub(crate) fn len(&self) -> Id {
        self.events.len() as Id
    }

    #[inline]
    pub(crate) fn at(&self, id: Id) -> &Event {
        &self.events[id as usize]
    }

    #[inline]
    pub(crate) fn at_mut(&mut self, id: Id) -> &mut Event {
        &mut self.events[id as usize]
    }

    /// How many events each lane has.
    pub(crate) fn lengths(&self) -> Vec<u32> {
        self.lanes.iter().map(|lane| lane.events.len() as u32).collect()
    }

    /// Whether one thread alone has done anything, and that was to report to the observer.
    pub(crate) fn is_only_observed(&self) -> bool {
        self.threads.len() == 1
            && self.events.iter().all(|e| {
                matches!(e.kind, Kind::Request | Kind::Grant)
                    && self.lanes[e.loc as usize].owner == Owner::Object(Object::Observer)
            })
    }

    /// The write at a place of the modification order; `NONE` for the initial value at 0.
    #[inline]
    pub(crate) fn write_at(&self, loc: u32, pos: u32) -> Id {
        if pos == 0 { NONE } else { self.locs[loc as usize].co[pos as usize - 1] }
    }

    /// The last place of the modification order.
    #[inline]
    pub(crate) fn last_co_pos(&self, loc: u32) -> u32 {
        self.locs[loc as usize].co.len() as u32
    }

    #[inline]
    pub(crate) fn co_pos_of(&self, write: Id) -> u32 {
        if write == NONE { 0 } else { self.at(write).co_pos }
    }

    /// Whether the write at `pos` is already the source of a read-modify-write that has written.
    #[inline]
    pub(crate) fn is_claimed(&self, loc: u32, pos: u32) -> bool {
        let co = &self.locs[loc as usize].co;
        co.get(pos as usize).is_some_and(|next| self.at(*next).kind == Kind::UpdateWrite)
    }

    /// The reads that read from the write at `pos`, the last added first.
    pub(crate) fn readers(&self, loc: u32, write: Id) -> impl Iterator<Item = Id> {
        let first = if write == NONE { self.locs[loc as usize].init_readers } else { self.at(write).readers };
        std::iter::successors(Some(first).filter(|r| *r != NONE), |r| {
            Some(self.at(*r).next_reader).filter(|r| *r != NONE)
        })
    }

    /// The reads of `loc` that are not in the past that `row` describes.
    pub(crate) fn reads_outside(&self, loc: u32, row: &[u32]) -> impl Iterator<Item = Id> {
        self.locs[loc as usize].tails.iter().flat_map(move |(lane, tail)| {
            let first = Some(*tail);
            std::iter::successors(first, |r| Some(self.at(*r).previous_read).filter(|r| *r != NONE))
                .take_while(move |r| row[*lane as usize] <= self.at(*r).index)
        })
    }

    /// What the thread `lane` read with these events of its, a round that changed nothing: each location once, in program
    /// order, with the place of the modification order that it saw last.
    pub(crate) fn awaited(&self, lane: u32, round: Range<u32>) -> Vec<(u32, u32)> {
        self.seen(lane, round).into_iter().map(|(loc, _, last)| (loc, last)).collect()
    }

    /// The same, with the place that it saw first before the one that it saw last.
    pub(crate) fn seen(&self, lane: u32, round: Range<u32>) -> Vec<(u32, u32, u32)> {
        let mut seen: Vec<(u32, u32, u32)> = Vec::new();
        let events = &self.lanes[lane as usize].events[round.start as usize..round.end as usize];
        for event in events.iter().rev().map(|id| self.at(*id)) {
            let at = match event.kind {
                Kind::Write | Kind::UpdateWrite => event.co_pos,
                Kind::Read | Kind::Update => self.co_pos_of(event.rf),
                _ => continue,
            };
            match seen.iter_mut().find(|(loc, ..)| *loc == event.loc) {
                Some((_, first, _)) => *first = at,
                None => seen.push((event.loc, at, at)),
            }
        }
        seen.reverse();
        seen
    }

    /// Whether a thread may read what it could know to be outdated.
    pub(crate) fn has_weak_memory(&self) -> bool {
        self.model == MemoryModel::Rc11 && self.other_events > 0
    }

    /// What the thread of this hint waited for.
    pub(crate) fn awaited_by(&self, hint: &Event) -> Vec<(u32, u32)> {
        match hint.awaits_change() {
            true => self.awaited(hint.lane, hint.round()),
            false => Vec::new(),
        }
    }

    /// The changes of `loc` from a place of the modification order on, the last first.
    pub(crate) fn changes(&self, loc: u32, from: u32) -> impl Iterator<Item = Id> {
        self.changes_among(loc, from..self.last_co_pos(loc) + 1)
    }

    fn changes_among(&self, loc: u32, places: Range<u32>) -> impl Iterator<Item = Id> {
        let writes = places.rev().map(move |pos| self.write_at(loc, pos));
        writes.filter(|w| *w != NONE && !self.at(*w).is_idle())
    }

    /// Those after the place `seen` that a thread may see which knows of the writes up to the place `known`: the last of them may
    /// have been made before that, with idle updates alone after it.
    pub(crate) fn visible_changes(&self, loc: u32, seen: u32, known: u32) -> impl Iterator<Item = Id> {
        let mut newer = u32::MAX;
        self.changes(loc, seen + 1)
            .take_while(move |change| std::mem::replace(&mut newer, self.co_pos_of(*change)) > known)
    }

    /// The event whose rows say what `lane` knows after its first `n` events.
    #[inline]
    pub(crate) fn frontier(&self, lane: u32, n: u32) -> Option<Id> {
        match n.checked_sub(1) {
            None => match self.lanes[lane as usize].owner {
                Owner::Thread(spawn) if spawn != NONE => Some(spawn),
                _ => None,
            },
            Some(last) => Some(self.known_after(self.lanes[lane as usize].events[last as usize])),
        }
    }

    /// What happens before the next event of `lane` after its first `n`, one number a lane; empty: nothing.
    pub(crate) fn happens_before_of(&self, lane: u32, n: u32) -> &[u32] {
        self.frontier(lane, n).map_or(&[], |front| self.hb(front))
    }

    /// The event whose rows say what a thread knows after `last`: for a request that has been served, its grant.
    #[inline]
    fn known_after(&self, last: Id) -> Id {
        let event = self.at(last);
        if event.kind == Kind::Request && event.rf != NONE { event.rf } else { last }
    }

    /// The reads of what `write` replaces, and the hints that saw the change before it: for them an idle update is none, so they may
    /// come before it and after it.
    pub(crate) fn fr_predecessors(&self, write: Id) -> impl Iterator<Item = Id> {
        let event = self.at(write);
        let is_hint = |read: &Id| self.at(*read).kind == Kind::Hint;
        let before = self.write_at(event.loc, event.co_pos - 1);
        let reads = self.readers(event.loc, before).filter(move |read| !is_hint(read));
        let last =
            (!event.is_idle()).then(|| self.changes_among(event.loc, 1..event.co_pos).next()).flatten();
        let hints = last.into_iter().flat_map(|change| self.readers(event.loc, change)).filter(is_hint);
        reads.chain(hints)
    }

    /// The object's state before its grant number `k`.
    pub(crate) fn state_before(&self, object: u32, k: u32) -> &[u32] {
        match k.checked_sub(1) {
            None => &[],
            Some(last) => {
                let (start, len) = self.at(self.lanes[object as usize].events[last as usize]).state;
                &self.states[start as usize..(start + len) as usize]
            }
        }
    }

    /// How many requests the object has that it has not served.
    #[inline]
    pub(crate) fn unserved(&self, object: u32) -> u32 {
        let lane = &self.lanes[object as usize];
        lane.requests - lane.events.len() as u32
    }

    /// The requests that the object has not served, in the order of their threads.
    pub(crate) fn waiting(&self, object: u32) -> impl Iterator<Item = Id> {
        let last = self.threads.iter().filter_map(|t| self.lanes[*t as usize].events.last().copied());
        last.filter(move |q| self.waits_for(*q, object))
    }

    /// Whether it is a request that the object has not served.
    #[inline]
    pub(crate) fn waits_for(&self, id: Id, object: u32) -> bool {
        let event = self.at(id);
        event.kind == Kind::Request && event.loc == object && event.rf == NONE
    }

    /// What the reading half of this writing half reads from.
    pub(crate) fn source_of_writing_half(&self, event: &Event) -> Id {
        self.at(event.po_pred).rf
    }

    /// Whether moving `write` to `pos` would put it between the source and the writing half of a read-modify-write.
    pub(crate) fn splits(&self, write: Id, pos: u32) -> bool {
        let Event { loc, .. } = *self.at(write);
        let mut rest = self.locs[loc as usize].co.iter().filter(|w| **w != write);
        rest.nth(pos as usize - 1).is_some_and(|next| self.at(*next).kind == Kind::UpdateWrite)
    }
}
