//! Whose turn it is: along the graph as soon as sources are there, then the first thread by its path that can go on.

use super::{Engine, NOBODY, Status};
use crate::engine::event::{Id, Kind, NONE};
use crate::harness::FailureKind;

/// How often a thread goes round without a change while nobody else can go on, before that is a livelock. More than any
/// spin that gives up by itself.
const IDLE_ROUNDS: usize = 200;

impl Engine {
    /// The thread that goes on.
    pub(super) fn pick(&mut self) -> Option<u32> {
        if self.run.left > 0 {
            let next = self.search.now.graph.threads.iter().copied().find(|t| self.can_replay(*t));
            if next.is_none() && self.run.stop.is_none() {
                self.diverges("a thread does not come to an event that it came to before", None);
            }
            return next;
        }
        let first = |engine: &Engine, status: Status| {
            let has = |t: &u32| {
                let thread = &engine.run.threads[*t as usize];
                thread.status == status && !thread.given_up
            };
            engine.search.now.graph.threads.iter().copied().find(has)
        };
        let next = first(self, Status::Updating).or_else(|| {
            if std::mem::take(&mut self.run.look_at_objects) {
                self.serve_all();
            }
            let graph = &self.search.now.graph;
            let can_go_on = |t: &u32| match self.run.threads[*t as usize].status {
                _ if self.run.threads[*t as usize].given_up => false,
                Status::Ready => true,
                Status::Awaiting => self.sees_change(*t),
                _ => false,
            };
            let threads = graph.threads.iter().copied();
            let next = match self.random {
                None => threads.clone().find(can_go_on),
                Some(_) => {
                    let able: Vec<u32> = threads.clone().filter(can_go_on).collect();
                    let events = graph.len().into();
                    self.random.as_mut().and_then(|random| random.thread(&able, events))
                }
            };
            next.or_else(|| self.idle_round())
        });
        self.run.turn = next.unwrap_or(NOBODY);
        next
    }

    /// Whether something that the thread waits for has changed.
    fn sees_change(&self, lane: u32) -> bool {
        let graph = &self.search.now.graph;
        let awaited = graph.awaited(lane, self.run.done[lane as usize]);
        awaited.iter().any(|(loc, seen)| graph.last_pos(*loc) > *seen)
    }

    /// Nobody can go on but those that wait for a change: the one that went on without one least often goes on. It may
    /// have been told to give up after so many rounds.
    fn idle_round(&mut self) -> Option<u32> {
        let graph = &self.search.now.graph;
        let rounds = |t: u32| {
            let events = graph.lanes[t as usize].events.iter().rev().map(|e| graph.at(*e));
            events.filter(|e| e.kind == Kind::Hint).take_while(|e| e.rf == NONE).count()
        };
        let awaits = |t: &u32| {
            let thread = &self.run.threads[*t as usize];
            thread.status == Status::Awaiting && !thread.given_up
        };
        let awaiting = graph.threads.iter().copied().filter(awaits);
        let (least, thread) = awaiting.map(|t| (rounds(t), t)).min_by_key(|(rounds, _)| *rounds)?;
        if least >= IDLE_ROUNDS {
            let place = self.run.threads[thread as usize].place;
            let message = format!("{} waits for a change that nobody is left to make", self.name_of(thread));
            self.fail(FailureKind::Livelock, message, place);
            return None;
        }
        self.run.idle_round = true;
        Some(thread)
    }

    fn can_replay(&self, lane: u32) -> bool {
        let graph = &self.search.now.graph;
        let thread = &self.run.threads.get(lane as usize);
        let Some(thread) = thread else { return false };
        if thread.fiber.is_none()
            || thread.given_up
            || matches!(thread.status, Status::Requesting | Status::Finished | Status::Updating)
        {
            return false;
        }
        match graph.lanes[lane as usize].events.get(self.run.done[lane as usize] as usize) {
            None => !thread.waits,
            Some(next) => !thread.waits || self.has_sources(*next),
        }
    }

    /// Whether what must be replayed before `id` has been.
    pub(super) fn has_sources(&self, id: Id) -> bool {
        let event = self.search.now.graph.at(id);
        match event.kind {
            Kind::Read | Kind::Update | Kind::Hint | Kind::Woken => {
                event.rf == NONE || self.is_done(event.rf)
            }
            Kind::Join => self.run.threads[event.loc as usize].status == Status::Finished,
            _ => true,
        }
    }

    #[inline]
    pub(in crate::engine) fn is_done(&self, id: Id) -> bool {
        let event = self.search.now.graph.at(id);
        self.run.done[event.lane as usize] > event.index
    }
}
