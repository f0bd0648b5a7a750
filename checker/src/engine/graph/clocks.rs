//! What is before what: the rows of clocks, computed from the edges of the graph.

use super::{ACQ, Graph, HB, Lane, MemoryModel, ORDER, Owner, PORF, REL, ROWS};
use crate::engine::event::{Event, Id, Kind, Mode, NONE};

impl Graph {
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
            Kind::Clock => {
                let start = (id as usize * ROWS + PORF) * self.width;
                for (lane, count) in self.lanes.iter().zip(&mut self.rows[start..]) {
                    *count = lane.events.len() as u32;
                }
            }
            Kind::End => {
                for lane in 0..self.lanes.len() as u32 {
                    let Lane { owner, daemon, events, .. } = &self.lanes[lane as usize];
                    let waited_for = matches!(owner, Owner::Thread(_)) && !daemon && lane != event.lane;
                    let last = waited_for.then(|| self.front(lane, events.len() as u32)).flatten();
                    if let Some(last) = last {
                        self.join((id, PORF), (last, PORF));
                    }
                }
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
        self.join_last_tick(id);
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

    /// The last tick of the clock before an event was added.
    pub(crate) fn last_tick_before(&self, id: Id) -> Option<Id> {
        self.ticks[..self.ticks.partition_point(|tick| *tick < id)].last().copied()
    }

    /// Whatever is added after a tick of the clock is after it. That is no happens-before: time does not synchronise. It needs
    /// no place in the order of sequential consistency either, since no read, write or request comes between events of
    /// another instant ([`Graph::floor`]), so that no edge goes back over a tick.
    fn join_last_tick(&mut self, id: Id) {
        if let Some(tick) = self.ticks.last().copied().filter(|tick| *tick < id) {
            self.join((id, PORF), (tick, PORF));
        }
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

    /// The first place of the modification order of `loc` that the thread of `front` may still read from, or
    /// write after, with the orderings `modes`: it has seen everything before.
    pub(crate) fn floor(&self, loc: u32, front: Option<Id>, modes: &[Mode]) -> u32 {
        let tracks = self.model == MemoryModel::Sc || self.weak == 0 && modes.iter().all(|m| m.seq_cst());
        match front {
            Some(front) if tracks => {
                let row = self.row(front, ORDER);
                let floor = self.last_seen(loc, |w| self.within(w, row)).max(self.floor_by_time(loc));
                if self.hints.is_empty() { floor } else { floor.max(self.floor_by_hb(loc, Some(front))) }
            }
            _ => self.floor_by_hb(loc, front),
        }
    }

    /// The same by happens-before alone.
    pub(crate) fn floor_by_hb(&self, loc: u32, front: Option<Id>) -> u32 {
        let Some(front) = front else { return self.floor_by_time(loc) };
        let row = self.row(front, HB);
        let seen = |w| self.within(w, row) || self.readers(loc, w).any(|r| self.within(r, row));
        self.last_seen(loc, seen).max(self.floor_by_time(loc))
    }

    /// The same by time alone: what was written before this instant has been seen by everybody, as has what was read from.
    fn floor_by_time(&self, loc: u32) -> u32 {
        let Some(tick) = self.ticks.last().copied() else { return 0 };
        self.last_seen(loc, |w| w < tick)
    }

    fn last_seen(&self, loc: u32, seen: impl Fn(Id) -> bool) -> u32 {
        let co = &self.locs[loc as usize].co;
        (0..co.len()).rev().find(|i| seen(co[*i])).map_or(0, |i| i as u32 + 1)
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
}
