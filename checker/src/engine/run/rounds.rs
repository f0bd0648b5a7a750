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

use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::step::is_same_place;
use super::time::Reading;
use super::{Engine, NOBODY, Status, Stop};
use crate::engine::event::{Event, Id, Kind, Mode, NONE};
use crate::engine::explore::Alternative;
use crate::engine::graph::{Graph, Owner};
use crate::engine::guide::HintNext;
use crate::engine::local_state::{Digest, Registers, SEES};
use crate::objects::{Object, Request, Served};

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

/// What all engines that explore the same model have found out about its loops.
///
/// It decides which events there are, so two engines with other knowledge explore other trees. Whatever is added to what an
/// engine decides by (`watched`, `unseen`, `untried`), all begin again with it: the tree of the last exploration is that
/// of one knowledge, whoever found it out, and when. There are few such calls, and most are met by the first executions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Learnt(Arc<Mutex<Known>>);

#[derive(Clone, Debug, Default)]
struct Known {
    /// The calls at which local states are looked at.
    watched: Vec<Place>,
    /// The calls at which rounds never count as idle.
    unseen: Vec<Place>,
    /// The calls at which a round counts as idle only after the same was gone several times.
    untried: Vec<Place>,
    /// The calls at which a trial was passed.
    confirmed: Vec<Place>,
    /// The calls at which a thread stopped after an idle round.
    stopped: Vec<Place>,
}

/// Two of them are never told apart: it is what was found out, and no setting.
impl PartialEq for Learnt {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

fn add(places: &mut Vec<Place>, place: Place) {
    if !places.contains(&place) {
        places.push(place);
    }
}

impl Learnt {
    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A round at `place` does something else in the end. Whether such a round has counted as idle.
    fn is_unseen(&self, place: Place) -> bool {
        let mut known = self.known();
        add(&mut known.unseen, place);
        known.stopped.contains(&place)
    }

    /// A thread stops at `place`; false where that is known to be wrong.
    fn stops(&self, place: Place) -> bool {
        let mut known = self.known();
        add(&mut known.stopped, place);
        !known.unseen.contains(&place)
    }

