//! What a round did, and whether it has changed nothing.

use crate::engine::event::{Event, Id, Kind, NONE};
use crate::engine::graph::{Graph, Owner};
use crate::engine::run::Engine;
use crate::objects::{Object, Request, Served};

/// What a round did, where it has changed nothing.
#[derive(Default)]
pub(in crate::engine::run) struct Idle {
    pub(in crate::engine::run) objects: Vec<ObjectUse>,
    pub(in crate::engine::run) writes: Vec<Written>,
}

pub(in crate::engine::run) struct ObjectUse {
    pub(in crate::engine::run) lane: u32,
    pub(super) first: u32,
    pub(in crate::engine::run) last: u32,
}

/// The writes of a location that were taken back.
pub(in crate::engine::run) struct Written {
    pub(in crate::engine::run) loc: u32,
    /// Places in the modification order.
    pub(super) first: u32,
    pub(in crate::engine::run) last: u32,
    pub(super) count: u32,
    /// Whether one of them is a plain store, which hides what it follows.
    pub(super) stores: bool,
}

/// The events of other threads that have read what a thread wrote and took back, while it was there.
pub(in crate::engine::run) fn looks<'a>(
    graph: &'a Graph,
    lane: u32,
    writes: &'a [Written],
) -> impl Iterator<Item = Id> + 'a {
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
    pub(super) fn wrote(&mut self, write: &Event) {
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

    pub(super) fn used(&mut self, lane: u32, number: u32) {
        match self.objects.iter_mut().find(|o| o.lane == lane) {
            Some(o) => {
                (o.first, o.last) = (o.first.min(number), o.last.max(number));
            }
            None => self.objects.push(ObjectUse { lane, first: number, last: number }),
        }
    }
}

impl Engine {
    /// Whether the round used objects or wrote, and did nothing that is no part of a loop that waits.
    pub(in crate::engine::run) fn has_effects(&self, lane: u32, begin: u32, end: u32) -> bool {
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

    /// What the thread did with its events from `begin` to `end`, if it has changed nothing and no other thread came in between.
    pub(in crate::engine::run) fn idle(&self, lane: u32, begin: u32, end: u32) -> Option<Idle> {
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
    pub(in crate::engine::run) fn is_not_missed(
        &self,
        lane: u32,
        round: std::ops::Range<u32>,
        used: &ObjectUse,
    ) -> bool {
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
}
