//! One execution: the model's threads run along the graph, then on from where it ends.
//!
//! Threads are fibers of one OS thread. Where the graph knows a thread's next event, the event is *replayed* as soon as
//! what it reads from is; so the order in which plain code runs extends program order and reads-from, and plain data
//! behind locks has the right contents. When the whole graph has been replayed, the execution goes on with the thread
//! that has the *turn*: the first, by its path, that can go on.

mod accesses;
mod announcements;
mod ending;
mod failing;
mod handle;
mod limits;
mod requests;
mod rounds;
mod standstill;
mod state;
mod step;
mod threads;
mod time;
mod turns;

use std::ops::Range;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;

use super::Origin;
use super::counted::Counted;
use super::destructors::Released;
use super::event::Id;
use super::explore::Search;
use super::fiber::{self, Fiber, Job, Return, Suspender};
use super::guard::Slot;
use super::guide::Guide;
use super::handles::Owed;
use super::heap;
use super::local_state::Bounds;
use super::orderings::Orderings;
use super::random::Random;
use super::spin_until::{Evaluation, Waits};
use crate::api::thread::Local;
use crate::harness::{Failure, FailureKind};
use crate::trace::Place;

pub(crate) use accesses::Update;
pub(crate) use handle::{Handle, Known, Sort};
pub(crate) use requests::Asked;
use rounds::Circle;
pub(crate) use rounds::Learnt;
use standstill::Standstill;
pub(crate) use state::Run;
pub(crate) use threads::Spurious;
pub use time::Time;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Status {
    /// Not begun by any event so far.
    #[default]
    Unborn,
    Ready,
    /// Between the halves of a read-modify-write whose writing half is not in the graph.
    Updating,
    /// Its last request has not been served.
    Requesting,
    /// Waits for a change of what it read in an idle round.
    Awaiting,
    /// Has gone an idle round and used objects in it, or written and taken back: it goes no further unless that was seen.
    Idle,
    /// Has said again and again that it waits for others, and done nothing else.
    Paused,
    /// Waits for a write of `loc` that does not make its condition false; `tried` writes do.
    Pending {
        loc: u32,
        tried: u32,
    },
    /// Its condition is false with what it read last.
    Stuck,
    /// Waits for a notification from the object in this lane.
    Notifiable(u32),
    /// Waits for its time to be this.
    Sleeping(u64),
    /// Waits for the end of the thread in this lane.
    Joining(u32),
    Finished,
}

/// A thread of the model in the execution that is running.
#[derive(Default)]
pub(crate) struct Thread {
    pub(crate) status: Status,
    fiber: Option<Box<Fiber>>,
    /// Whether it has come to an event that it may not do yet.
    waits: bool,
    /// Whether it goes no further: it made an assumption that does not hold, or failed in an execution that is dropped.
    given_up: bool,
    /// Whether it was the first to access an object that is not on its own stack.
    pub(in crate::engine) reaches: bool,
    /// Where it last called the engine, for reports.
    pub(crate) place: Option<&'static Location<'static>>,
    /// Its time, in adversarial time.
    pub(crate) clock: u64,
    /// What it does over and over.
    circle: Circle,
    /// Its last request, and the last with which it enlisted at a condition variable. They are kept here and not on its stack,
    /// where they would make each round of a loop another.
    requested: Id,
    enlisted: Id,
    /// When its sleep ends.
    until: u64,
    /// One more than the events that it had done when it last said that others may go first.
    offered: u32,
    /// The name that the model gave it.
    pub(crate) name: Option<Arc<str>>,
    /// What the model's handles of it share.
    pub(crate) inner: Rc<crate::api::thread::Inner>,
    pub(crate) locals: crate::api::thread::Locals,
    /// The condition that it waits for.
    pub(in crate::engine) evaluation: Option<Evaluation>,
    /// What others did before drops that this thread's own came after, where the graph does not say so.
    pub(in crate::engine) owes: Vec<Owed>,
    /// What happens before an end in a destructor that it runs besides what the graph says.
    pub(in crate::engine) released: Released,
    /// The type of the value whose destructor it runs, where drops of that are not counted.
    pub(in crate::engine) destroys: Option<&'static str>,
    /// How many of our `Arc`s run the destructor of their value there, one in the other. Each has one of std's.
    pub(in crate::engine) destructors: u32,
}

