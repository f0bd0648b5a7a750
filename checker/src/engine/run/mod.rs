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
mod requests;
mod rounds;
mod standstill;
mod step;
mod threads;
mod time;
mod turns;

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Origin;
use super::counted::Counted;
use super::destructors::Released;
use super::ends::Ends;
use super::event::{Event, Id, NONE};
use super::explore::Search;
use super::fiber::{self, Fiber, Job, Return, Suspender};
use super::guard::Slot;
use super::guide::Guide;
use super::handles::{Handles, Owed};
use super::history::{Calls, Judge};
use super::leaks::Leaks;
use super::local_state::Bounds;
use super::orderings::Orderings;
use super::panicking;
use super::quarantine;
use super::races::Plain;
use super::random::Random;
use super::spin_until::{Evaluation, Waits};
use crate::api::lazy_static::Lazies;
use crate::api::slot::Statics;
use crate::api::sync::Exposed;
use crate::harness::{Failure, FailureKind};
use crate::trace::Place;

pub(crate) use accesses::Update;
use handle::EXECUTION;
pub(crate) use handle::{Handle, Known, Sort};
pub(crate) use requests::Asked;
pub(crate) use rounds::Learnt;
use rounds::{Circle, Rounds};
use standstill::Standstill;
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

pub(crate) struct Run {
    /// Whether primitives are explored as their specifications.
    pub(crate) specified: bool,
    pub(crate) reading: Time,
    /// How often each [`Spurious`] thing may happen in an execution.
    pub(crate) budgets: [u32; 4],
    /// Whether it is explored that writers keep readers out while they wait.
    pub(super) announces: bool,
    /// Virtual time.
    now: u64,
    /// The next tick of the clock to replay, `NONE` where there is none.
    next_tick: Id,
    /// How many ticks there were in a row without progress, and how many threads had ended at the last of them.
    idle_ticks: u32,
    finished_before: usize,
    /// Whether a daemon was begun.
    pub(crate) daemons: bool,
    /// Whether other workers run the model at the same time.
    pub(crate) has_company: bool,
    /// Whether a panic ends its thread alone, where it is not the first.
    pub(crate) panics_reach_join: bool,
    /// Tags of this worker begin with this.
    worker: u64,
    execution: u64,
    pub(crate) threads: Vec<Thread>,
    /// How many events of each lane have been done.
    pub(super) done: Vec<u32>,
    /// How many events of the graph are left to replay.
    left: u32,
    /// Which of the threads by path is asked first for an event to replay.
    replaying: usize,
    running: u32,
    turn: u32,
    /// Whether a thread has come to the writing half of a read-modify-write that is not in the graph.
    updates: bool,
    /// Whether requests may be servable that nobody has looked at since the replay.
    look_at_objects: bool,
    /// How often another thread went on than before, and which that was.
    turns: u64,
    ran: u32,
    /// Whether local states of threads are looked at.
    pub(super) watching: bool,
    /// Whether a thread has gone an idle round that others may have looked at.
    idles: bool,
    pub(in crate::engine) rounds: Rounds,
    /// What each write of the graph wrote.
    values: Vec<u64>,
    /// The initial value of each location; `None` where it is not known to the execution yet.
    initial: Vec<Option<u64>>,
    first_free_loc: u32,
    /// Ids of objects that another worker has tagged, by address.
    foreign: BTreeMap<usize, u32>,
    pub(crate) stop: Option<Stop>,
    /// Whether a thread has waited for a condition.
    pub(in crate::engine) conditions: bool,
    /// Whether a thread has, has run the destructor of a value whose drops are no events, or owes what its drops would have told
    /// it: then calls are looked at.
    pub(in crate::engine) checks_calls: bool,
    /// Whether the model drops this execution.
    dropped: bool,
    /// Whether an execution goes on when a thread of it has panicked.
    pub(crate) keeps_going: bool,
    /// How a thread failed in an execution that goes on.
    failed: Option<Failure>,
    /// Whether that was a panic that began after another thread's.
    failed_later: bool,
    #[expect(clippy::vec_box, reason = "a fiber changes hands at every switch, as one pointer")]
    idle: Vec<Box<Fiber>>,
    /// Where the current fiber goes when it waits.
    suspender: Option<Suspender>,
    pub(super) plain: Plain,
    pub(super) ends: Ends,
    pub(crate) leaks: Leaks,
    /// The `Arc`s that were turned into pointers, by address.
    pub(crate) arcs: BTreeMap<usize, Exposed>,
    /// The values that handles share.
    pub(crate) handles: Handles,
    /// Values made on first use that live until the model's first thread has ended, by the addresses of their statics.
    pub(crate) lazies: Lazies,
    pub(crate) statics: Statics,
    /// The observer, which each execution binds anew.
    pub(crate) observer: Rc<Handle>,
    steps: u64,
    pub(crate) max_steps: u64,
    /// The calls that the model marks.
    pub(crate) calls: Calls,
    /// Who judges them.
    pub(crate) judge: Option<Arc<dyn Judge>>,
}

