//! Writers that keep readers out while they wait.
//!
//! An [`RwLock`] may hold back readers that come while a writer waits. What that adds to the behaviours is little: a
//! `try_read` that fails, and threads that wait for each other forever. So most models are explored without; the
//! exploration begins again with it where it may matter, which what the threads do in program order shows:
//!
//! - the lock is asked to be written and is tried for reading; or
//! - the lock is asked to be written, and a thread may wait while it reads the lock.
//!
//! That suffices. In a deadlock behind a writer the lock is read, and stays so, since its reader waits or has forgotten its
//! guard. If then the readers are served that are held back, an execution goes on from there that needs no announcement, is
//! explored without, and has the same events.
//!
//! Then each writer chooses whether it announces itself. An announcement that nobody sees changes nothing, and one that is
//! seen might as well be made directly before that; so executions with others are dropped, for they stand for those without.
//! In virtual time a read that is held back takes time, so nothing is dropped and sleeping is waiting.

use std::panic::Location;

use super::Engine;
use crate::engine::event::{Event, Id, Kind};
use crate::engine::graph::{Graph, Owner};
use crate::engine::run::Spurious;
use crate::objects::{Object, RwLock};

impl Engine {
    /// Explores from here on that writers keep readers out.
    pub(in crate::engine) fn announce(&mut self) {
        self.run.announces = true;
    }

    /// Whether a writer may have to choose. One execution alone is one of either kind: it says itself which.
    #[inline]
    pub(crate) fn may_announce(&self) -> bool {
        self.run.announces || self.guide.is_some()
    }

    /// Explores that the running thread announces itself, and that it does not.
    pub(crate) fn choose_to_announce(&mut self, place: &'static Location<'static>) -> Option<bool> {
        if !self.run.announces {
            let lane = self.run.running;
            let next = self.search.current.graph.lanes[lane as usize].events.get(self.run.done() as usize);
            let chooses = match next {
                Some(next) => self.search.current.graph.at(*next).kind == Kind::Choose,
                None => match &self.guide {
                    Some(guide) if !guide.lets(lane) => {
                        self.run.this_thread().place = Some(place);
                        return None;
                    }
                    Some(guide) => guide.chooses_next(),
                    None => false,
                },
            };
            if !chooses {
                return Some(false);
            }
        }
        self.choose_spurious(Spurious::Announcement, place)
    }

    /// Whether the execution, which has ended, is one of a model for which announcements may matter, and none are explored.
    pub(super) fn wants_announcements(&self) -> bool {
        let graph = &self.search.current.graph;
        !self.run.announces && self.guide.is_none() && locks(graph).any(|lock| may_matter(graph, lock))
    }

    /// Whether a writer has announced itself in the execution, which has ended, and nobody saw it.
    pub(super) fn announces_unseen(&self) -> bool {
        let graph = &self.search.current.graph;
        self.run.announces && graph.ticks.is_empty() && {
            let is_stuck = !self.all_unmarked_finished();
            locks(graph).any(|lock| is_unseen(graph, lock, is_stuck))
        }
    }
}

/// The lanes of the readers-writer locks.
fn locks(graph: &Graph) -> impl Iterator<Item = u32> {
    (0..).zip(&graph.lanes).filter(|(_, lane)| lane.owner == Owner::Object(Object::RwLock)).map(|(n, _)| n)
}

/// What was asked of the lock and served, with what was answered.
fn served(graph: &Graph, lock: u32) -> impl Iterator<Item = (&Event, u32)> {
    let grants = graph.lanes[lock as usize].events.iter().map(|grant| graph.at(*grant));
    grants.map(|grant| (graph.at(grant.rf), grant.answer))
}

fn may_matter(graph: &Graph, lock: u32) -> bool {
    let waiting = graph.waiting(lock).map(|request| graph.at(request));
    let is_written = served(graph, lock)
        .map(|(request, _)| request)
        .chain(waiting)
        .any(|request| request.call.operation == RwLock::WRITE);
    if !is_written {
        return false;
    }
    // Who reads, and since which of its events.
    let mut readers: Vec<(u32, u32)> = Vec::new();
    for (request, answer) in served(graph, lock) {
        match request.call.operation {
            RwLock::TRY_READ => return true,
            RwLock::READ | RwLock::DOWNGRADE
                if answer != 0 || request.call.operation == RwLock::DOWNGRADE =>
            {
                readers.push((request.lane, request.index));
            }
            RwLock::UNLOCK_READ => {
                // A guard that came from another thread: what that did meanwhile is not looked for.
                let Some(own) = readers.iter().rposition(|(lane, _)| *lane == request.lane) else {
                    return true;
                };
                let (lane, since) = readers.remove(own);
                let meanwhile =
                    &graph.lanes[lane as usize].events[since as usize + 1..request.index as usize];
                if !graph.ticks.is_empty() || meanwhile.iter().any(|event| may_wait(graph, *event)) {
                    return true;
                }
            }
            _ => {}
        }
    }
    !readers.is_empty()
}

/// Whether a thread may wait where it did this: a load may be one of a loop.
fn may_wait(graph: &Graph, id: Id) -> bool {
    let event = graph.at(id);
    match event.kind {
        Kind::Write | Kind::UpdateWrite | Kind::Fence | Kind::Choose | Kind::Spawn => false,
        Kind::Request => {
            let Owner::Object(object) = graph.lanes[event.loc as usize].owner else { return true };
            object != Object::Observer && object.takes(event.call, 1) != Some(false)
        }
        _ => true,
    }
}

fn is_unseen(graph: &Graph, lock: u32, is_stuck: bool) -> bool {
    let asks = |operation| move |request: Id| graph.at(request).call.operation == operation;
    if graph.waiting(lock).any(asks(RwLock::ANNOUNCE)) {
        return true;
    }
    let grants = &graph.lanes[lock as usize].events;
    let operation = |k: usize| graph.at(graph.at(grants[k]).rf).call.operation;
    let state = |k: usize| graph.state_before(lock, k as u32);
    let looks = |k: usize| matches!(operation(k), RwLock::LOOK | RwLock::CLEAR);
    let sees = |at: usize| {
        if at + 1 == grants.len() {
            return is_stuck && RwLock::refuses(state(at + 1)) && graph.waiting(lock).any(asks(RwLock::READ));
        }
        if RwLock::refuses(state(at + 1)) && operation(at + 1) == RwLock::TRY_READ {
            return true;
        }
        // The lock is free then, and its note of the writer still there.
        RwLock::is_free(state(at + 2))
            && (at + 2..grants.len())
                .find(|k| !looks(*k))
                .is_some_and(|k| operation(k) == RwLock::TRY_READ && graph.at(grants[k]).alternative == 1)
    };
    (0..grants.len()).any(|k| operation(k) == RwLock::ANNOUNCE && !sees(k))
}