    /// After an exploration: whether threads stopped where no trial could be made, so that all is to be explored again with more
    /// rounds at such places.
    pub(crate) fn wants_more_rounds(&self) -> bool {
        let known = &mut *self.known();
        let before = known.untried.len();
        for place in std::mem::take(&mut known.stopped) {
            if !known.confirmed.contains(&place) {
                add(&mut known.untried, place);
            }
        }
        known.untried.len() > before
    }
}

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

/// A thread goes round with the same answers.
struct Trial {
    lane: u32,
    /// Its events from the one to the other are the round.
    begin: u32,
    end: u32,
    left: u32,
    place: Place,
    digest: Digest,
    /// What it is in now, at the end of the round.
    now: Option<Digest>,
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

/// Plain memory that a thread may be writing.
struct Writing {
    memory: *const u8,
    bytes: usize,
    /// What was there.
    before: Digest,
    /// Whether it is there for as long as this is, whatever the thread forgets.
    scoped: bool,
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

/// What a round did, where it has changed nothing.
#[derive(Default)]
pub(super) struct Idle {
    pub(super) objects: Vec<ObjectUse>,
    pub(super) writes: Vec<Written>,
}

pub(super) struct ObjectUse {
    pub(super) lane: u32,
    first: u32,
    pub(super) last: u32,
}

/// The writes of a location that were taken back.
pub(super) struct Written {
    pub(super) loc: u32,
    /// Places in the modification order.
    first: u32,
    pub(super) last: u32,
    count: u32,
    /// Whether one of them is a plain store, which hides what it follows.
    stores: bool,
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
        if kind == Kind::UpdateWrite || self.evaluates() {
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

    /// The running thread has come to where the graph knows no more of it, and it is not its turn. The round that ends here is tried
    /// at once: when others have run, plain memory may be another, and a trial says nothing. Returns whether it is.
    #[cold]
    pub(super) fn tries_early(&mut self, place: Place) -> bool {
        let (lane, end) = (self.run.running, self.run.done());
        let knows_more = self.search.current.graph.lanes[lane as usize].events.len() > end as usize;
        if self.is_led() {
            return false;
        }
        if knows_more || !self.run.goes_on() || self.run.rounds.looks || self.evaluates() {
            return false;
        }
        if self.is_tried() {
            return matches!(self.tries_again(place), Arrival::Again);
        }
        if !self.run.rounds.watches(place) || self.run.rounds.unseen.contains(&place) {
            return false;
        }
        let Some(begin) = self.begin_of_round(place, &|_| false) else { return false };
        self.idle(lane, begin, end).is_some()
            && matches!(self.begins_trial(begin, place), Some(Arrival::Again))
    }

    /// Tries the round that the running thread has come to the end of, if that is wanted and no other has run meanwhile.
    fn begins_trial(&mut self, begin: u32, place: Place) -> Option<Arrival> {
        let (lane, end) = (self.run.running, self.run.done());
        if self.is_led()
            || self.run.rounds.tried.contains(&(lane, end))
            || !self.has_run_alone(begin)
            || !self.run.rounds.wants_trial(place)
        {
            return None;
        }
        let visits = &self.run.threads[lane as usize].circle.visits;
        let digest = visits.last().expect("it has been looked at").digest;
        let trial = Trial { lane, begin, end, left: TRIED, place, digest, now: Some(digest) };
        self.run.rounds.trial = Some(trial);
        Some(self.tries_again(place))
    }

    /// Whether the running thread tries a round: it waits for nothing then.
    pub(super) fn is_tried(&self) -> bool {
        self.run.rounds.trial.as_ref().is_some_and(|trial| trial.lane == self.run.running)
    }

    /// Whether a guide says who goes on: a trial would be steps for it.
    fn is_led(&self) -> bool {
        self.guide.as_ref().is_some_and(|guide| !guide.is_at_the_end())
    }

    /// Whether no other thread has run since the running one did its event `begin`.
    fn has_run_alone(&self, begin: u32) -> bool {
        let visits = &self.run.threads[self.run.running as usize].circle.visits;
        visits.iter().rev().find(|v| v.at == begin).is_some_and(|v| v.turns == self.run.turns)
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

    /// Whether the round used objects or wrote, and did nothing that is no part of a loop that waits.
    fn has_effects(&self, lane: u32, begin: u32, end: u32) -> bool {
        let graph = &self.search.current.graph;
        let events = &graph.lanes[lane as usize].events[begin as usize..end as usize];
        let events = events.iter().map(|id| graph.at(*id));
        events.clone().any(|e| e.kind == Kind::Request || e.kind.writes())
            && events.clone().all(|e| {
                let observes = e.kind == Kind::Request
                    && graph.lanes[e.loc as usize].owner == Owner::Object(Object::Observer);
                !observes
                    && !matches!(
                        e.kind,
                        Kind::Spawn | Kind::Join | Kind::Woken | Kind::Choose | Kind::Clock | Kind::End
                    )
            })
    }

    /// What the thread did with its events from `begin` to `end`, if it has changed nothing and nobody has come in between.
    pub(super) fn idle(&self, lane: u32, begin: u32, end: u32) -> Option<Idle> {
        let graph = &self.search.current.graph;
        let events = &graph.lanes[lane as usize].events[begin as usize..end as usize];
        // What is asked of an object may time out later and not earlier.
        let asks = |id: &Id| graph.at(*id).kind == Kind::Request;
        if graph.ticks.last().is_some_and(|tick| events.first().is_none_or(|first| tick > first))
            && events.iter().any(asks)
            || self.reads_another_time(lane, begin)
        {
            return None;
        }
        let mut idle = Idle::default();
        for event in events.iter().map(|id| graph.at(*id)) {
            match event.kind {
                Kind::Read | Kind::Update | Kind::Fence => {}
                Kind::UpdateWrite if event.is_idle() => {}
                Kind::Write | Kind::UpdateWrite => idle.wrote(event),
                Kind::Choose if event.call.operation != 0 && event.alternative == 0 => {}
                Kind::Request if event.rf != NONE => idle.used(event.loc, graph.at(event.rf).index),
                _ => return None,
            }
        }
        let took_back = |w: &Written| {
            let value = |pos| self.value(w.loc, graph.write_at(w.loc, pos));
            w.last + 1 - w.first == w.count && value(w.first - 1) == value(w.last)
        };
        // Where another has written between two of its reads, the next round begins with what this one has seen last.
        let own = |write: &Event| write.lane == lane && (begin..end).contains(&write.index);
        let stays = |(loc, first, last): (u32, u32, u32)| {
            graph.changes(loc, first + 1).filter(|w| graph.co_pos_of(*w) <= last).all(|w| own(graph.at(w)))
        };
        let is_idle = graph.seen(lane, begin..end).into_iter().all(stays)
            && idle.writes.iter().all(took_back)
            && idle.objects.iter().all(|o| self.is_not_missed(lane, begin..end, o));
        is_idle.then_some(idle)
    }

    /// Whether the object is as if the thread had not used it in the round, and all others that used it meanwhile would have
    /// been answered the same.
    fn is_not_missed(&self, lane: u32, round: std::ops::Range<u32>, used: &ObjectUse) -> bool {
        let graph = &self.search.current.graph;
        let Owner::Object(object) = graph.lanes[used.lane as usize].owner else { return false };
        if object == Object::Observer {
            return false;
        }
        let mut state = graph.state_before(used.lane, used.first).to_vec();
        let mut served = Served::default();
        for number in used.first..=used.last {
            let grant = graph.at(graph.lanes[used.lane as usize].events[number as usize]);
            let request = graph.at(grant.rf);
            if request.lane == lane && round.contains(&request.index) {
                continue;
            }
            let (call, thread, alternative) = (request.call, request.lane, grant.alternative);
            let mut serves = |expired| {
                let request = Request { call, thread, number, alternative, expired };
                object.serve(&state, request, &mut served).is_some()
            };
            let timed = alternative == 0 && request.deadline <= graph.now;
            if !(serves(false) || timed && serves(true)) || served.answer != grant.answer {
                return false;
            }
            std::mem::swap(&mut state, &mut served.state);
        }
        object.essence(&state) == object.essence(graph.state_before(used.lane, used.last + 1))
    }

    /// How often the running thread has been here in the local state in which it is, where that is looked at.
    fn same_visits(&self, place: Place) -> usize {
        let visits = &self.run.threads[self.run.running as usize].circle.visits;
        let Some(now) = visits.last().filter(|_| self.run.rounds.watches(place)) else { return 0 };
        visits.iter().filter(|v| v.place == now.place && v.digest == now.digest).count()
    }

    /// The running thread goes on with a change of what it read in the round, and waits where there is none.
    fn awaits_change(&mut self, round: std::ops::Range<u32>, place: Place) -> Arrival {
        let lane = self.run.running;
        self.goes_on_with_change(round, place).unwrap_or_else(|| {
            self.run.threads[lane as usize].status = Status::Awaiting;
            Arrival::Waits
        })
    }

    /// The running thread goes on with a change of what it read in the round, where there is one.
    fn goes_on_with_change(&mut self, round: std::ops::Range<u32>, place: Place) -> Option<Arrival> {
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
    fn awaits_look(&mut self, idle: &Idle, round: std::ops::Range<u32>, place: Place) -> Arrival {
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
    fn add_hint(&mut self, event: Event, source: Id, left: usize) -> Arrival {
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
    pub(super) fn passes_hint(&mut self, id: Id) -> bool {
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
    fn passed_hint(&mut self) {
        let done = self.run.done();
        let visits = &mut self.run.this_thread().circle.visits;
        visits.iter_mut().rev().take_while(|v| v.at + 1 == done).take(1).for_each(|v| v.at = done);
    }

    /// The running thread is where the round that is tried ends.
    fn tries_again(&mut self, place: Place) -> Arrival {
        let Some(trial) = &mut self.run.rounds.trial else { return Arrival::GoesOn };
        if trial.place != place || trial.now.take() != Some(trial.digest) {
            self.check_determinism();
            return Arrival::Waits;
        }
        let (lane, begin, end) = (trial.lane, trial.begin, trial.end);
        if trial.left == 0 {
            self.run.rounds.trial = None;
            add(&mut self.run.rounds.shared.known().confirmed, place);
            self.run.rounds.tried.push((lane, end));
            self.run.stop.get_or_insert(Stop::Again);
            return Arrival::Waits;
        }
        trial.left -= 1;
        self.run.done[lane as usize] = begin;
        self.run.left += end - begin;
        Arrival::Again
    }

    /// Whether the running thread tries a round. It does something else there than it did before, so it counts in memory that is not
    /// seen.
    #[cold]
    pub(in crate::engine) fn check_determinism(&mut self) -> bool {
        let lane = self.run.running;
        let Some(trial) = self.run.rounds.trial.take_if(|trial| trial.lane == lane) else { return false };
        let rounds = &mut self.run.rounds;
        rounds.unseen.push(trial.place);
        // Where such a round has counted as idle before, all is to be explored again.
        let has_counted = rounds.shared.is_unseen(trial.place);
        self.run.stop = Some(if has_counted { Stop::Relearn } else { Stop::Again });
        self.run.threads[lane as usize].given_up = true;
        true
    }

    /// The running thread may write plain memory from here on, until [`Engine::has_written`]. `scoped`: it is sure to say that,
    /// and the memory is there until then.
    pub(crate) fn writes(&mut self, memory: *const u8, bytes: usize, scoped: bool) {
        let done = self.run.done();
        let watching = self.run.watching;
        let circle = &mut self.run.this_thread().circle;
        if !watching {
            circle.dirty = done;
        } else if !circle.writing.iter().any(|w| w.memory == memory) {
            // SAFETY: the caller has a reference to so many bytes.
            let before = unsafe { contents(memory, bytes) };
            circle.writing.push(Writing { memory, bytes, before, scoped });
        }
    }

    /// The running thread has given back what it may have written.
    #[inline]
    pub(crate) fn has_written(&mut self, memory: *const u8) {
        if self.run.watching {
            self.has_settled(memory);
        }
    }

    #[cold]
    fn has_settled(&mut self, memory: *const u8) {
        let done = self.run.done();
        let circle = &mut self.run.this_thread().circle;
        if let Some(n) = circle.writing.iter().position(|w| w.memory == memory) {
            let writing = circle.writing.swap_remove(n);
            // SAFETY: the caller still has a reference to so many bytes.
            if unsafe { contents(memory, writing.bytes) } != writing.before {
                circle.dirty = done;
            }
        }
    }

    /// Looks at the memory that the running thread is in the middle of writing.
    fn looks_at_writing(&mut self) {
        let done = self.run.done();
        let circle = &mut self.run.this_thread().circle;
        for writing in circle.writing.iter_mut().filter(|w| w.scoped) {
            // SAFETY: it is there for as long as this is.
            let now = unsafe { contents(writing.memory, writing.bytes) };
            if std::mem::replace(&mut writing.before, now) != now {
                circle.dirty = done;
            }
        }
    }

    /// The running thread has written plain memory.
    pub(in crate::engine) fn has_changed_plain_memory(&mut self) {
        let done = self.run.done();
        self.run.this_thread().circle.dirty = done;
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
    pub(super) fn is_looked_at(&self, lane: u32) -> bool {
        let round = &self.run.threads[lane as usize].circle.round;
        let Some(idle) = self.idle(lane, round.start, round.end) else { return true };
        let graph = &self.search.current.graph;
        looks(graph, lane, &idle.writes).next().is_some()
            || idle.objects.is_empty() && graph.has_weak_memory() && self.sees_change(lane)
    }
}

/// The events of other threads that have read what a thread wrote and took back, while it was there.
pub(super) fn looks<'a>(graph: &'a Graph, lane: u32, writes: &'a [Written]) -> impl Iterator<Item = Id> + 'a {
    writes.iter().flat_map(move |w| {
        let last = w.last + u32::from(w.stores);
        let written = (w.first..last).map(move |pos| graph.write_at(w.loc, pos));
        written.flat_map(move |write| graph.readers(w.loc, write)).filter(move |read| {
            let read = graph.at(*read);
            read.lane != lane && read.kind.reads()
        })
    })
}

impl Idle {
    fn wrote(&mut self, write: &Event) {
        let stores = write.kind == Kind::Write;
        match self.writes.iter_mut().find(|w| w.loc == write.loc) {
            Some(w) => {
                (w.first, w.last) = (w.first.min(write.co_pos), w.last.max(write.co_pos));
                w.count += 1;
                w.stores |= stores;
            }
            None => {
                let (loc, pos) = (write.loc, write.co_pos);
                self.writes.push(Written { loc, first: pos, last: pos, count: 1, stores });
            }
        }
    }

    fn used(&mut self, lane: u32, number: u32) {
        match self.objects.iter_mut().find(|o| o.lane == lane) {
            Some(o) => {
                (o.first, o.last) = (o.first.min(number), o.last.max(number));
            }
            None => self.objects.push(ObjectUse { lane, first: number, last: number }),
        }
    }
}

/// A digest of so many bytes.
///
/// # Safety
///
/// They may be read.
unsafe fn contents(memory: *const u8, bytes: usize) -> Digest {
    let mut digest = (0, 0);
    for n in 0..bytes {
        // SAFETY: the caller's. Padding is taken as it is: it is compared and nothing else.
        crate::engine::local_state::mix(&mut digest, u64::from(unsafe { memory.add(n).read_volatile() }));
    }
    digest
}
