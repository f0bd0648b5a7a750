//! Loops that wait: a round that changes nothing is not gone again before something has changed.
//!
//! A *round* is what a thread does between two arrivals at the same call. It is *idle* where the thread is in the same
//! [local state](crate::engine::local_state) at both, and has taken back what it did: it wrote nothing, or what it read, or in
//! the end what was there before; an object that it used is as it was; it has not written plain memory through the API.
//! What a thread does after an idle round it could have done without it. So all that it can do is found without going it
//! again, and a loop that waits ends, with a hint or without:
//!
//! - A round of reads alone is gone again when a write has changed what it read. The thread then goes on with a hint
//!   ([`Kind::Hint`]) that reads from the change, so that it sees it.
//! - A round with objects is not gone again at all: what others do to the objects may take place before the round instead, as
//!   may a change of what it read. The execution in which nothing came in between is *blocked*.
//! - So is one that wrote and took back, but where another thread has read what was there meanwhile (of plain stores, any of what
//!   the round wrote): the thread may then go round once more, to be seen once more, with a hint that reads from that read.
//!
//! Where no other thread can make such a change either, the thread goes round forever: a livelock.
//!
//! Memory outside of the stack is not seen. So before the thread stops, the round is *tried*: the thread goes it again and again
//! with the same answers. Where it does something else in the end, rounds that begin at that call never count as idle. The
//! trial may have changed that memory, so the execution is run again after it.

mod hints;
mod idle;
mod learnt;
mod trial;
mod writing;

use std::panic::Location;

pub(super) use idle::Idle;
pub(crate) use learnt::Learnt;
use learnt::{Known, add};
use trial::Trial;
use writing::Writing;

use super::step::is_same_place;
use super::time::Reading;
use super::{Engine, Stop};
use crate::engine::event::{Event, Kind};
use crate::engine::guide::HintNext;
use crate::engine::local_state::{Digest, Registers, SEES};

/// How often a round is tried before it counts as idle.
const TRIED: u32 = 64;

/// So many trials of each place come before most are left out.
const ALWAYS_TRIED: u64 = 16;

/// After how many rounds in which the thread has written plain memory its local state is looked at nevertheless: it may have written
/// what was there.
const DIRTY_ROUNDS: usize = 8;

/// So many times in the same local state count as an idle round at a call where no trial could be made.
const UNTRIED: usize = 4;

/// How often a thread goes a round in which others could see what it does before that counts as a loop without an end.
const CONTESTED: usize = 16;

/// How many arrivals are looked back at, at least.
const VISITS: usize = 1_000;

/// How many of the hints in a row count as steps.
const HINTS_COUNTED: u32 = 8;

/// How many hints in a row a thread gives without anything else before others go first.
const HINTS: u32 = 200;

/// How often in a row others go first and do nothing.
const PAUSES: u32 = 5_000;

type Place = &'static Location<'static>;

/// What the engine knows of the model's loops. It is kept from execution to execution.
#[derive(Default)]
pub(crate) struct Rounds {
    watched: Vec<Place>,
    unseen: Vec<Place>,
    untried: Vec<Place>,
    /// What all engines share.
    shared: Learnt,
    /// How often rounds that begin there were tried.
    trials: Vec<(Place, u64)>,
    /// The calls of which the others know that threads stop there.
    stopped: Vec<Place>,
    trial: Option<Trial>,
    /// The threads that have come so far that a round of theirs has been tried, in the graph that is executed.
    tried: Vec<(u32, u32)>,
    /// Whether the local state of the running thread is to be looked at.
    looks: bool,
    registers: Registers,
}

/// An arrival of a thread at a call where its local state is looked at.
#[derive(Clone, Copy)]
pub(super) struct Visit {
    place: Place,
    /// How many events it had done.
    at: u32,
    digest: Digest,
    /// How often threads had gone on by then: the same number as later where no other has run in between.
    turns: u64,
}

/// What a thread does over and over, in the execution that is running.
#[derive(Default)]
pub(super) struct Circle {
    visits: Vec<Visit>,
    /// How many events it had done when it last wrote plain memory, or read another time than before.
    pub(super) dirty: u32,
    /// Plain memory that it may be writing.
    writing: Vec<Writing>,
    /// What it read of its clock, last at each call.
    pub(super) readings: Vec<Reading>,
    /// The round that is not to be gone again.
    pub(super) round: std::ops::Range<u32>,
    /// How many hints it gave since its last event, and how many events it had done then.
    hints: (u32, u32),
    /// How many pauses there were, and how many events the graph had at the last of them.
    pauses: (u32, u32),
}

