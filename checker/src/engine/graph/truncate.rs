//! A graph without the events that were added last.

use super::{Graph, Owner};
use crate::engine::event::{Event, Id, Kind, NONE};

impl Graph {
    /// Takes away the events from `end` on: the graph is then what it was before they were added, but that what has been
    /// moved in modification order stays where it is.
    ///
    /// An earlier event that reads from one that is taken away must itself be taken away too, or get another source.
    pub(crate) fn truncate(&mut self, end: Id) {
        while self.len() > end {
            self.pop();
        }
        self.clocks.truncate(end as usize);
        self.syncs.truncate(end as usize);
        self.orders.truncate(end as usize);
    }

    fn pop(&mut self) {
        let id = self.len() - 1;
        let event = *self.at(id);
        self.lanes[event.lane as usize].events.pop();
        match event.kind {
            Kind::Spawn => {
                self.symmetric_threads -= u32::from(event.begins().1 > 0);
                self.lanes[event.lane as usize].spawned -= 1;
                self.threads.retain(|t| *t != event.loc);
                self.lanes[event.loc as usize].free();
            }
            Kind::Hint => {
                self.hints.pop();
                self.unlink(id);
            }
            Kind::Clock => {
                self.ticks.pop();
                self.now = self.ticks.last().map_or(0, |tick| self.at(*tick).deadline);
                if self.ticks.is_empty() {
                    self.lanes[event.lane as usize].free();
                }
            }
            Kind::End => {
                self.threads.retain(|t| *t != event.lane);
                self.lanes[event.lane as usize].free();
                self.end = NONE;
            }
            Kind::Request => {
                let object = &mut self.lanes[event.loc as usize];
                object.requests -= 1;
                if object.requests == 0 {
                    object.free();
                }
            }
            Kind::Grant => {
                self.unlink(id);
                self.states.truncate(event.state.0 as usize);
            }
            _ if event.is_access_or_fence() => {
                *if event.mode.seq_cst() { &mut self.sc_events } else { &mut self.other_events } -= 1;
                if event.kind.writes() && event.co_pos > 0 {
                    self.displace(id);
                }
                if event.kind.reads() {
                    self.unlink(id);
                    let tails = &mut self.locs[event.loc as usize].tails;
                    if event.previous_read == NONE {
                        // Lanes are in the order of their first reads.
                        tails.pop();
                    } else if let Some((_, tail)) = tails.iter_mut().find(|(lane, _)| *lane == event.lane) {
                        *tail = event.previous_read;
                    }
                }
                if event.kind != Kind::Fence {
                    self.locs[event.loc as usize].events -= 1;
                }
            }
            _ => {}
        }
        self.events.pop();
    }

    /// Takes the source from a read, or its request from a grant.
    pub(crate) fn unlink(&mut self, id: Id) {
        let Event { kind, rf, loc, next_reader, .. } = *self.at(id);
        match kind {
            // What has revisited it was added later, and is gone already.
            _ if rf != NONE && rf >= self.len() => {}
            Kind::Grant => self.at_mut(rf).rf = NONE,
            Kind::Hint if rf == NONE => {}
            _ => {
                let mut link = match rf {
                    NONE => &mut self.locs[loc as usize].init_readers,
                    write => &mut self.events[write as usize].readers,
                };
                // Mostly it is the first: the last that was given this source.
                while *link != id {
                    let before = *link;
                    link = &mut self.events[before as usize].next_reader;
                }
                *link = next_reader;
            }
        }
        self.at_mut(id).rf = NONE;
    }
}

impl super::Lane {
    /// Nobody is here any more.
    fn free(&mut self) {
        self.path.clear();
        (self.owner, self.spawned, self.daemon) = (Owner::Free, 0, false);
    }
}
