//! Copies of graphs, into memory that is there already.

use super::{Graph, Lane, Loc};

/// Copies into memory that is there already.
impl Clone for Graph {
    fn clone(&self) -> Self {
        let mut graph = Graph::default();
        graph.clone_from(self);
        graph
    }

    fn clone_from(&mut self, from: &Self) {
        let Graph { model, sc_events, other_events, symmetric_threads, now, end, .. } = *from;
        (self.model, self.sc_events, self.other_events, self.symmetric_threads) =
            (model, sc_events, other_events, symmetric_threads);
        (self.now, self.end) = (now, end);
        self.events.clone_from(&from.events);
        self.lanes.clone_from(&from.lanes);
        self.threads.clone_from(&from.threads);
        self.locs.clone_from(&from.locs);
        self.states.clone_from(&from.states);
        self.clocks.clone_from(&from.clocks);
        self.syncs.clone_from(&from.syncs);
        self.orders.clone_from(&from.orders);
        self.hints.clone_from(&from.hints);
        self.failed_awaits.clone_from(&from.failed_awaits);
        self.ticks.clone_from(&from.ticks);
    }
}

impl Clone for Lane {
    fn clone(&self) -> Self {
        let mut lane = Lane::default();
        lane.clone_from(self);
        lane
    }

    fn clone_from(&mut self, from: &Self) {
        self.events.clone_from(&from.events);
        self.path.clone_from(&from.path);
        (self.owner, self.spawned) = (from.owner, from.spawned);
        (self.daemon, self.requests) = (from.daemon, from.requests);
    }
}

impl Clone for Loc {
    fn clone(&self) -> Self {
        let mut loc = Loc::default();
        loc.clone_from(self);
        loc
    }

    fn clone_from(&mut self, from: &Self) {
        self.co.clone_from(&from.co);
        self.tails.clone_from(&from.tails);
        (self.init_readers, self.events) = (from.init_readers, from.events);
    }
}