impl Circle {
    pub(super) fn clear(&mut self) {
        self.visits.clear();
        self.writing.clear();
        self.readings.clear();
        (self.dirty, self.round, self.hints, self.pauses) = (0, 0..0, (0, 0), (0, 0));
    }
}

/// What a thread does that comes to an event.
pub(super) enum Arrival {
    /// The event.
    GoesOn,
    /// It waits, or the execution stops.
    Waits,
    /// What it comes to is to be found anew.
    Again,
}

impl Rounds {
    pub(crate) fn new(shared: Learnt) -> Self {
        let Known { watched, unseen, untried, .. } = shared.known().clone();
        Rounds { watched, unseen, untried, shared, ..Rounds::default() }
    }

    /// Whether no thread has been seen to go round.
    pub(crate) fn are_none(&self) -> bool {
        self.watched.is_empty()
    }

    /// Before the model is executed along another graph.
    pub(crate) fn begin(&mut self) {
        self.tried.clear();
    }

    fn watches(&self, place: Place) -> bool {
        self.watched.iter().any(|w| is_same_place(w, place))
    }

    fn wants_trial(&mut self, place: Place) -> bool {
        let at = match self.trials.iter().position(|(p, _)| *p == place) {
            Some(at) => at,
            None => {
                self.trials.push((place, 0));
                self.trials.len() - 1
            }
        };
        let n = &mut self.trials[at].1;
        *n += 1;
        *n <= ALWAYS_TRIED || n.is_power_of_two()
    }
}

impl Engine {
    /// Where the registers of the running thread are to be saved; nowhere where it simply waits.
    pub(in crate::engine) fn looks_at(&mut self) -> *mut Registers {
        match std::mem::take(&mut self.run.rounds.looks) {
            true => &raw mut self.run.rounds.registers,
            false => std::ptr::null_mut(),
        }
    }

    /// The registers of the running thread have been saved.
    #[cold]
    pub(in crate::engine) fn looked(&mut self) {
        let stack = self.run.suspender.expect("a fiber is running").bounds();
        // SAFETY: the registers are of the running fiber, which has called this from the frame that saved them.
        let digest = unsafe { self.run.rounds.registers.digest(stack) };
        let (lane, at, turns) = (self.run.running, self.run.done(), self.run.turns);
        if let Some(trial) = self.run.rounds.trial.as_mut().filter(|trial| trial.lane == lane) {
            trial.now = Some(digest);
            return;
        }
        self.looks_at_writing();
        let thread = &mut self.run.threads[lane as usize];
        let place = thread.place.expect("it has come to a call");
        let visits = &mut thread.circle.visits;
        if visits.len() == 2 * VISITS {
            visits.drain(..VISITS);
        }
        visits.push(Visit { place, at, digest, turns });
    }

    /// Whether the local state of the running thread is looked at before it does what it has come to.
    #[cold]
    pub(super) fn has_to_look(&mut self, kind: Kind, place: Place) -> bool {
        // Who joins waits for an end, which no round of its own brings; it may share its place with other calls, in a macro.
        if matches!(kind, Kind::UpdateWrite | Kind::Join) || self.evaluates() {
            return false;
        }
        let (lane, at) = (self.run.running, self.run.done());
        let looks = match &self.run.rounds.trial {
            Some(trial) if trial.lane == lane => at == trial.end && trial.now.is_none(),
            _ => {
                let turns = self.run.turns;
                let last = self.run.threads[lane as usize].circle.visits.last_mut();
                match last.filter(|v| v.at == at && v.place == place) {
                    // Others have run meanwhile, before the thread goes on from here.
                    Some(visit) => {
                        visit.turns = turns;
                        false
                    }
                    None => self.run.rounds.watches(place),
                }
            }
        };
        self.run.rounds.looks = looks;
        looks
    }

    /// Whether the running thread may have come to the end of a round: its last event is one that a round may have. Inline:
    /// all events that are added pass here.
    #[inline]
    pub(super) fn may_go_round(&self, lane: u32) -> bool {
        let last = self.search.current.graph.lanes[lane as usize].events.last();
        last.is_some_and(|last| {
            !matches!(
                self.search.current.graph.at(*last).kind,
                Kind::Spawn | Kind::Join | Kind::Woken | Kind::Hint
            )
        })
    }

