//! An execution graph: events in the order in which they were added, and what is derived from their edges.
//!
//! Every event has five rows of clocks, one number for each lane: how many events of that lane are before it in an order.
//! A clock counts by place in a lane, so it stays right when events after it are removed, and "is `x` before `y`" is one
//! comparison.

use super::event::{Event, Id, Kind, Mode, NONE};
use crate::objects::Object;

/// Program order and reads-from, closed.
pub(crate) const PORF: usize = 0;
/// Happens-before.
pub(crate) const HB: usize = 1;
/// What an acquire fence at this point would add to happens-before.
pub(crate) const ACQ: usize = 2;
/// What an acquiring read of this write adds to happens-before.
pub(crate) const REL: usize = 3;
/// The order of sequential consistency, where [`Graph::tracks_order`] says that it is kept.
pub(crate) const ORDER: usize = 4;

const ROWS: usize = 5;

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
}

/// A thread's or object's events in program order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lane {
    pub(crate) events: Vec<Id>,
    pub(crate) owner: Owner,
    /// A thread's name that is the same in every graph: which child of which child of the first thread.
    pub(crate) path: Vec<u32>,
    /// How many threads it has begun.
    pub(crate) spawned: u32,
}

/// A location's writes and reads.
#[derive(Clone, Debug, Default)]
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

#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    pub(crate) model: MemoryModel,
    pub(crate) events: Vec<Event>,
    pub(crate) lanes: Vec<Lane>,
    /// The lanes of threads by path: the fixed order in which threads are asked for their next event.
    pub(crate) threads: Vec<u32>,
    pub(crate) locs: Vec<Loc>,
    states: Vec<u32>,
    rows: Vec<u32>,
    width: usize,
    /// Accesses and fences that are SeqCst, and that are not.
    strong: u32,
    weak: u32,
    /// The hints.
    pub(crate) hints: Vec<Id>,
    /// Room for [`Graph::rebuild_order`].
    cursor: Vec<u32>,
}

impl Graph {
    /// Empties the graph but for its first thread, and keeps its memory.
    pub(crate) fn reset(&mut self, model: MemoryModel, width: usize) {
        self.model = model;
        self.width = width;
        self.clear();
        self.lanes[0].owner = Owner::Thread(NONE);
        self.threads.push(0);
    }

    fn clear(&mut self) {
        self.events.clear();
        self.threads.clear();
        self.states.clear();
        self.rows.clear();
        self.hints.clear();
        (self.strong, self.weak) = (0, 0);
        for lane in &mut self.lanes {
            lane.events.clear();
            lane.path.clear();
            (lane.owner, lane.spawned) = (Owner::Free, 0);
        }
        if self.lanes.is_empty() {
            self.lanes.push(Lane::default());
        }
        for loc in &mut self.locs {
            loc.co.clear();
            loc.tails.clear();
            (loc.init_readers, loc.events) = (NONE, 0);
        }
    }

