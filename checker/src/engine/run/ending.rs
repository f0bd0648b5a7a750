//! The end of a program with daemons: it ends when all unmarked threads have, and what daemons still do is concurrent
//! with that.
//!
//! The end is an event that sees the ends of the unmarked threads, and a request to the observer, who hears of nothing
//! after it. So both are explored: that a daemon reports just before the end, and that it comes too late. Nothing else that
//! a daemon does can be told from what it would have done had the end come later.

use std::panic::Location;

use super::{Engine, Sort, Status};
use crate::engine::event::{Event, Kind, Mode, NONE};
use crate::engine::graph::Owner;
use crate::objects::{Call, Object, Observer};
use crate::trace::Place;

impl Engine {
    /// Whether every thread has ended that an execution waits for.
    pub(super) fn all_unmarked_finished(&self) -> bool {
        let graph = &self.search.current.graph;
        graph.threads.iter().all(|t| {
            graph.lanes[*t as usize].daemon || self.run.threads[*t as usize].status == Status::Finished
        })
    }

    /// Whether threads are left that the end did not wait for.
    pub(crate) fn abandons(&self) -> bool {
        let runs = |t: &u32| self.run.threads[*t as usize].status != Status::Finished;
        self.run.daemons && self.search.current.graph.threads.iter().any(runs)
    }

    /// A sentence on each lock that an abandoned daemon holds.
    pub(crate) fn held_by_daemons(&self) -> Vec<String> {
        let graph = &self.search.current.graph;
        let holders = (0..graph.lanes.len() as u32).flat_map(|lane| self.holders(lane));
        let daemons = holders.filter(|holder| graph.lanes[holder.lane as usize].daemon);
        let held = |holder: &Event| {
            format!("{} holds what it took at {}", self.name_of(holder.lane), Place::from(holder.place))
        };
        daemons.map(held).collect()
    }

    /// The requests that have taken the object in this lane and not given it back, the first first.
    pub(in crate::engine) fn holders(&self, lane: u32) -> Vec<&Event> {
        let graph = &self.search.current.graph;
        let mut holders: Vec<&Event> = Vec::new();
        let Owner::Object(object) = graph.lanes[lane as usize].owner else { return holders };
        for grant in &graph.lanes[lane as usize].events {
            let request = graph.at(graph.at(*grant).rf);
            match object.takes(request.call, graph.at(*grant).answer) {
                Some(true) => holders.push(request),
                Some(false) => {
                    let own = holders.iter().rposition(|holder| holder.lane == request.lane);
                    let last = own.or(holders.len().checked_sub(1));
                    last.map(|last| holders.remove(last));
                }
                None => {}
            }
        }
        holders
    }

    /// Ends the program once all unmarked threads have ended, where somebody is left that may be concurrent with that.
    #[cold]
    pub(super) fn end_program(&mut self) {
        if self.search.current.graph.end != NONE || !self.all_unmarked_finished() {
            return;
        }
        let lane = self.new_lane(Owner::Thread(NONE));
        let place = Location::caller();
        self.add(Event::new(Kind::End, lane, 0, 0, Mode::RELAXED, place));
        self.finish_ending(lane);
        let object = self.observer(None);
        let mut request = Event::new(Kind::Request, lane, 1, object, Mode::RELAXED, place);
        request.call = Call { operation: Observer::END, argument: 0 };
        let request = self.add(request);
        self.serve_new(request);
    }

    /// Replays the end of the program, or its request, if all that is before has been replayed.
    pub(super) fn replay_end(&mut self) -> bool {
        let graph = &self.search.current.graph;
        if graph.end == NONE {
            return false;
        }
        let lane = graph.at(graph.end).lane;
        let next = graph.lanes[lane as usize].events.get(self.run.done[lane as usize] as usize).copied();
        let Some(next) = next.filter(|id| *id < self.run.next_tick) else { return false };
        let event = *graph.at(next);
        if event.kind == Kind::End {
            self.finish_ending(lane);
            if !self.all_unmarked_finished() {
                return false;
            }
            self.run.replayed(lane);
        } else {
            self.observer(Some(event.loc));
            self.run.replayed(lane);
            self.replay_grants(event.loc);
        }
        true
    }

    /// The end has no fiber to run.
    fn finish_ending(&mut self, lane: u32) {
        let threads = &mut self.run.threads;
        if threads.len() <= lane as usize {
            threads.resize_with(lane as usize + 1, Default::default);
        }
        threads[lane as usize].status = Status::Finished;
    }

    /// The observer's lane, which is `known` where the graph has it.
    fn observer(&mut self, known: Option<u32>) -> u32 {
        let handle = &*self.run.observer.clone();
        self.run.resolve(handle).unwrap_or_else(|| {
            let lane = known.unwrap_or_else(|| self.new_lane(Owner::Object(Object::Observer)));
            self.run.bind(handle, Sort::Object, lane);
            lane
        })
    }

    /// A lane that no event of the graph is in.
    pub(super) fn new_lane(&mut self, owner: Owner) -> u32 {
        let lane = self.search.current.graph.new_lane(owner);
        if self.run.done.len() <= lane as usize {
            self.run.done.push(0);
        }
        lane
    }
}
