//! How a graph grows: lanes, locations, events, and the edges between them.

use super::{Graph, Lane, Loc, MemoryModel, Owner};
use crate::engine::event::{Event, Id, Kind, Mode, NONE};

impl Graph {
    /// Empties the graph but for its first thread, and keeps its memory.
    pub(crate) fn reset(&mut self, model: MemoryModel, lanes: usize) {
        self.model = model;
        self.events.clear();
        self.threads.clear();
        self.states.clear();
        self.clocks.reset(lanes);
        self.syncs.reset(lanes);
        self.orders.reset(lanes);
        self.hints.clear();
        self.failed_awaits.clear();
        self.ticks.clear();
        (self.now, self.end) = (0, NONE);
        (self.sc_events, self.other_events, self.symmetric_threads) = (0, 0, 0);
        for lane in &mut self.lanes {
            lane.events.clear();
            lane.path.clear();
            (lane.owner, lane.spawned, lane.daemon, lane.requests) = (Owner::Free, 0, false, 0);
        }
        if self.lanes.is_empty() {
            self.lanes.push(Lane::default());
        }
        for loc in &mut self.locs {
            loc.co.clear();
            loc.tails.clear();
            (loc.init_readers, loc.events) = (NONE, 0);
        }
        self.lanes[0].owner = Owner::Thread(NONE);
        self.threads.push(0);
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
        while lane >= self.clocks.lanes() {
            self.clocks.widen();
            self.syncs.widen();
            self.orders.widen();
        }
        self.lanes[lane].owner = owner;
        lane as u32
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

    /// Adds an event at the end of its lane, with its rows: it is no read or write, whose source or place is found first.
    pub(crate) fn append(&mut self, event: Event) -> Id {
        let id = self.enter(event);
        self.fill(id);
        id
    }

    /// Adds an event at the end of its lane, without source, place or rows.
    pub(crate) fn push(&mut self, event: Event) -> Id {
        self.enter(event)
    }

    #[inline(always)]
    fn enter(&mut self, event: Event) -> Id {
        let id = self.len();
        let lane = &mut self.lanes[event.lane as usize];
        debug_assert_eq!(lane.events.len(), event.index as usize);
        let before = lane.events.last().copied();
        lane.events.push(id);
        let previous = match (before, lane.owner) {
            (Some(before), _) => before,
            (None, Owner::Thread(spawn)) => spawn,
            _ => NONE,
        };
        let fence = match before {
            _ if event.kind == Kind::Fence && event.mode.releases() => event.index + 1,
            Some(before) => self.events[before as usize].fence,
            None => 0,
        };
        let mut previous_read = NONE;
        match event.kind {
            Kind::Spawn => self.enter_thread(id, &event),
            Kind::Request => self.lanes[event.loc as usize].requests += 1,
            Kind::Hint => self.hints.push(id),
            Kind::Clock => {
                self.lanes[event.lane as usize].owner = Owner::Clock;
                self.ticks.push(id);
                self.now = event.deadline;
            }
            Kind::End => {
                let lane = &mut self.lanes[event.lane as usize];
                lane.owner = Owner::Thread(NONE);
                lane.path.push(u32::MAX);
                self.threads.push(event.lane);
                self.end = id;
            }
            _ if event.is_access_or_fence() => {
                *if event.mode.seq_cst() { &mut self.sc_events } else { &mut self.other_events } += 1;
                if event.kind != Kind::Fence {
                    let loc = &mut self.locs[event.loc as usize];
                    loc.events += 1;
                    if event.kind.reads() {
                        match loc.tails.iter_mut().find(|(lane, _)| *lane == event.lane) {
                            Some((_, tail)) => previous_read = std::mem::replace(tail, id),
                            None => loc.tails.push((event.lane, id)),
                        }
                    }
                }
            }
            _ => {}
        }
        // Copied as it came, and changed there: the copy would have to wait for what is written right before it.
        self.events.push(event);
        let event = self.at_mut(id);
        (event.po_pred, event.fence, event.previous_read) = (previous, fence, previous_read);
        (event.readers, event.next_reader, event.co_pos) = (NONE, NONE, 0);
        id
    }

    /// The thread that `spawn` begins gets its place among the threads.
    fn enter_thread(&mut self, id: Id, spawn: &Event) {
        let (daemon, member) = spawn.begins();
        self.symmetric_threads += u32::from(member > 0);
        // Millions of spawns pass here: the lane's memory is used again.
        let mut path = std::mem::take(&mut self.lanes[spawn.loc as usize].path);
        let parent = &mut self.lanes[spawn.lane as usize];
        path.clear();
        path.extend_from_slice(&parent.path);
        path.push(parent.spawned);
        parent.spawned += 1;
        let daemon = parent.daemon || daemon;
        let child = &mut self.lanes[spawn.loc as usize];
        (child.path, child.owner, child.daemon) = (path, Owner::Thread(id), daemon);
        let lanes = &self.lanes;
        let at = self.threads.partition_point(|t| lanes[*t as usize].path < lanes[spawn.loc as usize].path);
        self.threads.insert(at, spawn.loc);
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
            self.events[*w as usize].co_pos = i as u32 + 1;
        }
    }

    /// Takes `write` out of its location's modification order.
    pub(crate) fn displace(&mut self, write: Id) {
        let Event { co_pos, loc, .. } = *self.at(write);
        let co = &mut self.locs[loc as usize].co;
        co.remove(co_pos as usize - 1);
        self.events[write as usize].co_pos = 0;
        for (i, w) in co.iter().enumerate().skip(co_pos as usize - 1) {
            self.events[*w as usize].co_pos = i as u32 + 1;
        }
    }

    /// Changes the orderings of an event.
    pub(crate) fn set_mode(&mut self, id: Id, mode: Mode) {
        let before = std::mem::replace(&mut self.at_mut(id).mode, mode);
        *if before.seq_cst() { &mut self.sc_events } else { &mut self.other_events } -= 1;
        *if mode.seq_cst() { &mut self.sc_events } else { &mut self.other_events } += 1;
    }

    /// Keeps the state after a grant, and the earlier grants of the object that it synchronises with; where, is for the grant to
    /// know.
    pub(crate) fn keep_state(&mut self, state: &[u32], acquires: &[u32]) -> (u32, u32) {
        let start = self.states.len() as u32;
        // A few numbers, for which a call that copies many would take longer.
        self.states.reserve(state.len() + 1 + acquires.len());
        state.iter().for_each(|number| self.states.push(*number));
        self.states.push(acquires.len() as u32);
        acquires.iter().for_each(|number| self.states.push(*number));
        (start, state.len() as u32)
    }
}
