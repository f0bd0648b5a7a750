//! Time, in two readings.

use std::panic::Location;
use std::time::Duration;

use super::{Engine, Run, Status};
use crate::engine::event::{Event, Kind, Mode, NEVER, NONE};
use crate::engine::graph::Owner;
use crate::harness::FailureKind;

/// What a timeout or a sleep says about the order in which threads run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Time {
    /// Nothing: any thread may be slow for any time wherever it is, so a timed wait may time out at any time, and a sleep
    /// is over at any time. What holds here holds on every machine under any load.
    ///
    /// A timed wait that finds what it waits for takes it, and times out only where it does not. Each thread has a
    /// [clock](crate::time::Instant) of its own, which its sleeps and its waits that time out move on.
    ///
    /// A loop that looks, sleeps and looks again could do so any number of times. A clock that is read after such a loop shows
    /// the time of the rounds that were explored, and not of every number of them.
    #[default]
    Adversarial,
    /// Everything: computing takes no time, and time goes on only when nobody can go on without, to the next deadline.
    /// What falls on the same instant happens in every order. What holds here holds where the differences
    /// between the times that a program names are large enough for all that it does in between.
    ///
    /// Time is no synchronisation: what two threads do at different times may still be a data race.
    Virtual,
}

/// How often the clock ticks without progress before that is a livelock.
const IDLE_TICKS: u32 = 2_000;

impl Run {
    /// The running thread's time.
    pub(crate) fn time(&self) -> u64 {
        match self.reading {
            Time::Adversarial => self.threads[self.running as usize].clock,
            Time::Virtual => self.now,
        }
    }

    /// The running thread's time when `duration` will have passed.
    pub(crate) fn deadline(&self, duration: Duration) -> u64 {
        u64::try_from(duration.as_nanos()).map_or(NEVER, |nanos| self.time().saturating_add(nanos))
    }

    /// From when on a request that is made now with this timeout may be served as timed out.
    pub(super) fn expiry(&self, timeout: Duration) -> u64 {
        // Nearly all requests have none, and are made by the million.
        if timeout == Duration::MAX { NEVER } else { self.expiry_after(timeout) }
    }

    #[inline(never)]
    fn expiry_after(&self, timeout: Duration) -> u64 {
        match (self.reading, self.deadline(timeout)) {
            (_, NEVER) => NEVER,
            (Time::Adversarial, _) => 0,
            (Time::Virtual, deadline) => deadline,
        }
    }

    /// The running thread has waited for so long and got nothing.
    pub(crate) fn waited(&mut self, duration: Duration) {
        let deadline = self.deadline(duration);
        self.waited_until(deadline);
    }

    /// The running thread has waited until `deadline`.
    pub(super) fn waited_until(&mut self, deadline: u64) {
        let thread = &mut self.threads[self.running as usize];
        thread.clock = thread.clock.max(deadline);
    }
}

/// What a thread read of its clock at a call.
pub(super) struct Reading {
    place: &'static Location<'static>,
    time: u64,
    /// How often in a row without anything that takes time.
    again: u32,
    /// How many events the thread had done.
    pub(super) at: u32,
}

/// How often in a row the clock is read without moving on.
const STILL: u32 = 2;

/// How far it moves on then, in nanoseconds, and how many times as far the next time: a loop gets far beyond any deadline in few rounds.
const STRIDE: u64 = 1_000;
const STRIDES: u64 = 16;

impl Engine {
    /// The running thread reads its clock.
    ///
    /// What it reads decides what it does, so a loop that reads the clock is not idle unless it reads the same. In
    /// adversarial time it does not: a thread may be slow between any two readings, so a loop that looks at the clock until
    /// a deadline has passed comes to that, and is not cut short before.
    pub(crate) fn reads_clock(&mut self, place: &'static Location<'static>) -> u64 {
        let (done, reading) = (self.run.done(), self.run.reading);
        let mut time = self.run.time();
        let thread = self.run.this_thread();
        let readings = &mut thread.circle.readings;
        match readings.iter_mut().find(|r| r.place == place) {
            None => readings.push(Reading { place, time, again: 0, at: done }),
            Some(before) => {
                before.again = if before.time == time { before.again + 1 } else { 0 };
                if reading == Time::Adversarial && before.again > STILL {
                    let stride = STRIDE.saturating_mul(STRIDES.saturating_pow(before.again - STILL - 1));
                    time = time.saturating_add(stride).min(NEVER - 1);
                    thread.clock = time;
                }
                if before.time != time {
                    thread.circle.dirty = done;
                }
                (before.time, before.at) = (time, done);
            }
        }
        if reading == Time::Adversarial {
            thread.circle.dirty = done;
        }
        time
    }

    /// Whether time has gone on since a thread read its clock, in a round that began with its event `begin`.
    pub(super) fn reads_another_time(&self, lane: u32, begin: u32) -> bool {
        let mut readings = self.run.threads[lane as usize].circle.readings.iter();
        self.run.reading == Time::Virtual && readings.any(|r| r.at >= begin && r.time != self.run.now)
    }

