//! What it means that nobody goes on, where threads have stopped after an idle round that used objects or took back what it
//! wrote.
//!
//! Such a thread would go round again. So its round is gone once more in thought, from the state that all have come to:
//!
//! - It would be answered otherwise, or would let somebody else go on: the thread has *missed* something. The execution in which
//!   its round comes after that is another, and this one is blocked.
//! - Others that stand still might see something of the round while it lasts: whether all go on forever is *unclear*. No verdict
//!   passes then.
//! - Nothing comes of it, not of any thread's round: they all go round forever.
//!
//! The last rounds of threads that stand still change nothing for others, so they count for nothing here.

use super::rounds::Idle;
use super::{Engine, Status};
use crate::engine::event::{Id, Kind, NONE};
use crate::engine::graph::{Graph, Owner};
use crate::objects::{Object, Request, Served};

/// How all threads stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standstill {
    /// For good, as far as idle rounds go.
    Forever,
    /// Nobody can tell; this thread is one of those.
    Unclear(u32),
    /// Another execution shows how it goes on.
    Missed,
}

/// The states of objects, as they would be.
struct States<'a> {
    graph: &'a Graph,
    changed: Vec<(u32, Vec<u32>)>,
}

impl States<'_> {
    fn of(&self, object: u32) -> &[u32] {
        let changed = self.changed.iter().find(|(lane, _)| *lane == object);
        let events = self.graph.lanes[object as usize].events.len() as u32;
        changed.map_or_else(|| self.graph.state_before(object, events), |(_, state)| state)
    }

    fn object(&self, lane: u32) -> Object {
        let Owner::Object(object) = self.graph.lanes[lane as usize].owner else {
            unreachable!("a request names an object's lane")
        };
        object
    }

    /// What the request would be answered.
    fn answer(&self, request: Id, served: &mut Served) -> Option<u32> {
        let event = self.graph.at(request);
        let object = self.object(event.loc);
        let number = self.graph.lanes[event.loc as usize].events.len() as u32;
        let ask = |expired| Request { call: event.call, thread: event.lane, number, alternative: 0, expired };
        let state = self.of(event.loc);
        let timed = event.deadline <= self.graph.now;
        let in_time = object.serve(state, ask(false), served);
        in_time
            .or_else(|| timed.then(|| object.serve(state, ask(true), served)).flatten())
            .map(|()| served.answer)
    }

    fn set(&mut self, object: u32, state: Vec<u32>) {
        match self.changed.iter_mut().find(|(lane, _)| *lane == object) {
            Some((_, before)) => *before = state,
            None => self.changed.push((object, state)),
        }
    }
}

impl Engine {
    /// How the threads stand, of which none goes on.
    pub(super) fn standstill(&self) -> Standstill {
        let idle = |t: &u32| {
            let thread = &self.run.threads[*t as usize];
            thread.status == Status::Idle && !thread.given_up
        };
        let threads = self.search.current.graph.threads.iter().copied().filter(idle);
        threads.map(|lane| self.stands(lane)).max().unwrap_or(Standstill::Forever)
    }

    fn stands(&self, lane: u32) -> Standstill {
        let graph = &self.search.current.graph;
        let round = self.run.threads[lane as usize].circle.round.clone();
        let Some(idle) = self.idle(lane, round.start, round.end) else { return Standstill::Missed };
        if self.reads_otherwise(lane, round.clone()) || self.is_used_since(&idle) {
            return Standstill::Missed;
        }
        if idle.writes.iter().any(|w| self.is_awaited(w.loc, lane)) {
            return Standstill::Unclear(lane);
        }
        let mut states = States { graph, changed: Vec::new() };
        let mut served = Served::default();
        let mut unclear = false;
        for id in &graph.lanes[lane as usize].events[round.start as usize..round.end as usize] {
            let event = graph.at(*id);
            if event.kind != Kind::Request {
                continue;
            }
            if states.answer(*id, &mut served) != Some(graph.at(event.rf).answer) {
                return Standstill::Missed;
            }
            states.set(event.loc, std::mem::take(&mut served.state));
            let waits = |t: &u32| graph.lanes[*t as usize].events.last().copied();
            let mut waiting =
                graph.threads.iter().filter_map(waits).filter(|q| graph.waits_for(*q, event.loc));
            if waiting.any(|q| states.answer(q, &mut served).is_some()) {
                return Standstill::Missed;
            }
            unclear |= self.is_answered_otherwise(lane, event.loc, &states);
        }
        if unclear { Standstill::Unclear(lane) } else { Standstill::Forever }
    }