impl Thread {
    /// Whether it waits for the end of another.
    pub(crate) fn is_joining(&self) -> bool {
        matches!(self.status, Status::Joining(_))
    }
}

/// Nobody's turn: the next thread is chosen anew.
const NOBODY: u32 = u32::MAX;

/// Why an execution is not a complete one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A choice that was made turned out to be inconsistent.
    Inconsistent,
    /// The model dropped it, or a thread missed what it waits for. The other threads went on to their ends: what they write
    /// may make the assumption or condition hold.
    Assumed,
    /// Drops of handles of an `Arc` matter that were not counted: the exploration begins again and counts them.
    Restart,
    /// A writer may keep readers out while it waits, and that may matter: the exploration begins again and explores it.
    Announce,
    /// What the engine has learnt about a loop decides which events there are: the exploration begins again.
    Relearn,
    /// The engine has learnt something about a loop: the execution is run again along the same graph.
    Again,
    /// A thread goes round here, and others could see it: without an end, most likely.
    Unending(Place),
    /// Whether threads go round here forever is not known.
    Unclear(Place),
    /// It takes too many steps, here.
    TooLong(Place),
    /// The time of the exploration is over.
    Late,
    /// Another alternative of the last event is taken, by the guide or as drawn: the execution is run again along the graph
    /// that has it.
    Redirected,
    Failed(Failure),
}

/// How an execution ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Complete,
    Deadlock,
    Stopped(Stop),
}

/// The engine that explores on one OS thread.
pub(crate) struct Engine {
    pub(crate) search: Search,
    pub(crate) run: Run,
    /// Which drops of handles of `Arc`s are events.
    pub(crate) counted: Counted,
    /// What says who goes on, where the execution follows a schedule.
    pub(crate) guide: Option<Box<Guide>>,
    /// What draws who goes on, and what happens then, where executions are drawn at random.
    pub(crate) random: Option<Box<Random>>,
    /// What is weakened or written down of the model's orderings.
    pub(super) orderings: Option<Box<Orderings>>,
    /// What it executes, where the guard is to know.
    pub(super) origin: Option<Origin>,
}

impl Engine {
    /// Whether all executions are explored, so that what an event does to earlier ones matters; and not one alone that is
    /// drawn or follows a guide.
    fn explores(&self) -> bool {
        self.random.is_none() && self.guide.is_none()
    }

    fn begin(&mut self, model: Job) {
        self.search.current.graph.failed_awaits.clear();
        self.run.begin(&self.search);
        if let Some(guide) = &mut self.guide {
            guide.begin();
        }
        self.start(0, model, fiber::STACK);
    }

    /// Who goes on next; nobody at the end of the execution.
    fn next_thread(&mut self) -> Option<(u32, Box<Fiber>)> {
        if self.run.stop.is_some() {
            return None;
        }
        let lane = self.pick()?;
        let thread = &mut self.run.threads[lane as usize];
        let fiber = thread.fiber.take().expect("a thread that can go on has a fiber");
        thread.waits = false;
        self.run.running = lane;
        self.run.turns += u64::from(std::mem::replace(&mut self.run.ran, lane) != lane);
        self.run.suspender = Some(fiber.suspender());
        Some((lane, fiber))
    }