    /// The running thread comes to its next event, which the graph does not know. `same`: whether another is of the same call.
    #[inline(never)]
    pub(super) fn arrives(&mut self, place: Place, same: &dyn Fn(&Event) -> bool) -> Arrival {
        let (lane, end) = (self.run.running, self.run.done());
        if self.is_tried() {
            return self.tries_again(place);
        }
        if self.evaluates() {
            return Arrival::GoesOn;
        }
        match self.guide.as_ref().map(|guide| guide.hint_next()) {
            None | Some(HintNext::Open) => {}
            // The execution that is told had gone on here.
            Some(HintNext::No) => return Arrival::GoesOn,
            Some(HintNext::Hint(length)) => {
                let begin = match length {
                    Some(length) => end.checked_sub(length),
                    None => self.begin_of_round(place, same).or_else(|| self.nearest_round(place, same)),
                };
                let idle = begin.and_then(|begin| Some((begin, self.idle(lane, begin, end)?)));
                return match idle {
                    Some((begin, idle)) => self.stops_or_sees(&idle, begin..end, place),
                    None => Arrival::GoesOn,
                };
            }
        }
        let Some(begin) = self.begin_of_round(place, same) else { return Arrival::GoesOn };
        let Some(idle) = self.idle(lane, begin, end) else {
            if self.has_effects(lane, begin, end) && self.same_visits(place) > CONTESTED {
                self.run.stop.get_or_insert(Stop::Unending(place.into()));
                return Arrival::Waits;
            }
            return Arrival::GoesOn;
        };
        if !SEES || self.run.rounds.unseen.contains(&place) {
            return Arrival::GoesOn;
        }
        if !self.run.rounds.watches(place) {
            self.run.rounds.watched.push(place);
            self.run.watching = true;
            add(&mut self.run.rounds.shared.known().watched, place);
            self.run.stop.get_or_insert(Stop::Relearn);
            return Arrival::Waits;
        }
        if let Some(arrival) = self.begins_trial(begin, place) {
            return arrival;
        }
        if self.run.rounds.untried.contains(&place) && self.same_visits(place) < UNTRIED {
            return Arrival::GoesOn;
        }
        if !self.run.rounds.stopped.contains(&place) {
            self.run.rounds.stopped.push(place);
            if !self.run.rounds.shared.stops(place) {
                self.run.rounds.unseen.push(place);
                self.run.stop.get_or_insert(Stop::Relearn);
                return Arrival::Waits;
            }
        }
        self.stops_or_sees(&idle, begin..end, place)
    }

    /// The running thread has gone an idle round: it goes on with what it sees, if there is anything.
    fn stops_or_sees(&mut self, idle: &Idle, round: std::ops::Range<u32>, place: Place) -> Arrival {
        let lane = self.run.running;
        self.run.threads[lane as usize].circle.round = round.clone();
        if idle.objects.is_empty() && idle.writes.is_empty() {
            return self.awaits_change(round, place);
        }
        self.awaits_look(idle, round, place)
    }

    /// Where the round began that the running thread may have come to the end of: at an event of the same call, with the same
    /// local state where that is looked at.
    fn begin_of_round(&mut self, place: Place, same: &dyn Fn(&Event) -> bool) -> Option<u32> {
        let (lane, end) = (self.run.running, self.run.done());
        let thread = &self.run.threads[lane as usize];
        if !self.run.rounds.watches(place) {
            return self.nearest_round(place, same);
        }
        if thread.circle.writing.iter().any(|memory| !memory.scoped) {
            return None;
        }
        let visits = &thread.circle.visits;
        let now = visits.last().filter(|v| v.at == end)?;
        let earlier = visits[..visits.len() - 1].iter().rev().take_while(|v| v.at >= thread.circle.dirty);
        earlier.filter(|v| v.at < end).find(|v| v.place == now.place && v.digest == now.digest).map(|v| v.at)
    }

    /// Where the round began, as far as can be told by the calls alone.
    fn nearest_round(&self, place: Place, same: &dyn Fn(&Event) -> bool) -> Option<u32> {
        let (lane, end) = (self.run.running as usize, self.run.done[self.run.running as usize]);
        let graph = &self.search.current.graph;
        let begins = |event: &Event| is_same_place(event.place, place) && same(event);
        let back = graph.lanes[lane].events[..end as usize].iter().rev().map(|id| graph.at(*id));
        let back = back.take_while(|e| !matches!(e.kind, Kind::Spawn | Kind::Join | Kind::Hint));
        let begin = end - 1 - back.clone().position(begins)? as u32;
        if self.run.threads[lane].circle.dirty <= begin {
            return Some(begin);
        }
        let rounds = back.filter(|event| begins(event)).take(DIRTY_ROUNDS);
        (rounds.count() == DIRTY_ROUNDS).then_some(begin)
    }

    /// How often the running thread has been here in the local state in which it is, where that is looked at.
    fn same_visits(&self, place: Place) -> usize {
        let visits = &self.run.threads[self.run.running as usize].circle.visits;
        let Some(now) = visits.last().filter(|_| self.run.rounds.watches(place)) else { return 0 };
        visits.iter().filter(|v| v.place == now.place && v.digest == now.digest).count()
    }
}
