//! The ends of objects: uses after free, and objects that end twice.
//!
//! That an object is dropped is no event: it adds no behaviours. It is like a write of plain memory that every use of the object
//! reads ([`races`](super::races)): each use must happen before the end. Uses are events, or are stamped as plain accesses
//! are, so the end looks for one that its thread does not know of. A use that runs later finds the mark that the end left in
//! the object's [`Handle`]. Whichever of the two runs first, the one that runs second sees the other, so every use after free
//! in an execution is found in it.
//!
//! A handle that was dropped lies in memory that may be freed, which [`quarantine`] keeps as it is where it can. What is found
//! there is not trusted: the addresses of ends are kept as long as the execution runs, and what is no handle where one was
//! dropped is the allocator's, or somebody else's. A handle of which nothing is known is another object, which was made in
//! the same place: on a stack, or in memory that could not be kept. A stale pointer to that is not told from a good one.

use std::panic::Location;

use super::destructors::Released;
use super::event::{Event, Kind};
use super::graph::Owner;
use super::heap::quarantine;
use super::leaks::Ticket;
use super::races::{Access, is_before};
use super::run::{Engine, Handle, Known, Sort};
use super::{call, check_stop, shared, with};
use crate::harness::FailureKind;
use crate::trace::Place;

/// The ends of the execution that is running.
#[derive(Default)]
pub(crate) struct Ends {
    ends: Vec<End>,
    /// Uses of objects that are no events.
    uses: Vec<((Sort, u32), Access)>,
    /// Of values that handles share, by the numbers of the values: what their owners did before they gave up a handle.
    released: Vec<Released>,
    /// The other place of the failure that was found.
    other: Option<Place>,
}

/// The end of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    lane: u32,
    /// The events that the thread had done.
    events: u32,
    /// Where it did the last of them: a value is dropped in no line of the model's.
    place: Option<&'static Location<'static>>,
}

impl Ends {
    pub(super) fn begin(&mut self) {
        self.ends.clear();
        self.uses.clear();
        self.other = None;
        self.released.iter_mut().for_each(Released::clear);
    }

    /// How many objects have ended.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn released(&mut self, value: usize) -> &mut Released {
        if self.released.len() <= value {
            self.released.resize_with(value + 1, Default::default);
        }
        &mut self.released[value]
    }

    fn add(&mut self, address: usize, end: End) -> u32 {
        let number = self.ends.len() as u32;
        self.ends.push(end);
        quarantine::add(address, number);
        number
    }

    /// Where the other side is of the use or end that failed.
    pub(super) fn other(&self) -> Option<Place> {
        self.other
    }
}

/// The object of a handle that is dropped in a model has ended.
pub(crate) fn end_of(handle: &Handle) {
    with(|e| e.end_object(handle));
    // What ended too early is not freed.
    check_stop();
}

/// The running thread uses an object of which that is no event, `what` in words.
pub(crate) fn use_of(handle: &Handle, what: &'static str, place: &'static Location<'static>) {
    call(|e| e.read_of(handle, what, place));
}

/// The running thread is about to end an object, `what` in words, and looks at it before: it has not ended already.
pub(crate) fn check_life(handle: &Handle, what: &'static str) {
    if with(|e| e.has_ended_already(handle, what)) {
        check_stop();
    }
}

/// The running thread gives back the ticket of a value that must be gone when the execution ends.
pub(crate) fn give_back(ticket: usize) {
    with(|e| {
        let end = e.end_here();
        if let Some(Ticket::Gone(earlier)) = e.run.leaks.give_back(ticket, end) {
            e.ends_twice("a value", end, earlier);
        }
    });
    check_stop();
}

/// The running thread gives back the memory at this address; says whether it was allocated in this execution.
pub(crate) fn free(address: usize) -> bool {
    let known = with(|e| {
        let end = e.end_here();
        let before = e.run.leaks.remove(address, end);
        if let Some(Ticket::Gone(earlier)) = before {
            e.ends_twice("memory", end, earlier);
        }
        before.is_some()
    });
    check_stop();
    known
}