    /// How the execution ended, in which nobody goes on.
    fn end(&mut self) -> End {
        match self.run.stop.take() {
            Some(stop) => End::Stopped(stop),
            None if self.wants_announcements() => End::Stopped(Stop::Announce),
            None if self.announces_unseen() => End::Stopped(Stop::Assumed),
            None if self.run.dropped => End::Stopped(Stop::Assumed),
            None if self.run.failed.is_some() => self.has_failed(),
            None if self.all_unmarked_finished() && !self.daemon_has_yet_to_look() => End::Complete,
            None => self.nobody_goes_on(),
        }
    }

    /// Whether a daemon waits for a condition on what it would not read any more: the execution in which it reads the latest
    /// is the one that stands for its wait.
    fn daemon_has_yet_to_look(&self) -> bool {
        let threads = &self.search.current.graph.threads;
        self.run.conditions
            && threads.iter().filter_map(|t| self.waits_in_vain(*t)).any(|(in_vain, ..)| !in_vain)
    }

    /// A thread has failed, and the others have come as far as they can without it.
    fn has_failed(&mut self) -> End {
        let threads = &self.search.current.graph.threads;
        let mut waits = threads.iter().filter_map(|t| self.waits_in_vain(*t));
        let missed = waits.any(|(in_vain, ..)| !in_vain) || self.standstill() != Standstill::Forever;
        let failed = self.run.failed.take().map(Stop::Failed);
        End::Stopped(failed.filter(|_| !missed).unwrap_or(Stop::Assumed))
    }

    /// Everybody who is left waits.
    fn nobody_goes_on(&mut self) -> End {
        let threads = &self.search.current.graph.threads;
        let waits: Vec<_> = threads.iter().filter_map(|t| Some((*t, self.waits_in_vain(*t)?))).collect();
        let standstill = self.standstill();
        if standstill == Standstill::Missed || waits.iter().any(|(_, (in_vain, ..))| !in_vain) {
            return End::Stopped(Stop::Assumed);
        }
        if let Standstill::Unclear(thread) = standstill {
            let place = self.run.threads[thread as usize].place.expect("it has gone round");
            return End::Stopped(Stop::Unclear(place.into()));
        }
        let goes_round = |t: &&u32| {
            let thread = &self.run.threads[**t as usize];
            matches!(thread.status, Status::Awaiting | Status::Idle)
                && !thread.given_up
                && !self.search.current.graph.lanes[**t as usize].daemon
        };
        if let Some(thread) = threads.iter().find(goes_round).copied() {
            if let Some(place) = self.looks_at_clock(thread) {
                return End::Stopped(Stop::Unclear(place.into()));
            }
            let place = self.first_of_the_round(thread);
            return self.livelock(thread, place);
        }
        let spins = |(_, (_, waits, _)): &&(u32, (bool, Waits, _))| *waits == Waits::Spinning;
        let Some((thread, (.., place))) = waits.iter().find(spins) else { return End::Deadlock };
        let (thread, place) = (*thread, *place);
        self.livelock(thread, Some(place))
    }

    /// The place that comes first in the source among those of the thread's round: one place for a loop, wherever in it the
    /// thread has stopped.
    fn first_of_the_round(&self, thread: u32) -> Option<&'static Location<'static>> {
        let graph = &self.search.current.graph;
        let round = self.run.threads[thread as usize].circle.round.len();
        let events = graph.lanes[thread as usize].events.iter().rev().take(round);
        let places = events.map(|e| graph.at(*e).place);
        places.chain(self.run.threads[thread as usize].place).min_by_key(|p| (p.file(), p.line(), p.column()))
    }

    /// The thread goes round without an end.
    fn livelock(&mut self, thread: u32, place: Option<&'static Location<'static>>) -> End {
        self.run.running = thread;
        let message = self.goes_round(thread);
        self.fail(FailureKind::Livelock, message, place);
        self.run.running = NOBODY;
        End::Stopped(self.run.stop.take().expect("it has failed"))
    }

