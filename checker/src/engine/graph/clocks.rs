//! What is before what: the rows of clocks, computed from the edges of the graph.

use super::{ACQ, Graph, HB, Lane, MemoryModel, Owner, PORF, REL};
use crate::engine::event::{Event, Id, Kind, Mode, NONE};

impl Graph {
    /// How many events of each lane are before an event in program order and reads-from, with itself.
    #[inline]
    pub(crate) fn porf(&self, id: Id) -> &[u32] {
        self.clocks.row((id, PORF))
    }

    /// How many events of each lane happen before an event, with itself.
    #[inline]
    pub(crate) fn hb(&self, id: Id) -> &[u32] {
        self.clocks.row((id, HB))
    }

    /// Whether `x` is in the past that `row` describes.
    #[inline]
    pub(crate) fn contains(&self, x: Id, row: &[u32]) -> bool {
        let x = self.at(x);
        row[x.lane as usize] > x.index
    }

    /// Whether there is an access or a fence. Where there is none, every graph is sequentially consistent.
    #[inline]
    fn has_accesses(&self) -> bool {
        self.sc_events + self.other_events > 0
    }

    /// Whether the order of sequential consistency is kept for each event. Under RC11 it decides while every access and
    /// fence is SeqCst; where others are mixed in, [`super::consistency`] computes what it needs.
    #[inline]
    pub(crate) fn tracks_order(&self) -> bool {
        self.has_accesses() && (self.model == MemoryModel::Sc || self.other_events == 0)
    }

    /// What is before an event in every interleaving that the graph stands for. Where there is no access, objects and threads
    /// alone order events.
    pub(crate) fn interleaved(&self, id: Id) -> &[u32] {
        debug_assert!(self.model == MemoryModel::Sc, "a graph of RC11 stands for no interleavings");
        if self.has_accesses() { self.orders.row((id, 0)) } else { self.porf(id) }
    }

    /// Whether SeqCst and other accesses are mixed.
    #[inline]
    pub(crate) fn mixes_orderings(&self) -> bool {
        self.model == MemoryModel::Rc11 && self.sc_events > 0 && self.other_events > 0
    }

    /// The event from whose rows those of this one begin.
    #[inline]
    fn begins_from(&self, id: Id) -> Option<Id> {
        let event = self.at(id);
        match event.po_pred {
            _ if event.kind == Kind::Grant => Some(event.rf),
            NONE => None,
            before => Some(self.known_after(before)),
        }
    }

    /// Computes an event's rows from those of the events before it, but for the order of sequential consistency.
    pub(crate) fn fill(&mut self, id: Id) {
        let before = self.begins_from(id);
        let Event { kind, lane, index, loc, po_pred: previous, rf, .. } = *self.at(id);
        let child = || self.lanes[loc as usize].events.len() as u32;
        let with = match kind {
            Kind::Read | Kind::Update | Kind::Hint | Kind::Woken => (rf, 1),
            Kind::Join => (self.frontier(loc, child()).unwrap_or(NONE), 2),
            Kind::Grant => (previous, 1),
            _ => (NONE, 0),
        };
        // What a grant does happens before nothing: its object is no thread.
        let counted = if kind == Kind::Grant { 1 } else { 2 };
        self.clocks.derive(id, before, with, (lane, index + 1, counted));
        match kind {
            // One more than the events of the child: what it did after the last of them happens before this too.
            Kind::Join => self.clocks.set((id, HB), loc, child() + 1),
            Kind::Clock => self.join_all_events(id),
            Kind::End => self.join_all_ends(id, lane),
            Kind::Grant => {
                let (start, n) = self.kept_after_state(id);
                for i in start..start + n {
                    let with = self.lanes[lane as usize].events[self.states[i] as usize];
                    self.clocks.join((id, HB), (self.at(with).rf, HB));
                }
            }
            _ => {}
        }
        if !self.ticks.is_empty() {
            self.join_last_tick(id);
        }
        if self.has_accesses() {
            self.fill_syncs(id, before);
        }
    }