    /// Whether the thread would read another value than in its round, of a location that it did not write itself.
    fn reads_otherwise(&self, lane: u32, round: std::ops::Range<u32>) -> bool {
        let graph = &self.search.current.graph;
        graph.awaited(lane, round).iter().any(|(loc, seen)| {
            let value = |pos| self.value(*loc, graph.write_at(*loc, pos));
            value(*seen) != value(graph.last_co_pos(*loc))
        })
    }

    /// Whether objects of the round were used after it in another way than in the last rounds of threads that stand still.
    fn is_used_since(&self, idle: &Idle) -> bool {
        let graph = &self.search.current.graph;
        let counts = |grant: &Id| {
            let request = graph.at(graph.at(*grant).rf);
            let thread = &self.run.threads[request.lane as usize];
            thread.status != Status::Idle || !thread.circle.round.contains(&request.index)
        };
        idle.objects
            .iter()
            .any(|o| graph.lanes[o.lane as usize].events[o.last as usize + 1..].iter().any(counts))
    }

    /// Whether a thread other than `lane` waits for something of the location.
    fn is_awaited(&self, loc: u32, lane: u32) -> bool {
        let graph = &self.search.current.graph;
        graph.threads.iter().filter(|t| **t != lane).any(|t| {
            let thread = &self.run.threads[*t as usize];
            match thread.status {
                Status::Awaiting | Status::Idle => {
                    graph.awaited(*t, thread.circle.round.clone()).iter().any(|(l, _)| *l == loc)
                }
                Status::Pending { loc: l, .. } => l == loc,
                Status::Stuck => {
                    let events = &graph.lanes[*t as usize].events;
                    events.last().is_some_and(|read| graph.at(*read).loc == loc)
                }
                _ => false,
            }
        })
    }

    /// Whether another thread that stands still would be answered otherwise by the object in this state.
    fn is_answered_otherwise(&self, lane: u32, object: u32, states: &States<'_>) -> bool {
        let graph = &self.search.current.graph;
        let mut served = Served::default();
        graph.threads.iter().filter(|t| **t != lane).any(|t| {
            let thread = &self.run.threads[*t as usize];
            let round = thread.circle.round.clone();
            thread.status == Status::Idle
                && graph.lanes[*t as usize].events[round.start as usize..round.end as usize].iter().any(
                    |id| {
                        let event = graph.at(*id);
                        event.kind == Kind::Request
                            && event.loc == object
                            && event.rf != NONE
                            && states
                                .answer(*id, &mut served)
                                .is_some_and(|answer| answer != graph.at(event.rf).answer)
                    },
                )
        })
    }

    /// As [`Engine::was_seen_late`]: where that thread was last.
    pub(in crate::engine) fn seen_late(&self) -> Option<crate::trace::Place> {
        if self.search.current.graph.hints.is_empty() {
            return None;
        }
        let lane = self.was_seen_late()?;
        self.run.threads[lane as usize].place.map(crate::trace::Place::from)
    }

    /// A thread that has gone round more often than others have seen, where one has read long after what it took back: with
    /// weak memory there may be executions in which it goes round more often still, and is seen so.
    fn was_seen_late(&self) -> Option<u32> {
        let graph = &self.search.current.graph;
        if !graph.has_weak_memory() {
            return None;
        }
        let seen_late = |hint: &&Id| {
            let event = graph.at(**hint);
            let round = event.round();
            graph.lanes[event.lane as usize].events[round.start as usize..round.end as usize].iter().any(
                |w| {
                    let write = graph.at(*w);
                    write.kind.writes()
                        && !write.is_idle()
                        && graph
                            .readers(write.loc, *w)
                            .any(|r| graph.at(r).lane != event.lane && graph.contains(**hint, graph.porf(r)))
                },
            )
        };
        graph.hints.iter().find(seen_late).map(|hint| graph.at(*hint).lane)
    }
}
