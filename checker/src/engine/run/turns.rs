//! Whose turn it is: along the graph as soon as sources are there, then the first thread by its path that can go on.

use std::panic::Location;

use super::{Engine, NOBODY, Status};
use crate::engine::event::{Id, Kind, NONE};
use crate::engine::guide::Next;
use crate::harness::FailureKind;

impl Engine {
    /// The thread that goes on.
    #[inline]
    pub(super) fn pick(&mut self) -> Option<u32> {
        if self.run.left > 0
            && self.guide.is_none()
            && let Some(next) = self.next_to_replay()
        {
            return Some(next);
        }
        self.pick_otherwise()
    }

    /// As [`Engine::pick`], where that is not simply the next thread with something to replay.
    #[inline(never)]
    fn pick_otherwise(&mut self) -> Option<u32> {
        if self.guide.is_some() && !self.run.threads.iter().any(|t| t.status == Status::Updating) {
            match self.follow() {
                Next::Thread(next) => {
                    self.run.turn = next;
                    return Some(next);
                }
                Next::Nobody => return None,
                Next::Any => {}
            }
        }
        if self.run.left > 0 {
            let next = loop {
                let next = self.next_to_replay();
                if next.is_some() || self.run.left == 0 || !self.replay_end() && !self.replay_tick() {
                    break next;
                }
            };
            if self.run.left == 0 && next.is_none() {
                return self.pick();
            }
            if next.is_none() && self.run.stop.is_none() {
                self.diverges("a thread does not come to an event that it came to before", None);
            }
            return next;
        }
        let next = self.between_halves().or_else(|| {
            if std::mem::take(&mut self.run.look_at_objects) {
                self.serve_all();
            }
            if self.run.daemons && self.ends_next() {
                self.end_program();
            }
            loop {
                let next = self.next_able();
                if next.is_some() || !self.tick() {
                    break next;
                }
            }
            .or_else(|| self.paused())
        });
        self.run.turn = next.unwrap_or(NOBODY);
        next
    }

    /// The thread that goes on before all others, if there is one: nobody comes between the halves of a read-modify-write.
    fn between_halves(&self) -> Option<u32> {
        if !self.run.updates {
            return None;
        }
        let updates = |t: &u32| {
            let thread = &self.run.threads[*t as usize];
            thread.status == Status::Updating && !thread.given_up
        };
        self.search.current.graph.threads.iter().copied().find(updates)
    }

    /// Whether the program ends before anybody else goes on, where nobody is left for whom it waits. Where executions are
    /// drawn, that is drawn too: what daemons still do before the end would have to take its place later.
    #[cold]
    fn ends_next(&mut self) -> bool {
        if self.random.is_none() || !self.all_unmarked_finished() {
            return true;
        }
        let able = self.able().count() as u64;
        self.random.as_mut().is_none_or(|random| random.ends(able))
    }

    /// Whether the clock does not go on: a thread can go on without that, or the program has come to its end.
    #[cold]
    pub(in crate::engine) fn time_stands_still(&self) -> bool {
        self.able().next().is_some() || self.run.daemons && self.all_unmarked_finished()
    }

    /// The threads that can go on in this instant.
    fn able(&self) -> impl Iterator<Item = u32> {
        self.search.current.graph.threads.iter().copied().filter(|t| self.is_ready(*t) || self.can_go_on(*t))
    }

    /// The first thread that can go on in this instant, or the one that is drawn.
    fn next_able(&mut self) -> Option<u32> {
        if self.random.is_none() {
            return self.able().next();
        }
        let able: Vec<u32> = self.able().collect();
        let events = self.search.current.graph.len().into();
        self.random.as_mut().and_then(|random| random.thread(&able, events))
    }

    /// Whether nothing keeps the thread from going on.
    #[inline]
    fn is_ready(&self, lane: u32) -> bool {
        let thread = &self.run.threads[lane as usize];
        thread.status == Status::Ready && !thread.given_up
    }

    /// Whether the thread can go on in this instant.
    fn can_go_on(&self, lane: u32) -> bool {
        let thread = &self.run.threads[lane as usize];
        !thread.given_up
            && match thread.status {
                Status::Ready => true,
                Status::Awaiting => self.sees_change(lane),
                Status::Idle => self.is_looked_at(lane),
                Status::Pending { loc, tried } => self.search.current.graph.last_co_pos(loc) > tried,
                _ => false,
            }
    }

    /// A thread that has only let others go first, where nobody else can go on.
    #[cold]
    fn paused(&mut self) -> Option<u32> {
        if self.search.current.graph.end != NONE || self.run.failed.is_some() {
            return None;
        }
        let pauses = |t: &u32| {
            let thread = &self.run.threads[*t as usize];
            thread.status == Status::Paused && !thread.given_up
        };
        let paused = self.search.current.graph.threads.iter().copied().find(pauses)?;
        self.run.threads[paused as usize].status = Status::Ready;
        Some(paused)
    }

    /// The thread does nothing but let others go first, and they do nothing any more.
    #[cold]
    pub(super) fn only_pauses(&mut self, place: &'static Location<'static>) {
        let lane = self.run.running;
        if self.search.current.graph.lanes[lane as usize].daemon {
            self.run.this_thread().given_up = true;
            return;
        }
        let message =
            format!("{} does nothing but wait for others, and they do nothing any more", self.name_of(lane));
        self.fail(FailureKind::Livelock, message, Some(place));
    }

    /// The next thread, round and round, that can replay its next event. A thread that joins others is asked again when each of
    /// them has had its turn, and not when each has ended.
    fn next_to_replay(&mut self) -> Option<u32> {
        let threads = &self.search.current.graph.threads;
        let mut at = self.run.replaying;
        for _ in threads {
            at = if at < threads.len() { at } else { 0 };
            let next = threads[at];
            at += 1;
            if self.can_replay(next) {
                self.run.replaying = at;
                return Some(next);
            }
        }
        None
    }

    fn can_replay(&self, lane: u32) -> bool {
        let Some(thread) = self.run.threads.get(lane as usize) else { return false };
        if thread.fiber.is_none()
            || thread.given_up
            || matches!(thread.status, Status::Requesting | Status::Finished | Status::Updating)
        {
            return false;
        }
        let next = || {
            self.search.current.graph.lanes[lane as usize].events.get(self.run.done[lane as usize] as usize)
        };
        !thread.waits || next().is_some_and(|next| self.has_sources(*next))
    }

    /// Whether what must be replayed before `id` has been.
    #[inline]
    pub(super) fn has_sources(&self, id: Id) -> bool {
        let event = self.search.current.graph.at(id);
        id < self.run.next_tick
            && match event.kind {
                Kind::Read | Kind::Update | Kind::Hint | Kind::Woken => {
                    event.rf == NONE || self.is_done(event.rf)
                }
                Kind::Join => self.run.threads[event.loc as usize].status == Status::Finished,
                _ => true,
            }
    }

    #[inline]
    pub(in crate::engine) fn is_done(&self, id: Id) -> bool {
        self.run.has_done(self.search.current.graph.at(id))
    }
}
