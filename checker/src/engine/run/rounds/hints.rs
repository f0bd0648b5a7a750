//! After an idle round: the thread waits for what it may see, and goes on with a hint that reads from that.

use super::idle::{Idle, looks};
use super::{Arrival, HINTS, HINTS_COUNTED, PAUSES, Place};
use crate::engine::event::{Event, Id, Kind, Mode};
use crate::engine::explore::Alternative;
use crate::engine::run::{Engine, NOBODY, Status};

impl Engine {
    /// The running thread goes on with a change of what it read in the round, and waits where there is none.
    pub(in crate::engine::run) fn awaits_change(
        &mut self,
        round: std::ops::Range<u32>,
        place: Place,
    ) -> Arrival {
        let lane = self.run.running;
        self.goes_on_with_change(round, place).unwrap_or_else(|| {
            self.run.threads[lane as usize].status = Status::Awaiting;
            Arrival::Waits
        })
    }

    /// The running thread goes on with a change of what it read in the round, where there is one.
    pub(in crate::engine::run) fn goes_on_with_change(
        &mut self,
        round: std::ops::Range<u32>,
        place: Place,
    ) -> Option<Arrival> {
        let lane = self.run.running;
        let graph = &self.search.current.graph;
        let awaited = graph.awaited(lane, round.clone());
        let changes: Vec<(u32, Id)> = awaited
            .iter()
            .flat_map(|(loc, seen)| {
                let known = graph.oldest_readable(*loc, self.frontier(), &[Mode::RELAXED]);
                graph.visible_changes(*loc, *seen, known).map(|change| (*loc, change))
            })
            .collect();
        let [(loc, first), others @ ..] = &changes[..] else { return None };
        let mut event = self.new_event(Kind::Hint, *loc, Mode::RELAXED, place);
        event.alternative = round.end - round.start;
        let left = self.search.current.worklist.len();
        let at = self.search.current.graph.len();
        self.search.current.worklist.extend(others.iter().map(|(loc, source)| Alternative::Change {
            at,
            loc: *loc,
            source: *source,
        }));
        Some(self.add_hint(event, *first, left))
    }

    /// The running thread goes on where another has read what it wrote in the round before it took that back.
    pub(in crate::engine::run) fn awaits_look(
        &mut self,
        idle: &Idle,
        round: std::ops::Range<u32>,
        place: Place,
    ) -> Arrival {
        let lane = self.run.running;
        let graph = &self.search.current.graph;
        let Some(look) = looks(graph, lane, &idle.writes).next() else {
            self.run.idles = true;
            // Under weak memory what was written and taken back may be seen long after, so the thread goes on with a change too.
            if idle.objects.is_empty()
                && graph.has_weak_memory()
                && let Some(arrival) = self.goes_on_with_change(round, place)
            {
                return arrival;
            }
            self.run.threads[lane as usize].status = Status::Idle;
            return Arrival::Waits;
        };
        let knows = |front: Id| graph.contains(look, graph.porf(front));
        if self.frontier().is_some_and(knows) {
            return Arrival::GoesOn;
        }
        let mut event = self.new_event(Kind::Hint, graph.at(look).loc, Mode::RELAXED, place);
        event.alternative = round.end - round.start;
        event.call.operation = 1;
        let left = self.search.current.worklist.len();
        self.add_hint(event, look, left)
    }

    /// Adds a hint; what else it may see was left from `left` on.
    pub(in crate::engine::run) fn add_hint(&mut self, event: Event, source: Id, left: usize) -> Arrival {
        let graph = &mut self.search.current.graph;
        let id = graph.push(event);
        graph.read_from(id, source);
        graph.fill(id);
        self.added(id);
        self.run.threads[event.lane as usize].status = Status::Ready;
        self.passed_hint();
        match self.guide.is_none() || self.led(left) {
            true if self.run.stop.is_none() && self.run.turn == event.lane => Arrival::Again,
            _ => Arrival::Waits,
        }
    }

    /// The next event of the running thread is a hint that the graph knows: it goes on behind that.
    #[cold]
    pub(in crate::engine::run) fn passes_hint(&mut self, id: Id) -> bool {
        if self.search.current.graph.at(id).kind != Kind::Hint {
            return false;
        }
        self.replayed();
        self.passed_hint();
        if self.guide.is_some() {
            self.followed();
        }
        true
    }

    /// What the running thread has come to, it has come to behind the hint.
    pub(in crate::engine::run) fn passed_hint(&mut self) {
        let done = self.run.done();
        let visits = &mut self.run.this_thread().circle.visits;
        visits.iter_mut().rev().take_while(|v| v.at + 1 == done).take(1).for_each(|v| v.at = done);
    }

    /// The running thread says that it waits for others. That is no event, and takes nothing away: a loop that waits is
    /// known by its rounds. But where it does nothing else, others go first. Returns whether it is to be suspended.
    pub(crate) fn pauses(&mut self, place: Place) -> bool {
        let lane = self.run.running;
        let (done, events) = (self.run.done(), self.search.current.graph.len());
        let thread = &mut self.run.threads[lane as usize];
        thread.place = Some(place);
        thread.offered = done + 1;
        let circle = &mut thread.circle;
        circle.hints = (if circle.hints.1 == done { circle.hints.0 + 1 } else { 1 }, done);
        let hints = circle.hints.0;
        // Hints count where a model sets a small limit. A loop of nothing but hints is a livelock, which is found later than
        // the usual limit would be reached: so not all of them count.
        let counts = hints <= HINTS_COUNTED && circle.pauses.0 == 0 && self.run.left == 0;
        if counts && self.takes_too_many_steps(place) {
            return true;
        }
        let thread = &mut self.run.threads[lane as usize];
        let circle = &mut thread.circle;
        if hints < HINTS {
            return !self.run.goes_on();
        }
        circle.hints.0 = 0;
        circle.pauses = (if circle.pauses.1 == events { circle.pauses.0 + 1 } else { 0 }, events);
        if circle.pauses.0 > PAUSES {
            self.only_pauses(place);
        } else if self.run.left == 0 {
            thread.status = Status::Paused;
            self.run.turn = NOBODY;
        }
        true
    }

    /// Whether what the thread waits for has come.
    pub(in crate::engine) fn sees_change(&self, lane: u32) -> bool {
        let graph = &self.search.current.graph;
        let round = self.run.threads[lane as usize].circle.round.clone();
        if self.reads_another_time(lane, round.start) {
            return true;
        }
        let awaited = graph.awaited(lane, round);
        awaited.iter().any(|(loc, seen)| graph.changes(*loc, seen + 1).next().is_some())
    }

    /// Whether a thread that has gone an idle round with effects goes on: another thread has read what it wrote, or, under weak
    /// memory, changed what it read.
    pub(in crate::engine::run) fn is_looked_at(&self, lane: u32) -> bool {
        let round = &self.run.threads[lane as usize].circle.round;
        let Some(idle) = self.idle(lane, round.start, round.end) else { return true };
        let graph = &self.search.current.graph;
        looks(graph, lane, &idle.writes).next().is_some()
            || idle.objects.is_empty() && graph.has_weak_memory() && self.sees_change(lane)
    }
}