    /// Takes back a fiber that has come to a wait or to its end.
    fn came_back(&mut self, lane: u32, fiber: Box<Fiber>, back: Return) {
        self.run.running = NOBODY;
        match back {
            Return::Suspended => self.run.threads[lane as usize].fiber = Some(fiber),
            Return::Finished => {
                self.run.running = lane;
                self.leaves_trial();
                self.run.running = NOBODY;
                self.run.idle.push(fiber);
                self.run.threads[lane as usize].status = Status::Finished;
                for thread in &mut self.run.threads {
                    if matches!(thread.status, Status::Joining(child) if child == lane) {
                        thread.status = Status::Ready;
                    }
                }
            }
        }
    }

    /// Where each execution has copies of statics.
    pub(in crate::engine) fn copies_of_statics(&self) -> impl Iterator<Item = Range<usize>> {
        self.run.statics.copies()
    }

    /// Where the values are of thread-locals of threads that have not ended.
    pub(in crate::engine) fn thread_locals_left(&self) -> Vec<usize> {
        self.run.threads.iter().flat_map(|thread| thread.locals.iter().filter_map(Local::address)).collect()
    }

    /// Where values of `Arc`s were that are gone, and whose memory is kept until the execution is given up.
    pub(in crate::engine) fn gone_arcs(&self) -> impl Iterator<Item = usize> {
        self.run.arcs.iter().filter(|(_, arc)| arc.is_gone()).map(|(at, _)| *at)
    }

    /// The words on the stacks of threads that have not ended.
    pub(in crate::engine) fn stacks(&self) -> impl Iterator<Item = Vec<usize>> {
        self.run.threads.iter().filter_map(|thread| Some(thread.fiber.as_ref()?.roots()))
    }

    /// Gives up the threads that are in the middle of something, with all that the execution owns: destructors are part
    /// of the model, and no thread is left to run them.
    fn retire(&mut self) {
        for thread in &mut self.run.threads {
            if let Some(fiber) = thread.fiber.take()
                && heap::has_slots()
            {
                heap::reclaim(fiber.roots().into_iter());
            }
            if heap::has_slots() && !thread.locals.is_empty() {
                heap::reclaim(thread.locals.iter().filter_map(Local::address));
            }
            thread.locals.drain(..).for_each(Local::give_up);
        }
        self.run.lazies.give_up();
        heap::clear();
    }

    fn start(&mut self, lane: u32, job: Job, stack: usize) {
        let mut fiber = self.run.fiber(stack);
        fiber.set_job(job, self.run.watching);
        let lane = lane as usize;
        if self.run.threads.len() <= lane {
            self.run.threads.resize_with(lane + 1, Thread::default);
        }
        let thread = &mut self.run.threads[lane];
        thread.fiber = Some(fiber);
        (thread.status, thread.waits, thread.clock) = (Status::Ready, false, 0);
        thread.inner.begin();
        thread.circle.clear();
    }

    /// The bounds of the running fiber's stack.
    pub(crate) fn suspend_bounds(&mut self) -> Bounds {
        self.run.suspender.expect("a fiber is running").bounds()
    }

    /// Where the running fiber goes to wait.
    pub(crate) fn suspend_point(&mut self) -> Suspender {
        self.run.threads[self.run.running as usize].waits = true;
        self.run.suspender.expect("a fiber is running")
    }
}

/// Runs `model` along the present graph and on to an end.
///
/// # Safety
///
/// `engine` is valid, nothing else refers to it, and it is what the model's calls find.
pub(crate) unsafe fn execute(engine: *mut Engine, model: Job, slot: &Slot) -> End {
    // SAFETY: each reference to the engine is gone before a fiber is resumed, since the fiber makes its own.
    unsafe {
        (*engine).begin(model);
        while let Some((lane, mut fiber)) = (*engine).next_thread() {
            if let Some(resumes) = (*engine).run.resumes {
                resumes(lane);
            }
            slot.switches();
            let back = fiber.resume();
            slot.switches();
            (*engine).came_back(lane, fiber, back);
        }
        let end = (*engine).end();
        let end = (*engine).look_for_leaks(end);
        (*engine).retire();
        end
    }
}