    /// A tick of the clock comes after all that is there.
    #[cold]
    fn join_all_events(&mut self, tick: Id) {
        for (lane, count) in self.lanes.iter().zip(self.clocks.row_mut((tick, PORF))) {
            *count = lane.events.len() as u32;
        }
    }

    /// The program's end comes after those of all threads that are no daemons.
    #[cold]
    fn join_all_ends(&mut self, end: Id, lane: u32) {
        for other in 0..self.lanes.len() as u32 {
            let Lane { owner, daemon, events, .. } = &self.lanes[other as usize];
            let waited_for = matches!(owner, Owner::Thread(_)) && !daemon && other != lane;
            let last = waited_for.then(|| self.frontier(other, events.len() as u32)).flatten();
            if let Some(last) = last {
                self.clocks.join((end, PORF), (last, PORF));
            }
        }
    }

    /// Computes what an event's orderings and those of what it reads from add to happens-before.
    fn fill_syncs(&mut self, id: Id, before: Option<Id>) {
        let event = *self.at(id);
        if self.syncs.events() <= id as usize {
            self.syncs.resize(id as usize + 1);
        }
        match before {
            // An acquire fence of a thread has nothing to do with what the one that began it has read.
            Some(before) if event.index > 0 || event.kind == Kind::Grant => {
                self.syncs.copy((id, ACQ), (before, ACQ));
            }
            _ => self.syncs.zero((id, ACQ)),
        }
        match event.kind {
            Kind::Read | Kind::Update if event.rf != NONE => {
                if event.mode.acquires() {
                    self.clocks.join_row((id, HB), &self.syncs, (event.rf, REL));
                } else {
                    self.syncs.join((id, ACQ), (event.rf, REL));
                }
            }
            Kind::Fence if event.mode.acquires() => self.clocks.join_row((id, HB), &self.syncs, (id, ACQ)),
            Kind::Write | Kind::UpdateWrite => {
                if event.mode.releases() {
                    self.syncs.copy_row((id, REL), &self.clocks, (id, HB));
                } else if event.fence > 0 {
                    let fence = self.lanes[event.lane as usize].events[event.fence as usize - 1];
                    self.syncs.copy_row((id, REL), &self.clocks, (fence, HB));
                } else {
                    self.syncs.zero((id, REL));
                }
                if event.kind == Kind::UpdateWrite {
                    let source = self.source_of_writing_half(&event);
                    if source != NONE {
                        self.syncs.join((id, REL), (source, REL));
                    }
                }
            }
            _ => {}
        }
    }

    /// The last tick of the clock before an event was added.
    pub(crate) fn last_tick_before(&self, id: Id) -> Option<Id> {
        self.ticks[..self.ticks.partition_point(|tick| *tick < id)].last().copied()
    }

    /// Whatever is added after a tick of the clock is after it. That is no happens-before: time does not synchronise. It needs
    /// no place in the order of sequential consistency either, since no read, write or request comes between events of
    /// another instant ([`Graph::oldest_readable`]), so that no edge goes back over a tick.
    fn join_last_tick(&mut self, id: Id) {
        if let Some(tick) = self.ticks.last().copied().filter(|tick| *tick < id) {
            self.clocks.join((id, PORF), (tick, PORF));
        }
    }

    /// Computes the row of the order of sequential consistency of the event that was added last, to the end of whatever it
    /// belongs to.
    #[inline]
    pub(crate) fn extend_order(&mut self) {
        if !self.tracks_order() {
            return;
        }
        let last = self.events.len() - 1;
        if self.orders.events() == last {
            self.orders.resize(last + 1);
            self.fill_order(last as Id);
        } else {
            // The first access: what was before it has no rows yet.
            self.rebuild_order();
        }
    }

    /// Forgets the order of sequential consistency.
    pub(crate) fn forget_order(&mut self) {
        self.orders.truncate(0);
    }