impl Run {
    pub(crate) fn new(learnt: Learnt) -> Self {
        let rounds = Rounds::new(learnt);
        static WORKERS: AtomicU64 = AtomicU64::new(1);
        Run {
            worker: WORKERS.fetch_add(1, Ordering::Relaxed) << EXECUTION,
            execution: 0,
            threads: Vec::new(),
            done: Vec::new(),
            left: 0,
            replaying: 0,
            running: NOBODY,
            turn: NOBODY,
            updates: false,
            look_at_objects: false,
            turns: 0,
            ran: NOBODY,
            watching: !rounds.are_none(),
            idles: false,
            rounds,
            values: Vec::new(),
            initial: Vec::new(),
            first_free_loc: 0,
            foreign: BTreeMap::new(),
            stop: None,
            conditions: false,
            checks_calls: false,
            dropped: false,
            keeps_going: false,
            failed: None,
            failed_later: false,
            idle: fiber::take_kept(),
            suspender: None,
            plain: Plain::default(),
            ends: Ends::default(),
            leaks: Leaks::default(),
            arcs: BTreeMap::new(),
            handles: Handles::default(),
            lazies: Lazies::default(),
            statics: Statics::default(),
            observer: Rc::default(),
            steps: 0,
            specified: false,
            reading: Time::Adversarial,
            budgets: [0; 4],
            announces: false,
            now: 0,
            next_tick: NONE,
            idle_ticks: 0,
            finished_before: 0,
            daemons: false,
            has_company: false,
            panics_reach_join: false,
            max_steps: u64::MAX,
            calls: Calls::default(),
            judge: None,
        }
    }

    fn begin(&mut self, search: &Search) {
        let graph = &search.current.graph;
        self.execution += 1;
        for thread in &mut self.threads {
            (thread.status, thread.waits, thread.place) = (Status::Unborn, false, None);
            thread.reaches = false;
            (thread.given_up, thread.evaluation, thread.name) = (false, None, None);
            thread.owes.clear();
            thread.released.clear();
            (thread.destroys, thread.destructors) = (None, 0);
            thread.offered = 0;
        }
        self.done.clear();
        self.done.resize(graph.lanes.len(), 0);
        (self.left, self.replaying) = (graph.len(), 0);
        self.turn = NOBODY;
        (self.now, self.next_tick) = (0, graph.ticks.first().copied().unwrap_or(NONE));
        (self.idle_ticks, self.finished_before, self.daemons) = (0, 0, false);
        (self.updates, self.look_at_objects, self.idles) = (false, self.left > 0, false);
        // What a write wrote is there again before anybody reads it.
        self.values.resize(graph.events.len(), 0);
        self.initial.clear();
        self.initial.resize(graph.locs.len(), None);
        self.first_free_loc = 0;
        (self.dropped, self.conditions, self.checks_calls, self.steps) = (false, false, false, 0);
        self.plain.begin();
        self.ends.begin();
        self.handles.begin();
        if self.has_left_something() {
            self.clear_away();
        }
        panicking::begin();
    }

    /// Before the model is executed along another graph.
    pub(super) fn begin_graph(&mut self) {
        self.rounds.begin();
    }

    /// Whether local states are looked at.
    #[inline]
    pub(crate) fn watches(&self) -> bool {
        self.watching
    }

    /// Whether the execution before used what few models use.
    fn has_left_something(&self) -> bool {
        let is_clean = self.foreign.is_empty()
            && self.leaks.is_empty()
            && self.arcs.is_empty()
            && self.statics.is_empty()
            && self.calls.is_empty();
        !is_clean || self.stop.is_some() || self.failed.is_some()
    }