    /// Where the thread goes round and looks at the clock, which stands still while nobody sleeps.
    #[cold]
    pub(super) fn looks_at_clock(&self, lane: u32) -> Option<&'static Location<'static>> {
        let circle = &self.run.threads[lane as usize].circle;
        circle.readings.iter().find(|r| r.at >= circle.round.start).map(|r| r.place)
    }

    /// Whether a sleep is waited for, until [`Engine::wait_until`] its end. In adversarial time one that ends is nothing at all: the thread could as
    /// well have been slow without it.
    pub(crate) fn begin_sleep(&mut self, duration: Duration, place: &'static Location<'static>) -> bool {
        let until = self.run.deadline(duration);
        let thread = self.run.this_thread();
        (thread.place, thread.until) = (Some(place), until);
        until == NEVER || self.run.reading == Time::Virtual
    }

    pub(crate) fn end_sleep(&mut self, duration: Duration) {
        if self.run.reading == Time::Adversarial {
            self.run.waited(duration);
        }
    }

    /// The running thread waits for the end of its sleep.
    pub(crate) fn wait_until(&mut self, place: &'static Location<'static>) -> Option<()> {
        let until = self.run.this_thread().until;
        let lane = self.run.running as usize;
        self.run.threads[lane].place = Some(place);
        if !self.run.goes_on() {
            return None;
        }
        if self.run.reading == Time::Virtual && self.run.now >= until || self.is_tried() {
            return Some(());
        }
        self.run.threads[lane].status = Status::Sleeping(until);
        None
    }

    /// Nobody can go on: lets time go on to the next deadline. False where there is none.
    #[inline(never)]
    pub(in crate::engine) fn tick(&mut self) -> bool {
        let graph = &self.search.current.graph;
        if self.run.reading == Time::Adversarial || graph.end != NONE {
            return false;
        }
        let deadline = |t: &u32| {
            let thread = &self.run.threads[*t as usize];
            match (thread.status, graph.lanes[*t as usize].events.last()) {
                _ if thread.given_up => NEVER,
                (Status::Sleeping(until), _) => until,
                (Status::Requesting, Some(last)) => graph.at(*last).deadline,
                _ => NEVER,
            }
        };
        let next = graph.threads.iter().map(deadline).filter(|d| *d > self.run.now).min().unwrap_or(NEVER);
        if next == NEVER || self.ticks_in_vain() {
            return false;
        }
        let graph = &mut self.search.current.graph;
        let lane = match graph.ticks.last() {
            Some(before) => graph.at(*before).lane,
            None => self.new_lane(Owner::Clock),
        };
        let index = self.run.done[lane as usize];
        let mut event = Event::new(Kind::Clock, lane, index, 0, Mode::RELAXED, Location::caller());
        event.deadline = next;
        self.add(event);
        self.pass_to(next);
        self.serve_all();
        true
    }

    /// Whether there was no progress for so many ticks that there will be none: then that is a livelock.
    fn ticks_in_vain(&mut self) -> bool {
        let graph = &self.search.current.graph;
        let since = graph.ticks.last().map_or(0, |tick| *tick as usize + 1);
        let progress =
            |e: &Event| e.kind.writes() || matches!(e.kind, Kind::Spawn | Kind::Join | Kind::Choose);
        let finished = self.run.threads.iter().filter(|t| t.status == Status::Finished).count();
        let before = std::mem::replace(&mut self.run.finished_before, finished);
        let idle = finished == before && !graph.events[since..].iter().any(progress);
        self.run.idle_ticks = if idle { self.run.idle_ticks + 1 } else { 0 };
        if self.run.idle_ticks < IDLE_TICKS {
            return false;
        }
        let message = format!("time goes on forever and nothing else does: {}", self.who_waits());
        self.fail(FailureKind::Livelock, message, None);
        true
    }

    /// It is `now`.
    fn pass_to(&mut self, now: u64) {
        self.run.now = now;
        for lane in 0..self.run.threads.len() {
            if matches!(self.run.threads[lane].status, Status::Sleeping(until) if until <= now) {
                self.run.wake(&self.search, lane as u32);
            }
        }
    }

    /// Replays the next tick of the clock, if all that was there before it has been replayed.
    pub(in crate::engine) fn replay_tick(&mut self) -> bool {
        let (tick, graph) = (self.run.next_tick, &self.search.current.graph);
        if tick == NONE || graph.len() - self.run.left != tick {
            return false;
        }
        let after = graph.ticks.partition_point(|t| *t <= tick);
        self.run.next_tick = graph.ticks.get(after).copied().unwrap_or(NONE);
        let Event { lane, deadline: now, .. } = *graph.at(tick);
        self.run.replayed(lane);
        self.pass_to(now);
        for lane in 0..self.search.current.graph.lanes.len() as u32 {
            if matches!(self.search.current.graph.lanes[lane as usize].owner, Owner::Object(_)) {
                self.replay_grants(lane);
            }
        }
        true
    }
}