    /// Computes an event's row of the order of sequential consistency, when everything before it in that order has one.
    fn fill_order(&mut self, id: Id) {
        let event = *self.at(id);
        match self.begins_from(id) {
            None => self.orders.zero((id, 0)),
            Some(before) => self.orders.copy((id, 0), (before, 0)),
        }
        match event.kind {
            Kind::Read | Kind::Update if event.rf != NONE => self.orders.join((id, 0), (event.rf, 0)),
            // Under RC11 it is no SeqCst access; that it saw the write matters for coherence alone.
            Kind::Hint | Kind::Woken if event.rf != NONE && self.model == MemoryModel::Sc => {
                self.orders.join((id, 0), (event.rf, 0))
            }
            Kind::Write | Kind::UpdateWrite if event.co_pos > 0 => {
                let before = self.write_at(event.loc, event.co_pos - 1);
                if before != NONE {
                    self.orders.join((id, 0), (before, 0));
                }
                let mut orders = std::mem::take(&mut self.orders);
                self.fr_predecessors(id).for_each(|reader| orders.join((id, 0), (reader, 0)));
                self.orders = orders;
            }
            Kind::Join => {
                let child = event.loc;
                if let Some(last) = self.frontier(child, self.lanes[child as usize].events.len() as u32) {
                    self.orders.join((id, 0), (last, 0));
                }
            }
            Kind::Grant if self.model == MemoryModel::Sc => {
                let before = Some(event.po_pred).filter(|before| *before != NONE);
                before.into_iter().for_each(|before| self.orders.join((id, 0), (before, 0)));
            }
            Kind::Grant => {
                let (start, n) = self.kept_after_state(id);
                for i in start..start + n {
                    let with = self.lanes[event.lane as usize].events[self.states[i] as usize];
                    self.orders.join((id, 0), (self.at(with).rf, 0));
                }
            }
            _ => {}
        }
        self.orders.set((id, 0), event.lane, event.index + 1);
    }

    /// Computes the order of sequential consistency from nothing; false where it has a cycle.
    pub(crate) fn rebuild_order(&mut self) -> bool {
        self.orders.resize(self.events.len());
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
        has(self.begins_from(id).unwrap_or(NONE))
            && match event.kind {
                Kind::Read | Kind::Update | Kind::Hint | Kind::Woken => has(event.rf),
                Kind::Write | Kind::UpdateWrite => {
                    let before = self.write_at(event.loc, event.co_pos - 1);
                    has(before) && self.fr_predecessors(id).all(has)
                }
                Kind::Join => {
                    let events = self.lanes[event.loc as usize].events.len() as u32;
                    // The last may be a request, whose grant is what the join sees.
                    done[event.loc as usize] == events
                        && has(self.frontier(event.loc, events).unwrap_or(NONE))
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
    pub(crate) fn oldest_readable(&self, loc: u32, front: Option<Id>, modes: &[Mode]) -> u32 {
        let decides = self.model == MemoryModel::Sc || modes.iter().all(|m| m.seq_cst());
        match front {
            Some(front) if decides && self.tracks_order() => {
                let row = self.orders.row((front, 0));
                let oldest =
                    self.last_seen(loc, |w| self.contains(w, row)).max(self.oldest_readable_by_time(loc));
                if self.hints.is_empty() {
                    oldest
                } else {
                    oldest.max(self.oldest_readable_by_hb(loc, Some(front)))
                }
            }
            _ => self.oldest_readable_by_hb(loc, front),
        }
    }

    /// The same by happens-before alone.
    pub(crate) fn oldest_readable_by_hb(&self, loc: u32, front: Option<Id>) -> u32 {
        let Some(front) = front else { return self.oldest_readable_by_time(loc) };
        let row = self.hb(front);
        let seen = |w| self.contains(w, row) || self.readers(loc, w).any(|r| self.contains(r, row));
        self.last_seen(loc, seen).max(self.oldest_readable_by_time(loc))
    }

    /// The same by time alone: what was written before this instant has been seen by everybody, as has what was read from.
    fn oldest_readable_by_time(&self, loc: u32) -> u32 {
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
}