    pub(crate) fn width(&self) -> usize {
        self.width
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

    #[inline]
    pub(crate) fn row(&self, id: Id, section: usize) -> &[u32] {
        let start = (id as usize * ROWS + section) * self.width;
        &self.rows[start..start + self.width]
    }

    /// Whether `x` is in the past that `row` describes.
    #[inline]
    pub(crate) fn within(&self, x: Id, row: &[u32]) -> bool {
        let x = self.at(x);
        row[x.lane as usize] > x.index
    }

    /// Whether the order of sequential consistency is kept for each event. Under RC11 it decides while every access and
    /// fence is SeqCst; where others are mixed in, [`super::consistency`] computes what it needs.
    #[inline]
    pub(crate) fn tracks_order(&self) -> bool {
        self.model == MemoryModel::Sc || self.weak == 0
    }

    /// Whether SeqCst and other accesses are mixed.
    #[inline]
    pub(crate) fn mixes_orderings(&self) -> bool {
        self.model == MemoryModel::Rc11 && self.strong > 0 && self.weak > 0
    }

    /// A lane for a thread or object that is not in the graph yet.
    pub(crate) fn new_lane(&mut self, owner: Owner) -> u32 {
        let lane = match self.lanes.iter().position(|l| l.owner == Owner::Free) {
            Some(lane) => lane,
            None => {
                self.lanes.push(Lane::default());
                self.lanes.len() - 1
            }
        };
        if lane >= self.width {
            self.widen((lane + 1).next_power_of_two());
        }
        self.lanes[lane].owner = owner;
        lane as u32
    }

    fn widen(&mut self, width: usize) {
        let old = std::mem::take(&mut self.rows);
        self.rows.resize(self.events.len() * ROWS * width, 0);
        for (new, old) in self.rows.chunks_exact_mut(width).zip(old.chunks_exact(self.width)) {
            new[..self.width].copy_from_slice(old);
        }
        self.width = width;
    }

    /// The first location from `start` on that no event accesses.
    pub(crate) fn new_loc(&mut self, start: u32) -> u32 {
        let taken = self.locs.iter().skip(start as usize).take_while(|loc| loc.events > 0).count();
        let loc = start as usize + taken;
        if loc == self.locs.len() {
            self.locs.push(Loc { init_readers: NONE, ..Loc::default() });
        }
        loc as u32
    }

    /// Adds an event at the end, without source, place or rows.
    pub(crate) fn push(&mut self, mut event: Event) -> Id {
        let id = self.len();
        let lane = &mut self.lanes[event.lane as usize];
        debug_assert_eq!(lane.events.len(), event.index as usize);
        let before = lane.events.last().copied();
        lane.events.push(id);
        event.fence = match before {
            _ if event.kind == Kind::Fence && event.mode.releases() => event.index + 1,
            Some(before) => self.events[before as usize].fence,
            None => 0,
        };
        (event.readers, event.next_reader, event.previous_read) = (NONE, NONE, NONE);
        match event.kind {
            Kind::Spawn => {
                // Millions of spawns pass here: the lane's memory is used again.
                let mut path = std::mem::take(&mut self.lanes[event.loc as usize].path);
                let parent = &mut self.lanes[event.lane as usize];
                path.clear();
                path.extend_from_slice(&parent.path);
                path.push(parent.spawned);
                parent.spawned += 1;
                let child = &mut self.lanes[event.loc as usize];
                (child.path, child.owner) = (path, Owner::Thread(id));
                let lanes = &self.lanes;
                let at = self
                    .threads
                    .partition_point(|t| lanes[*t as usize].path < lanes[event.loc as usize].path);
                self.threads.insert(at, event.loc);
            }
            Kind::Hint => self.hints.push(id),
            _ if event.is_access_or_fence() => {
                *if event.mode.seq_cst() { &mut self.strong } else { &mut self.weak } += 1;
                if event.kind != Kind::Fence {
                    let loc = &mut self.locs[event.loc as usize];
                    loc.events += 1;
                    if event.kind.reads() {
                        match loc.tails.iter_mut().find(|(lane, _)| *lane == event.lane) {
                            Some((_, tail)) => event.previous_read = std::mem::replace(tail, id),
                            None => loc.tails.push((event.lane, id)),
                        }
                    }
                }
            }
            _ => {}
        }
        self.events.push(event);
        self.rows.resize(self.rows.len() + ROWS * self.width, 0);
        id
    }

    /// Lets `read` read from `source`.
    pub(crate) fn read_from(&mut self, read: Id, source: Id) {
        let loc = self.at(read).loc as usize;
        let head = match source {
            NONE => &mut self.locs[loc].init_readers,
            w => &mut self.events[w as usize].readers,
        };
        let next = std::mem::replace(head, read);
        let event = self.at_mut(read);
        (event.rf, event.next_reader) = (source, next);
    }

    /// Puts `write` at `pos` in its location's modification order.
    pub(crate) fn place(&mut self, write: Id, pos: u32) {
        let co = &mut self.locs[self.events[write as usize].loc as usize].co;
        co.insert(pos as usize - 1, write);
        for (i, w) in co.iter().enumerate().skip(pos as usize - 1) {
            self.events[*w as usize].pos = i as u32 + 1;
        }
    }

    /// Takes `write` out of its location's modification order.
    pub(crate) fn displace(&mut self, write: Id) {
        let Event { pos, loc, .. } = *self.at(write);
        let co = &mut self.locs[loc as usize].co;
        co.remove(pos as usize - 1);
        for (i, w) in co.iter().enumerate().skip(pos as usize - 1) {
            self.events[*w as usize].pos = i as u32 + 1;
        }
    }

    /// The write at a place of the modification order; `NONE` for the initial value at 0.
    #[inline]
    pub(crate) fn write_at(&self, loc: u32, pos: u32) -> Id {
        if pos == 0 { NONE } else { self.locs[loc as usize].co[pos as usize - 1] }
    }

    /// The last place of the modification order.
    #[inline]
    pub(crate) fn last_pos(&self, loc: u32) -> u32 {
        self.locs[loc as usize].co.len() as u32
    }

    #[inline]
    pub(crate) fn pos_of(&self, write: Id) -> u32 {
        if write == NONE { 0 } else { self.at(write).pos }
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

    /// What the thread `lane` read since its last hint, before its event number `index`: each location once, in program
    /// order, with the place of the modification order that it saw last. A location that the thread wrote itself is not
    /// waited for.
    pub(crate) fn awaited(&self, lane: u32, index: u32) -> Vec<(u32, u32)> {
        let mut awaited: Vec<(u32, u32)> = Vec::new();
        let mut written: Vec<u32> = Vec::new();
        for id in self.lanes[lane as usize].events[..index as usize].iter().rev() {
            let event = self.at(*id);
            match event.kind {
                Kind::Hint => break,
                Kind::Write | Kind::UpdateWrite => written.push(event.loc),
                Kind::Read | Kind::Update
                    if !written.contains(&event.loc) && !awaited.iter().any(|(loc, _)| *loc == event.loc) =>
                {
                    awaited.push((event.loc, self.pos_of(event.rf)));
                }
                _ => {}
            }
        }
        awaited.reverse();
        awaited
    }

    /// The event whose rows say what `lane` knows after its first `n` events.
    pub(crate) fn front(&self, lane: u32, n: u32) -> Option<Id> {
        match n.checked_sub(1) {
            None => match self.lanes[lane as usize].owner {
                Owner::Thread(spawn) if spawn != NONE => Some(spawn),
                _ => None,
            },
            Some(last) => {
                let last = self.lanes[lane as usize].events[last as usize];
                let event = self.at(last);
                if event.kind == Kind::Request && event.rf != NONE { Some(event.rf) } else { Some(last) }
            }
        }
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

    /// Keeps the state after a grant, and the earlier grants of the object that it synchronises with.
    pub(crate) fn set_state(&mut self, grant: Id, state: &[u32], acquires: &[u32]) {
        let start = self.states.len() as u32;
        self.states.extend_from_slice(state);
        self.states.push(acquires.len() as u32);
        self.states.extend_from_slice(acquires);
        self.at_mut(grant).state = (start, state.len() as u32);
    }

    fn kept_after_state(&self, grant: Id) -> (usize, usize) {
        let (start, len) = self.at(grant).state;
        let count = (start + len) as usize;
        (count + 1, self.states[count] as usize)
    }

    #[inline]
    fn join(&mut self, to: (Id, usize), from: (Id, usize)) {
        let w = self.width;
        let (to, from) = ((to.0 as usize * ROWS + to.1) * w, (from.0 as usize * ROWS + from.1) * w);
        let (to, from) = if to < from {
            let (low, high) = self.rows.split_at_mut(from);
            (&mut low[to..to + w], &high[..w])
        } else {
            let (low, high) = self.rows.split_at_mut(to);
            (&mut high[..w], &low[from..from + w])
        };
        for (a, b) in to.iter_mut().zip(from) {
            *a = (*a).max(*b);
        }
    }

    #[inline]
    fn copy(&mut self, to: (Id, usize), from: (Id, usize), sections: usize) {
        let w = self.width;
        let (to, from) = ((to.0 as usize * ROWS + to.1) * w, (from.0 as usize * ROWS + from.1) * w);
        self.rows.copy_within(from..from + w * sections, to);
    }

    #[inline]
    fn zero(&mut self, at: (Id, usize), sections: usize) {
        let start = (at.0 as usize * ROWS + at.1) * self.width;
        self.rows[start..start + sections * self.width].fill(0);
    }

    #[inline]
    fn tick(&mut self, id: Id, section: usize) {
        let Event { lane, index, .. } = self.events[id as usize];
        self.rows[(id as usize * ROWS + section) * self.width + lane as usize] = index + 1;
    }

    /// Computes an event's rows from those of the events before it.
    pub(crate) fn fill(&mut self, id: Id) {
        let event = *self.at(id);
        let before = match event.kind {
            Kind::Grant => Some(event.rf),
            _ => self.front(event.lane, event.index),
        };
        match before {
            None => self.zero((id, PORF), ROWS),
            Some(before) => {
                self.copy((id, PORF), (before, PORF), 3);
                self.zero((id, REL), 1);
                if event.index == 0 && event.kind != Kind::Grant {
                    self.zero((id, ACQ), 1);
                }
            }
        }
        match event.kind {
            Kind::Read | Kind::Update if event.rf != NONE => {
                self.join((id, PORF), (event.rf, PORF));
                self.join((id, if event.mode.acquires() { HB } else { ACQ }), (event.rf, REL));
            }
            Kind::Hint | Kind::Woken if event.rf != NONE => self.join((id, PORF), (event.rf, PORF)),
            Kind::Fence if event.mode.acquires() => self.join((id, HB), (id, ACQ)),
            Kind::Join => {
                let child = event.loc;
                if let Some(last) = self.front(child, self.lanes[child as usize].events.len() as u32) {
                    self.join((id, PORF), (last, PORF));
                    self.join((id, HB), (last, HB));
                }
                // One more than the events of the child: what it did after the last of them happens before this too.
                let events = self.lanes[child as usize].events.len() as u32;
                self.rows[(id as usize * ROWS + HB) * self.width + child as usize] = events + 1;
            }
            Kind::Grant => {
                if event.index > 0 {
                    let before = self.lanes[event.lane as usize].events[event.index as usize - 1];
                    self.join((id, PORF), (before, PORF));
                }
                let (start, n) = self.kept_after_state(id);
                for i in start..start + n {
                    let with = self.lanes[event.lane as usize].events[self.states[i] as usize];
                    self.join((id, HB), (self.at(with).rf, HB));
                }
            }
            _ => {}
        }
        self.tick(id, PORF);
        if event.kind != Kind::Grant {
            self.tick(id, HB);
        }
        if event.kind.writes() {
            if event.mode.releases() {
                self.copy((id, REL), (id, HB), 1);
            } else if event.fence > 0 {
                let fence = self.lanes[event.lane as usize].events[event.fence as usize - 1];
                self.copy((id, REL), (fence, HB), 1);
            }
            if event.kind == Kind::UpdateWrite {
                let source = self.source_of_writing_half(&event);
                if source != NONE {
                    self.join((id, REL), (source, REL));
                }
            }
        }
        if self.tracks_order() {
            self.fill_order(id);
        }
    }

    /// What the reading half of this writing half reads from.
    pub(crate) fn source_of_writing_half(&self, event: &Event) -> Id {
        self.at(self.lanes[event.lane as usize].events[event.index as usize - 1]).rf
    }

    /// Computes an event's row of the order of sequential consistency, when everything before it in that order has one.
    fn fill_order(&mut self, id: Id) {
        let event = *self.at(id);
        let before = match event.kind {
            Kind::Grant => Some(event.rf),
            _ => self.front(event.lane, event.index),
        };
        match before {
            None => self.zero((id, ORDER), 1),
            Some(before) => self.copy((id, ORDER), (before, ORDER), 1),
        }
        match event.kind {
            Kind::Read | Kind::Update if event.rf != NONE => self.join((id, ORDER), (event.rf, ORDER)),
            // Under RC11 it is no SeqCst access; that it saw the write matters for coherence alone.
            Kind::Hint | Kind::Woken if event.rf != NONE && self.model == MemoryModel::Sc => {
                self.join((id, ORDER), (event.rf, ORDER))
            }
            Kind::Write | Kind::UpdateWrite if event.pos > 0 => {
                let before = self.write_at(event.loc, event.pos - 1);
                if before != NONE {
                    self.join((id, ORDER), (before, ORDER));
                }
                let mut reader = match before {
                    NONE => self.locs[event.loc as usize].init_readers,
                    w => self.at(w).readers,
                };
                while reader != NONE {
                    self.join((id, ORDER), (reader, ORDER));
                    reader = self.at(reader).next_reader;
                }
            }
            Kind::Join => {
                let child = event.loc;
                if let Some(last) = self.front(child, self.lanes[child as usize].events.len() as u32) {
                    self.join((id, ORDER), (last, ORDER));
                }
            }
            Kind::Grant if self.model == MemoryModel::Sc => {
                let before =
                    event.index.checked_sub(1).map(|i| self.lanes[event.lane as usize].events[i as usize]);
                if let Some(before) = before {
                    self.join((id, ORDER), (before, ORDER));
                }
            }
            Kind::Grant => {
                let (start, n) = self.kept_after_state(id);
                for i in start..start + n {
                    let with = self.lanes[event.lane as usize].events[self.states[i] as usize];
                    self.join((id, ORDER), (self.at(with).rf, ORDER));
                }
            }
            _ => {}
        }
        self.tick(id, ORDER);
    }

    /// Computes the order of sequential consistency from nothing; false where it has a cycle.
    pub(crate) fn rebuild_order(&mut self) -> bool {
        let mut done = std::mem::take(&mut self.cursor);
        done.clear();
        done.resize(self.lanes.len(), 0);
        let mut left = self.events.len();
        loop {
            let before = left;
            for lane in 0..self.lanes.len() {
                while let Some(id) = self.lanes[lane].events.get(done[lane] as usize).copied() {
                    if !self.is_ready(id, &done) {
                        break;
                    }
                    self.fill_order(id);
                    done[lane] += 1;
                    left -= 1;
                }
            }
            if left == 0 || left == before {
                self.cursor = done;
                return left == 0;
            }
        }
    }

    /// Whether everything that must have an order row before `id` is among the first `done` events of its lane.
    fn is_ready(&self, id: Id, done: &[u32]) -> bool {
        let has = |x: Id| x == NONE || self.at(x).index < done[self.at(x).lane as usize];
        let event = self.at(id);
        let before = match event.kind {
            Kind::Grant => event.rf,
            _ => self.front(event.lane, event.index).unwrap_or(NONE),
        };
        has(before)
            && match event.kind {
                Kind::Read | Kind::Update | Kind::Hint | Kind::Woken => has(event.rf),
                Kind::Write | Kind::UpdateWrite => {
                    let before = self.write_at(event.loc, event.pos - 1);
                    has(before) && self.readers(event.loc, before).all(has)
                }
                Kind::Join => {
                    done[event.loc as usize] as usize == self.lanes[event.loc as usize].events.len()
                }
                Kind::Grant if self.model == MemoryModel::Rc11 => {
                    let (start, n) = self.kept_after_state(id);
                    let lane = &self.lanes[event.lane as usize].events;
                    self.states[start..start + n].iter().all(|k| has(self.at(lane[*k as usize]).rf))
                }
                _ => true,
            }
    }

    /// Changes the orderings of an event.
    pub(crate) fn set_mode(&mut self, id: Id, mode: Mode) {
        let before = std::mem::replace(&mut self.at_mut(id).mode, mode);
        *if before.seq_cst() { &mut self.strong } else { &mut self.weak } -= 1;
        *if mode.seq_cst() { &mut self.strong } else { &mut self.weak } += 1;
    }

    /// Takes the source from the read that was given one last.
    pub(crate) fn unread(&mut self, read: Id) {
        let Event { rf, loc, next_reader, .. } = *self.at(read);
        let head = match rf {
            NONE => &mut self.locs[loc as usize].init_readers,
            w => &mut self.events[w as usize].readers,
        };
        debug_assert_eq!(*head, read);
        *head = next_reader;
        self.at_mut(read).rf = NONE;
    }

    /// Whether moving `write` to `pos` would put it between the source and the writing half of a read-modify-write.
    pub(crate) fn splits(&self, write: Id, pos: u32) -> bool {
        let Event { loc, .. } = *self.at(write);
        let mut rest = self.locs[loc as usize].co.iter().filter(|w| **w != write);
        rest.nth(pos as usize - 1).is_some_and(|next| self.at(*next).kind == Kind::UpdateWrite)
    }

    /// The first place of the modification order of `loc` that the thread of `front` may still read from, or
    /// write after, with the orderings `modes`: it has seen everything before.
    pub(crate) fn floor(&self, loc: u32, front: Option<Id>, modes: &[Mode]) -> u32 {
        let tracks = self.model == MemoryModel::Sc || self.weak == 0 && modes.iter().all(|m| m.seq_cst());
        match front {
            Some(front) if tracks => {
                let row = self.row(front, ORDER);
                let floor = self.last_seen(loc, |w| self.within(w, row));
                if self.hints.is_empty() { floor } else { floor.max(self.floor_by_hb(loc, Some(front))) }
            }
            _ => self.floor_by_hb(loc, front),
        }
    }

    /// The same by happens-before alone.
    pub(crate) fn floor_by_hb(&self, loc: u32, front: Option<Id>) -> u32 {
        let Some(front) = front else { return 0 };
        let row = self.row(front, HB);
        self.last_seen(loc, |w| self.within(w, row) || self.readers(loc, w).any(|r| self.within(r, row)))
    }

    fn last_seen(&self, loc: u32, seen: impl Fn(Id) -> bool) -> u32 {
        let co = &self.locs[loc as usize].co;
        (0..co.len()).rev().find(|i| seen(co[*i])).map_or(0, |i| i as u32 + 1)
    }

    /// Makes this graph what `from` is without the events from `end` on and without those that `keep` refuses. What is
    /// kept has its source and the events before it in program order kept too, but for the read or grant `revisited`,
    /// which is left without a source. `names` becomes the new name of each event.
    pub(crate) fn restrict(
        &mut self,
        from: &Graph,
        end: Id,
        revisited: Id,
        names: &mut Vec<Id>,
        keep: impl Fn(Id) -> bool,
    ) {
        self.model = from.model;
        self.width = from.width;
        self.clear();
        if self.lanes.len() < from.lanes.len() {
            self.lanes.resize_with(from.lanes.len(), Lane::default);
        }
        if self.locs.len() < from.locs.len() {
            self.locs.resize_with(from.locs.len(), || Loc { init_readers: NONE, ..Loc::default() });
        }
        self.lanes[0].owner = Owner::Thread(NONE);
        self.threads.push(0);

        names.clear();
        let mut n = 0;
        names.extend((0..end).map(|id| {
            if !keep(id) {
                return NONE;
            }
            n += 1;
            n - 1
        }));
        names.resize(from.events.len(), NONE);
        for id in (0..end).filter(|id| names[*id as usize] != NONE) {
            let mut event = *from.at(id);
            if event.rf != NONE {
                // Only the request that the revisited grant served refers to it.
                let unlinked = id == revisited || event.rf == revisited;
                event.rf = if unlinked { NONE } else { names[event.rf as usize] };
            }
            if event.kind == Kind::Request {
                let object = &from.lanes[event.loc as usize];
                self.lanes[event.loc as usize].owner = object.owner;
            }
            let state = event.state;
            let new = self.push(event);
            if event.kind == Kind::Grant {
                let start = self.states.len() as u32;
                let acquired = from.states[(state.0 + state.1) as usize];
                self.states.extend_from_slice(
                    &from.states[state.0 as usize..(state.0 + state.1 + 1 + acquired) as usize],
                );
                self.at_mut(new).state = (start, state.1);
            }
            let w = self.width * ROWS;
            let (to, row) = (new as usize * w, id as usize * w);
            self.rows[to..to + w].copy_from_slice(&from.rows[row..row + w]);
        }
        let revisited = if revisited == NONE { NONE } else { names[revisited as usize] };
        for id in 0..self.len() {
            let event = self.at(id);
            if id != revisited && (event.kind.reads() || event.kind == Kind::Hint && event.rf != NONE) {
                self.read_from(id, self.at(id).rf);
            }
        }
        for (to, from) in self.locs.iter_mut().zip(&from.locs) {
            for w in &from.co {
                let name = names[*w as usize];
                if name != NONE {
                    to.co.push(name);
                    self.events[name as usize].pos = to.co.len() as u32;
                }
            }
        }
    }
}