    #[cold]
    fn clear_away(&mut self) {
        self.foreign.clear();
        self.leaks.clear();
        self.arcs.clear();
        self.statics = Statics::default();
        self.calls.clear();
        (self.stop, self.failed, self.failed_later) = (None, None, false);
    }

    /// Whether there is something to resume of the thread in `lane`.
    pub(super) fn can_run(&self, lane: u32) -> bool {
        let thread = &self.threads[lane as usize];
        thread.fiber.is_some() && !thread.given_up
    }

    /// The first of `threads` that can go on and has not come to a wait.
    pub(super) fn first_not_begun(&self, threads: &[u32]) -> Option<u32> {
        threads.iter().copied().find(|t| {
            let thread = &self.threads[*t as usize];
            thread.status == Status::Ready && !thread.waits && self.can_run(*t)
        })
    }

    /// Whether the execution has come past `event`.
    #[inline]
    fn has_done(&self, event: &Event) -> bool {
        self.done[event.lane as usize] > event.index
    }

    /// The next event of `lane` has been replayed.
    #[inline]
    pub(super) fn replayed(&mut self, lane: u32) {
        self.done[lane as usize] += 1;
        self.left -= 1;
    }

    /// Whether events of the graph are left to replay.
    pub(super) fn has_left(&self) -> bool {
        self.left > 0
    }

    /// Whether the running thread goes on: false where the execution stops, or the thread is given up.
    pub(crate) fn goes_on(&self) -> bool {
        self.stop.is_none() && !self.threads[self.running as usize].given_up
    }

    fn fiber(&mut self, stack: usize) -> Box<Fiber> {
        match self.idle.iter().rposition(|f| f.stack() >= stack) {
            Some(idle) => self.idle.swap_remove(idle),
            None => Box::new(Fiber::new(stack)),
        }
    }

    pub(crate) fn running(&self) -> u32 {
        self.running
    }

    /// The stack of the running thread.
    pub(crate) fn stack_of_running(&self) -> Option<Range<usize>> {
        self.suspender.filter(|_| self.is_running()).map(Suspender::stack)
    }

    /// How far the execution has come: steps that were added, and events that are left to replay.
    pub(super) fn came(&self) -> (u64, u32) {
        (self.steps, self.left)
    }

    /// The running thread's last request has enlisted it.
    pub(crate) fn enlists(&mut self) {
        let thread = self.this_thread();
        thread.enlisted = thread.requested;
    }

    pub(crate) fn this_thread(&mut self) -> &mut Thread {
        &mut self.threads[self.running as usize]
    }

    /// Whether a thread of the model is running, and not the engine itself.
    pub(crate) fn is_running(&self) -> bool {
        self.running != NOBODY
    }

    /// Whether the thread in `lane` has ended, and did so many events.
    pub(in crate::engine) fn has_ended_with(&self, lane: u32, events: u32) -> bool {
        self.threads[lane as usize].status == Status::Finished && self.done[lane as usize] == events
    }

    /// How many events the running thread has done.
    pub(crate) fn done(&self) -> u32 {
        self.done[self.running as usize]
    }

    fn wake(&mut self, search: &Search, lane: u32) {
        let thread = &mut self.threads[lane as usize];
        (thread.status, thread.waits) = (Status::Ready, false);
        if self.running != NOBODY && self.left == 0 {
            let path = |t: u32| &search.current.graph.lanes[t as usize].path;
            if path(lane) < path(self.running) {
                self.turn = NOBODY;
            }
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        fiber::keep(std::mem::take(&mut self.idle));
    }
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

    /// Gives up the threads that are in the middle of something, with all that the execution owns: destructors are part
    /// of the model, and no thread is left to run them.
    fn retire(&mut self) {
        for thread in &mut self.run.threads {
            thread.fiber = None;
            if !thread.locals.is_empty() {
                std::mem::forget(std::mem::take(&mut thread.locals));
            }
        }
        self.run.lazies.give_up();
        quarantine::clear();
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
            slot.switches();
            let back = fiber.resume();
            slot.switches();
            (*engine).came_back(lane, fiber, back);
        }
        let end = (*engine).end();
        (*engine).retire();
        end
    }
}