impl Engine {
    fn has_ended_already(&mut self, handle: &Handle, what: &'static str) -> bool {
        let earlier = self.earlier_end(handle);
        if let Some(earlier) = earlier {
            let end = self.end_here();
            self.ends_twice(what, end, earlier);
        }
        earlier.is_some()
    }

    /// The running thread ends an object.
    fn end_object(&mut self, handle: &Handle) {
        if !self.run.goes_on() {
            return;
        }
        if self.has_ended_already(handle, "an object") {
            return;
        }
        let end = self.end_here();
        if let Known::Used(sort, id) = self.run.known(handle) {
            if let Some(other) = self.use_not_before((sort, id))
                && shared::destructors() <= self.run.this_thread().destructors as usize
            {
                return self.ends_while_used(end, other, self.noun((sort, id)));
            }
            if sort == Sort::Cell {
                self.run.plain.end(id, end);
            }
        }
        let number = self.run.ends.add(std::ptr::from_ref(handle).addr(), end);
        self.run.mark_ended(handle, number);
    }

    /// An end by the running thread at this moment.
    pub(super) fn end_here(&mut self) -> End {
        End { lane: self.run.running(), events: self.run.done(), place: self.run.this_thread().place }
    }

    /// A use of the object that does not happen before what the running thread does next.
    fn use_not_before(&self, object: (Sort, u32)) -> Option<Access> {
        let lane = self.run.running();
        let thread = &self.run.threads[lane as usize];
        let graph = self.search.current.graph.happens_before_of(lane, self.run.done());
        let released = &thread.released;
        let known = |lane: u32| graph.get(lane as usize).copied().unwrap_or(0).max(released.events(lane));
        let graph = &self.search.current.graph;
        for other in graph.threads.iter().copied().filter(|other| *other != lane) {
            let Some(done) = self.run.done.get(other as usize).copied() else { continue };
            for index in known(other)..done {
                let event = graph.at(graph.lanes[other as usize].events[index as usize]);
                if uses(event, object) {
                    return Some(Access { lane: other, events: index, touch: 0, place: event.place });
                }
            }
        }
        let unknown = |access: &&Access| {
            access.lane != lane
                && known(access.lane) <= access.events
                && released.touches(access.lane) < access.touch
        };
        let quiet = self.run.ends.uses.iter().filter(|(of, _)| *of == object).map(|(_, access)| access);
        let plain = (object.0 == Sort::Cell).then(|| self.run.plain.accesses(object.1));
        quiet.chain(plain.into_iter().flatten()).find(unknown).copied()
    }

    /// The running thread uses an object without an event.
    pub(super) fn uses_quietly(&mut self, object: (Sort, u32), place: &'static Location<'static>) {
        let access = self.touch_here(place);
        match self.run.ends.uses.iter_mut().find(|(of, a)| *of == object && a.lane == access.lane) {
            Some((_, known)) => *known = access,
            None => self.run.ends.uses.push((object, access)),
        }
    }

    /// The running thread comes to an object that it does not know, `what` in words. Fails where that has ended, and says whether
    /// it has.
    #[cold]
    pub(super) fn has_ended(
        &mut self,
        handle: &Handle,
        what: &'static str,
        place: &'static Location<'static>,
    ) -> bool {
        let earlier = self.earlier_end(handle);
        if let Some(end) = earlier {
            self.uses_ended(what, end, place);
        }
        earlier.is_some()
    }

    /// The end of the object of a handle that was dropped.
    fn earlier_end(&self, handle: &Handle) -> Option<End> {
        let number = match self.run.known(handle) {
            Known::Ended(number) => number,
            Known::Garbage => quarantine::at(std::ptr::from_ref(handle).addr())?,
            Known::Unused | Known::Used(..) => return None,
        };
        Some(self.run.ends.ends[number as usize])
    }

