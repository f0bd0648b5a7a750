//! Threads begin and are joined, wait for a change, and choose.

use std::panic::Location;
use std::sync::Arc;

use super::{Engine, Status};
use crate::engine::event::{Kind, Mode, NONE};
use crate::engine::explore::{Alternative, Frame};
use crate::engine::fiber::Job;
use crate::engine::graph::Owner;
use crate::objects::Call;

/// What may happen without a reason, each with a budget for an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spurious {
    /// A wait for a notification or a token ends.
    Wakeup,
    /// A weak compare-exchange fails though it reads what it expects.
    Failure,
    /// The first wait of a future ends.
    Poll,
    /// A writer keeps readers out while it waits.
    Announcement,
}

impl Engine {
    /// Begins a thread and returns its lane. `job` is taken when the event takes place. `member`: which of a group of
    /// identical threads it is, from 1, or 0.
    pub(crate) fn spawn(
        &mut self,
        job: &mut Option<Job>,
        stack: usize,
        name: &Option<Arc<str>>,
        daemon: bool,
        member: u32,
        place: &'static Location<'static>,
    ) -> Option<u32> {
        let child = self.step(
            Kind::Spawn,
            place,
            |e| e.begins() == (daemon, member),
            |engine, id| {
                engine.replayed();
                Some(engine.search.current.graph.at(id).loc)
            },
            |engine| {
                let child = engine.new_lane(Owner::Thread(NONE));
                let mut event = engine.new_event(Kind::Spawn, child, Mode::RELAXED, place);
                event.set_begins(daemon, member);
                engine.add(event);
                Some(child)
            },
        )?;
        self.start(child, job.take().expect("a thread begins once"), stack);
        let clock = self.run.threads[self.run.running as usize].clock;
        let thread = &mut self.run.threads[child as usize];
        (thread.name, thread.clock) = (name.clone(), clock);
        self.run.daemons |= self.search.current.graph.lanes[child as usize].daemon;
        Some(child)
    }

    /// Waits for the end of the thread in lane `child`.
    pub(crate) fn join(&mut self, child: u32, place: &'static Location<'static>) -> Option<()> {
        let lane = self.run.running as usize;

        let joined = self.step(
            Kind::Join,
            place,
            |e| e.loc == child,
            |engine, _| {
                engine.replayed();
                Some(())
            },
            |engine| {
                if engine.run.threads[child as usize].status != Status::Finished {
                    engine.run.threads[lane].status = Status::Joining(child);
                    return None;
                }
                let event = engine.new_event(Kind::Join, child, Mode::RELAXED, place);
                engine.add(event);
                Some(())
            },
        );
        if joined.is_some() {
            self.takes_over(child);
            self.run.waited_until(self.run.threads[child as usize].clock);
        } else if self.run.left > 0
            && self.explores()
            && self.run.done() as usize == self.search.current.graph.lanes[lane].events.len()
            && self.run.threads[child as usize].status != Status::Finished
        {
            // The graph knows no more of it: nobody need ask it again before that thread has ended.
            self.run.threads[lane].status = Status::Joining(child);
        } else if self.is_stepped() && self.run.threads[child as usize].status != Status::Finished {
            // A reader who chooses each step is told that it waits, though it is not let go on to try.
            self.run.threads[lane].status = Status::Joining(child);
        }
        joined
    }

    /// Whether the beginning of the thread in lane `child` happens before the running thread's next event.
    pub(crate) fn knows_begun(&self, child: u32) -> bool {
        let graph = &self.search.current.graph;
        let Some(Owner::Thread(spawn)) = graph.lanes.get(child as usize).map(|lane| lane.owner) else {
            return false;
        };
        spawn != NONE && {
            let spawn = graph.at(spawn);
            self.happens_before().get(spawn.lane as usize).is_some_and(|known| *known > spawn.index)
        }
    }

    /// Whether the thread in lane `child` has ended at this moment of the run. For reports: nothing may depend on it.
    pub(crate) fn has_finished(&self, child: u32) -> bool {
        self.run.threads[child as usize].status == Status::Finished
    }

    /// Explores `0..n`.
    pub(crate) fn choose(&mut self, n: u32, place: &'static Location<'static>) -> Option<u32> {
        self.step(
            Kind::Choose,
            place,
            |e| e.loc == n && e.call == Call::default(),
            |engine, id| {
                engine.replayed();
                Some(engine.search.current.graph.at(id).alternative)
            },
            |engine| {
                let event = engine.new_event(Kind::Choose, n, Mode::RELAXED, place);
                let Frame { graph, worklist } = &mut engine.search.current;
                let at = graph.len();
                worklist.extend((1..n).rev().map(|value| Alternative::Choose { at, value }));
                engine.add(event);
                Some(0)
            },
        )
    }

    /// Explores that something happens without a reason, and that it does not; the latter alone where it has happened as
    /// often as it may. That others may do it meanwhile takes nothing away: the choice that comes later is not offered.
    pub(crate) fn choose_spurious(
        &mut self,
        what: Spurious,
        place: &'static Location<'static>,
    ) -> Option<bool> {
        let call = Call { operation: 1 + what as u8, argument: 0 };
        self.step(
            Kind::Choose,
            place,
            |e| e.call == call,
            |engine, id| {
                engine.replayed();
                Some(engine.search.current.graph.at(id).alternative == 1)
            },
            |engine| {
                let mut event = engine.new_event(Kind::Choose, 2, Mode::RELAXED, place);
                event.call = call;
                let before = engine.search.current.graph.events.iter();
                let happened =
                    before.filter(|e| e.kind == Kind::Choose && e.call == call && e.alternative == 1);
                let offered = happened.count() < engine.run.budgets[what as usize] as usize;
                let Frame { graph, worklist } = &mut engine.search.current;
                worklist.extend(offered.then_some(Alternative::Choose { at: graph.len(), value: 1 }));
                engine.add(event);
                Some(false)
            },
        )
    }
}
