//! A call of the model becomes an event: replayed where the graph knows it, added where it is the execution's next.

use std::panic::Location;

use super::rounds::Arrival;
use super::{Engine, NOBODY, Stop};
use crate::engine::event::{Event, Id, Kind, Mode};
use crate::engine::explore::Frame;

/// Whether two places are one. It has mostly one address, and the names of files take longest to compare.
#[inline]
pub(super) fn is_same_place(one: &Location<'_>, other: &Location<'_>) -> bool {
    std::ptr::eq(one, other)
        || one.line() == other.line() && one.column() == other.column() && one.file() == other.file()
}

/// What an event does when its thread comes to it.
enum Gate {
    /// The graph knows the event.
    Replay(Id),
    /// It is the next event of the execution.
    Add,
    /// Others go first.
    Wait,
}

impl Engine {
    /// The running thread comes to an event. `replay` is given the one that the graph knows, once it is found to be of the
    /// same `kind`, at the same `place`, and with the same arguments as `same` says, values excepted, which may be
    /// addresses; `add` makes it.
    pub(super) fn step<R>(
        &mut self,
        kind: Kind,
        place: &'static Location<'static>,
        same: impl Fn(&Event) -> bool,
        replay: impl FnOnce(&mut Self, Id) -> Option<R>,
        add: impl FnOnce(&mut Self) -> Option<R>,
    ) -> Option<R> {
        if self.run.checks_calls
            && (kind != Kind::Read && self.refuses_in_condition(place)
                || self.acts_in_destructor()
                || kind != Kind::Join && self.owes())
        {
            return None;
        }
        loop {
            return match self.gate(kind, place) {
                Gate::Wait if self.run.watching && self.tries_early(place) => continue,
                Gate::Wait => None,
                Gate::Replay(id) => {
                    if !self.agrees(id, kind, place, &same) {
                        if self.passes_hint(id) {
                            continue;
                        }
                        self.disagrees(id, kind, place);
                        return None;
                    }
                    let answer = replay(self, id)?;
                    (self.guide.is_none() || self.followed()).then_some(answer)
                }
                Gate::Add => {
                    if kind != Kind::UpdateWrite && self.may_go_round(self.run.running) {
                        match self.arrives(place, &|event| event.kind == kind && same(event)) {
                            Arrival::GoesOn => {}
                            Arrival::Waits => return None,
                            Arrival::Again => continue,
                        }
                    }
                    if self.guide.is_none() {
                        return add(self);
                    }
                    let (left, done) = (self.search.current.worklist.len(), self.run.done());
                    let answer = add(self)?;
                    // A condition looks at what it could read, and adds the read later.
                    (self.run.done() == done || self.led(left)).then_some(answer)
                }
            };
        }
    }

    /// Which of them. In line, since every call of a model comes here.
    #[inline(always)]
    fn gate(&mut self, kind: Kind, place: &'static Location<'static>) -> Gate {
        let lane = self.run.running;
        let done = self.run.done[lane as usize];
        let thread = &mut self.run.threads[lane as usize];
        thread.place = Some(place);
        if thread.given_up || self.run.stop.is_some() {
            return Gate::Wait;
        }
        if self.run.watching && self.has_to_look(kind, place) {
            return Gate::Wait;
        }
        if let Some(guide) = &self.guide
            && kind != Kind::UpdateWrite
            && !guide.lets(lane)
        {
            return Gate::Wait;
        }
        match self.search.current.graph.lanes[lane as usize].events.get(done as usize) {
            Some(id) if self.has_sources(*id) => Gate::Replay(*id),
            None if self.run.left == 0 && self.run.turn == lane => {
                if self.takes_too_many_steps(place) {
                    Gate::Wait
                } else {
                    Gate::Add
                }
            }
            _ => Gate::Wait,
        }
    }

    /// Counts a step of the execution, and says whether it is one too many: the execution stops then.
    #[inline(always)]
    pub(super) fn takes_too_many_steps(&mut self, place: &'static Location<'static>) -> bool {
        self.run.steps += 1;
        self.run.steps > self.run.limits.looks_at && self.reaches_a_limit(place)
    }

    /// A limit says nothing about the model, and is no failure.
    #[cold]
    fn reaches_a_limit(&mut self, place: &'static Location<'static>) -> bool {
        let stop = if self.run.steps > self.run.limits.steps {
            Stop::TooLong(place.into())
        } else if self.run.limits.are_late() {
            Stop::Late
        } else {
            self.run.limits.look_later(self.run.steps);
            return false;
        };
        self.run.stop.get_or_insert(stop);
        true
    }

    /// The running thread has replayed its next event.
    pub(super) fn replayed(&mut self) {
        let lane = self.run.running;
        self.run.replayed(lane);
    }

    pub(in crate::engine) fn added(&mut self, id: Id) {
        self.search.current.graph.extend_order();
        let lane = self.search.current.graph.at(id).lane;
        self.run.done[lane as usize] += 1;
        if self.run.idles && self.search.current.graph.at(id).kind != Kind::Update {
            self.run.turn = NOBODY;
        }
        if let Some(random) = &mut self.random {
            let Frame { graph, worklist, .. } = &mut self.search.current;
            if random.redirects(graph, worklist, id) {
                self.run.stop.get_or_insert(Stop::Redirected);
            }
            // Between the halves of a read-modify-write nobody comes.
            if graph.at(id).kind != Kind::Update {
                self.run.turn = NOBODY;
            }
        }
    }

    /// Checks that the model does again what the graph says it did: the same at the same place, and, as `same` says, with
    /// the same arguments but for values, which may be addresses.
    #[inline]
    fn agrees(
        &self,
        id: Id,
        kind: Kind,
        place: &'static Location<'static>,
        same: impl Fn(&Event) -> bool,
    ) -> bool {
        let event = self.search.current.graph.at(id);
        event.kind == kind && is_same_place(event.place, place) && same(event)
    }

    #[cold]
    fn disagrees(&mut self, id: Id, kind: Kind, place: &'static Location<'static>) {
        if self.leaves_trial() {
            return;
        }
        let event = self.search.current.graph.at(id);
        let message =
            format!("{:?} here, but {:?} at {} when the model ran before", kind, event.kind, event.place);
        self.diverges(&message, Some(place));
    }

    pub(in crate::engine) fn new_event(
        &self,
        kind: Kind,
        loc: u32,
        mode: Mode,
        place: &'static Location<'static>,
    ) -> Event {
        let mut event = Event::new(kind, self.run.running, self.run.done(), loc, mode, place);
        event.offers = self.run.threads[self.run.running as usize].offered == self.run.done() + 1;
        event
    }

    pub(in crate::engine) fn frontier(&self) -> Option<Id> {
        self.search.current.graph.frontier(self.run.running, self.run.done())
    }

    /// Adds an event of which nothing else is to be settled.
    pub(super) fn add(&mut self, event: Event) -> Id {
        let id = self.search.current.graph.append(event);
        self.added(id);
        id
    }

    /// What happens before the running thread's next event, one number a lane; empty: nothing.
    pub(crate) fn happens_before(&self) -> &[u32] {
        self.search.current.graph.happens_before_of(self.run.running, self.run.done())
    }
}