    /// The running thread finds another object than when the model ran before: because of a pointer to memory that was freed,
    /// if an object has ended there.
    #[cold]
    pub(super) fn finds_another(
        &mut self,
        handle: &Handle,
        what: &'static str,
        place: &'static Location<'static>,
    ) {
        match quarantine::at(std::ptr::from_ref(handle).addr()) {
            Some(number) => {
                let end = self.run.ends.ends[number as usize];
                self.uses_ended(what, end, place);
            }
            None => self.diverges("another object than when the model ran before", Some(place)),
        }
    }

    /// The running thread uses what has ended.
    pub(super) fn uses_ended(&mut self, what: &str, end: End, place: &'static Location<'static>) {
        let now = Access { lane: self.run.running(), events: self.run.done(), touch: 0, place };
        let before = Access { lane: end.lane, events: end.events, touch: 0, place };
        let is_after = is_before(&before, &now, self.happens_before());
        let (user, ender) = (self.name_of(now.lane), self.name_of(end.lane));
        let (used, ended) = (self.at(now.lane, now.events, Some(place)), self.at_end(end));
        let message = if is_after {
            format!("{user} uses {what}{} that {ender} has ended{}", told("at", used), told("after", ended))
        } else {
            unordered(&user, what, used, &ender, ended)
        };
        self.run.ends.other = ended;
        self.fail_at(FailureKind::UseAfterFree, message, used);
    }

    /// The running thread ends what another may still use.
    fn ends_while_used(&mut self, end: End, other: Access, what: &'static str) {
        let (user, ender) = (self.name_of(other.lane), self.name_of(end.lane));
        let (used, ended) = (self.at(other.lane, other.events, Some(other.place)), self.at_end(end));
        let message = unordered(&user, what, used, &ender, ended);
        self.run.ends.other = used;
        self.fail_at(FailureKind::UseAfterFree, message, ended);
    }

    /// The running thread ends what has ended.
    pub(super) fn ends_twice(&mut self, what: &str, end: End, earlier: End) {
        let (second, first) = (self.name_of(end.lane), self.name_of(earlier.lane));
        let (now, before) = (self.at_end(end), self.at_end(earlier));
        let message = format!(
            "{second} ends {what}{} that {first} has ended{}",
            told("after", now),
            told("after", before)
        );
        self.run.ends.other = before;
        self.fail_at(FailureKind::DoubleFree, message, now);
    }

    fn at_end(&self, end: End) -> Option<Place> {
        self.at(end.lane, end.events, end.place)
    }

    /// A place of the model's for what a thread does after so many events. What a drop does is called from no line of the
    /// model's: then where the last event before it is.
    fn at(&self, lane: u32, events: u32, place: Option<&'static Location<'static>>) -> Option<Place> {
        let graph = &self.search.current.graph;
        let before = graph.lanes[lane as usize].events[..events as usize].iter().rev();
        let places = place.into_iter().chain(before.map(|e| graph.at(*e).place));
        places.map(Place::from).find(|place| !place.is_of_rust())
    }

    /// What an object is called.
    fn noun(&self, (sort, id): (Sort, u32)) -> &'static str {
        match sort {
            Sort::Location => ATOMIC,
            Sort::Cell => self.run.plain.noun(id),
            Sort::Object => match self.search.current.graph.lanes[id as usize].owner {
                Owner::Object(object) => object.noun(),
                _ => "an object",
            },
        }
    }
}

pub(super) const ATOMIC: &str = "an atomic";
pub(super) const CELL: &str = "a cell";

fn unordered(user: &str, what: &str, used: Option<Place>, ender: &str, ended: Option<Place>) -> String {
    format!(
        "{user} uses {what}{} that {ender} ends{}, and the use does not happen before the end",
        told("at", used),
        told("after", ended)
    )
}

fn told(preposition: &str, place: Option<Place>) -> String {
    place.map_or_else(String::new, |place| format!(" {preposition} {place}"))
}

/// Whether the event is a use of the object.
fn uses(event: &Event, (sort, id): (Sort, u32)) -> bool {
    let of_sort = match sort {
        Sort::Location => event.kind.reads() || event.kind.writes(),
        Sort::Object => matches!(event.kind, Kind::Request | Kind::Woken),
        Sort::Cell => false,
    };
    of_sort && event.loc == id
}
