//! One execution: the model's threads run along the graph, then on from where it ends.
//!
//! Threads are fibers of one OS thread. Where the graph knows a thread's next event, the event is *replayed* as soon as
//! what it reads from is; so the order in which plain code runs extends program order and reads-from, and plain data
//! behind locks has the right contents. When the whole graph has been replayed, the execution goes on with the thread
//! that has the *turn*: the first, by its path, that can go on.

use std::collections::HashMap;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::event::{Event, Id, Kind, Mode, NONE};
use super::explore::{Item, Search, grant, serve};
use super::fiber::{Fiber, Job, Return, Suspender};
use super::graph::{HB, Owner, PORF};
use super::leaks::Leaks;
use super::races::Plain;
use super::revisit::New;
use crate::api::lazy_static::Lazies;
use crate::api::slot::Statics;
use crate::api::sync::Drops;
use crate::harness::{Failure, FailureKind};
use crate::objects::{Call, Condvar, Object};
use crate::trace::Place;

/// The name of an object of the model inside the engine: the lane, location or cell that it is in the execution that is
/// running. It is part of the object, so that it moves with it, and needs no registration, so that it can be `const`.
#[derive(Debug, Default)]
pub(crate) struct Handle {
    /// The worker in the upper bits, its execution in the lower: which execution `id` belongs to. 0: none yet.
    tag: AtomicU64,
    id: AtomicU32,
}

/// Bits of a tag that count executions.
const EXECUTION: u32 = 40;

impl Handle {
    pub(crate) const fn new() -> Self {
        Handle { tag: AtomicU64::new(0), id: AtomicU32::new(0) }
    }
}

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
    /// Waits for a change of what it read.
    Awaiting,
    /// Waits for a notification from the object in this lane.
    Notifiable(u32),
    /// Waits for the end of the thread in this lane.
    Joining(u32),
    Finished,
}

/// A thread of the model in the execution that is running.
#[derive(Default)]
pub(crate) struct Thread {
    pub(crate) status: Status,
    fiber: Option<Fiber>,
    /// Whether it has come to an event that it may not do yet.
    waits: bool,
    /// Whether it goes no further: it made an assumption that does not hold, or failed in an execution that is dropped.
    given_up: bool,
    /// Where it last called the engine, for reports.
    pub(crate) place: Option<&'static Location<'static>>,
    pub(crate) name: Option<String>,
    /// The model's own handle of it.
    pub(crate) handle: Option<crate::api::thread::Thread>,
    pub(crate) locals: crate::api::thread::Locals,
}

/// What an event does when its thread comes to it.
enum Gate {
    /// The graph knows the event.
    Replay(Id),
    /// It is the next event of the execution.
    Add,
    /// Others go first.
    Wait,
}

/// How often a thread goes round without a change while nobody else can go on, before that is a livelock. More than any
/// spin that gives up by itself.
const IDLE_ROUNDS: usize = 200;

/// Nobody's turn: the next thread is chosen anew.
const NOBODY: u32 = u32::MAX;

/// Why an execution is not a complete one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A choice that was made turned out to be inconsistent.
    Inconsistent,
    /// The model dropped it. Its other threads went on to their ends: what they write may make the assumption hold.
    Assumed,
    /// The model asks how many handles an `Arc` has: the exploration begins again and counts drops.
    Restart,
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
    /// Tags of this worker begin with this.
    worker: u64,
    execution: u64,
    pub(crate) threads: Vec<Thread>,
    /// How many events of each lane have been done.
    done: Vec<u32>,
    /// How many events of the graph are left to replay.
    left: u32,
    running: u32,
    turn: u32,
    /// Whether requests may be servable that nobody has looked at since the replay.
    look_at_objects: bool,
    /// Whether the thread that has the turn goes on without the change that it waits for.
    idle_round: bool,
    /// What each write of the graph wrote.
    values: Vec<u64>,
    /// The initial value of each location; `None` where it is not known to the execution yet.
    initial: Vec<Option<u64>>,
    first_free_loc: u32,
    /// Ids of objects that another worker has tagged, by address.
    foreign: HashMap<usize, u32>,
    pub(crate) stop: Option<Stop>,
    /// Whether the model drops this execution.
    dropped: bool,
    idle: Vec<Fiber>,
    /// Where the current fiber goes when it waits.
    suspender: Option<Suspender>,
    pub(super) plain: Plain,
    pub(crate) leaks: Leaks,
    /// What the handles share of each `Arc` that was turned into a pointer, by its address.
    pub(crate) arcs: HashMap<usize, Arc<Drops>>,
    /// Values made on first use that live until the model's first thread has ended, by the addresses of their statics.
    pub(crate) lazies: Lazies,
    pub(crate) statics: Statics,
    steps: u64,
    pub(crate) max_steps: u64,
}

impl Run {
    pub(crate) fn new() -> Self {
        static WORKERS: AtomicU64 = AtomicU64::new(1);
        Run {
            worker: WORKERS.fetch_add(1, Ordering::Relaxed) << EXECUTION,
            execution: 0,
            threads: Vec::new(),
            done: Vec::new(),
            left: 0,
            running: NOBODY,
            turn: NOBODY,
            look_at_objects: false,
            idle_round: false,
            values: Vec::new(),
            initial: Vec::new(),
            first_free_loc: 0,
            foreign: HashMap::new(),
            stop: None,
            dropped: false,
            idle: Vec::new(),
            suspender: None,
            plain: Plain::default(),
            leaks: Leaks::default(),
            arcs: HashMap::new(),
            lazies: Lazies::default(),
            statics: Statics::default(),
            steps: 0,
            specified: false,
            max_steps: u64::MAX,
        }
    }

    fn begin(&mut self, search: &Search) {
        let graph = &search.now.graph;
        self.execution += 1;
        for thread in &mut self.threads {
            (thread.status, thread.waits, thread.place) = (Status::Unborn, false, None);
            (thread.given_up, thread.name, thread.handle) = (false, None, None);
        }
        self.done.clear();
        self.done.resize(graph.lanes.len(), 0);
        self.left = graph.len();
        self.turn = NOBODY;
        (self.look_at_objects, self.idle_round) = (self.left > 0, false);
        self.values.clear();
        self.values.resize(graph.events.len(), 0);
        self.initial.clear();
        self.initial.resize(graph.locs.len(), None);
        self.first_free_loc = 0;
        self.foreign.clear();
        (self.stop, self.dropped) = (None, false);
        self.plain.begin();
        self.leaks.begin();
        self.arcs.clear();
        self.statics = Statics::default();
        self.steps = 0;
    }

    /// Whether the running thread goes on: false where the execution stops, or the thread is given up.
    pub(crate) fn goes_on(&self) -> bool {
        self.stop.is_none() && !self.threads[self.running as usize].given_up
    }

    fn fiber(&mut self, stack: usize) -> Fiber {
        match self.idle.iter().rposition(|f| f.stack() >= stack) {
            Some(idle) => self.idle.swap_remove(idle),
            None => Fiber::new(stack),
        }
    }

    pub(crate) fn running(&self) -> u32 {
        self.running
    }

    /// Whether a thread of the model is running, and not the engine itself.
    pub(crate) fn is_running(&self) -> bool {
        self.running != NOBODY
    }

    /// How many events the running thread has done.
    pub(crate) fn done(&self) -> u32 {
        self.done[self.running as usize]
    }

    pub(super) fn resolve(&self, handle: &Handle) -> Option<u32> {
        let tag = handle.tag.load(Ordering::Relaxed);
        if tag == self.worker | self.execution {
            Some(handle.id.load(Ordering::Relaxed))
        } else if tag == 0 || tag >> EXECUTION == self.worker >> EXECUTION {
            None
        } else {
            // Another worker's tag: an object that outlives executions, a static. It is not moved.
            self.foreign.get(&std::ptr::from_ref(handle).addr()).copied()
        }
    }

    pub(super) fn bind(&mut self, handle: &Handle, id: u32) {
        let tag = handle.tag.load(Ordering::Relaxed);
        let mine = tag >> EXECUTION == self.worker >> EXECUTION
            || tag == 0
                && handle.tag.compare_exchange(0, self.worker, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if mine {
            handle.id.store(id, Ordering::Relaxed);
            handle.tag.store(self.worker | self.execution, Ordering::Relaxed);
        } else {
            self.foreign.insert(std::ptr::from_ref(handle).addr(), id);
        }
    }

    fn wake(&mut self, search: &Search, lane: u32) {
        let thread = &mut self.threads[lane as usize];
        (thread.status, thread.waits) = (Status::Ready, false);
        if self.running != NOBODY && self.left == 0 {
            let path = |t: u32| &search.now.graph.lanes[t as usize].path;
            if path(lane) < path(self.running) {
                self.turn = NOBODY;
            }
        }
    }
}

/// The engine that explores on one OS thread.
pub(crate) struct Engine {
    pub(crate) search: Search,
    pub(crate) run: Run,
    /// Whether every drop of a handle of an `Arc` is an event.
    pub(crate) drops_count: bool,
}

impl Engine {
    fn begin(&mut self, model: Job) {
        self.run.begin(&self.search);
        self.start(0, model, super::fiber::STACK);
    }

    /// What goes on next, or how the execution ended.
    fn next_thread(&mut self) -> Result<(u32, Fiber), End> {
        if self.run.stop.is_none()
            && let Some(lane) = self.pick()
        {
            let thread = &mut self.run.threads[lane as usize];
            let fiber = thread.fiber.take().expect("a thread that can go on has a fiber");
            thread.waits = false;
            self.run.running = lane;
            self.run.suspender = Some(fiber.suspender());
            return Ok((lane, fiber));
        }
        let finished = |t: &u32| self.run.threads[*t as usize].status == Status::Finished;
        Err(match self.run.stop.take() {
            Some(stop) => End::Stopped(stop),
            None if self.run.dropped => End::Stopped(Stop::Assumed),
            None if self.search.now.graph.threads.iter().all(finished) => End::Complete,
            None => End::Deadlock,
        })
    }

    /// Takes back a fiber that has come to a wait or to its end.
    fn came_back(&mut self, lane: u32, fiber: Fiber, back: Return) {
        self.run.running = NOBODY;
        match back {
            Return::Suspended => self.run.threads[lane as usize].fiber = Some(fiber),
            Return::Finished => {
                self.run.idle.push(fiber);
                self.run.threads[lane as usize].status = Status::Finished;
                for thread in &mut self.run.threads {
                    if thread.status == Status::Joining(lane) {
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
    }

    fn start(&mut self, lane: u32, job: Job, stack: usize) {
        let mut fiber = self.run.fiber(stack);
        fiber.set_job(job);
        let lane = lane as usize;
        if self.run.threads.len() <= lane {
            self.run.threads.resize_with(lane + 1, Thread::default);
        }
        let thread = &mut self.run.threads[lane];
        thread.fiber = Some(fiber);
        (thread.status, thread.waits) = (Status::Ready, false);
    }

    /// The thread that goes on.
    fn pick(&mut self) -> Option<u32> {
        if self.run.left > 0 {
            let next = self.search.now.graph.threads.iter().copied().find(|t| self.can_replay(*t));
            if next.is_none() && self.run.stop.is_none() {
                self.diverges("a thread does not come to an event that it came to before", None);
            }
            return next;
        }
        let first = |engine: &Engine, status: Status| {
            let has = |t: &u32| {
                let thread = &engine.run.threads[*t as usize];
                thread.status == status && !thread.given_up
            };
            engine.search.now.graph.threads.iter().copied().find(has)
        };
        let next = first(self, Status::Updating).or_else(|| {
            if std::mem::take(&mut self.run.look_at_objects) {
                self.serve_all();
            }
            let graph = &self.search.now.graph;
            let can_go_on = |t: &u32| match self.run.threads[*t as usize].status {
                _ if self.run.threads[*t as usize].given_up => false,
                Status::Ready => true,
                Status::Awaiting => self.sees_change(*t),
                _ => false,
            };
            graph.threads.iter().copied().find(can_go_on).or_else(|| self.idle_round())
        });
        self.run.turn = next.unwrap_or(NOBODY);
        next
    }

    /// Whether something that the thread waits for has changed.
    fn sees_change(&self, lane: u32) -> bool {
        let graph = &self.search.now.graph;
        let awaited = graph.awaited(lane, self.run.done[lane as usize]);
        awaited.iter().any(|(loc, seen)| graph.last_pos(*loc) > *seen)
    }

    /// Nobody can go on but those that wait for a change: the one that went on without one least often goes on. It may
    /// have been told to give up after so many rounds.
    fn idle_round(&mut self) -> Option<u32> {
        let graph = &self.search.now.graph;
        let rounds = |t: u32| {
            let events = graph.lanes[t as usize].events.iter().rev().map(|e| graph.at(*e));
            events.filter(|e| e.kind == Kind::Hint).take_while(|e| e.rf == NONE).count()
        };
        let awaits = |t: &u32| {
            let thread = &self.run.threads[*t as usize];
            thread.status == Status::Awaiting && !thread.given_up
        };
        let awaiting = graph.threads.iter().copied().filter(awaits);
        let (least, thread) = awaiting.map(|t| (rounds(t), t)).min_by_key(|(rounds, _)| *rounds)?;
        if least >= IDLE_ROUNDS {
            let place = self.run.threads[thread as usize].place;
            let message = format!("{} waits for a change that nobody is left to make", self.name_of(thread));
            self.fail(FailureKind::Livelock, message, place);
            return None;
        }
        self.run.idle_round = true;
        Some(thread)
    }

    fn can_replay(&self, lane: u32) -> bool {
        let graph = &self.search.now.graph;
        let thread = &self.run.threads.get(lane as usize);
        let Some(thread) = thread else { return false };
        if thread.fiber.is_none()
            || thread.given_up
            || matches!(thread.status, Status::Requesting | Status::Finished | Status::Updating)
        {
            return false;
        }
        match graph.lanes[lane as usize].events.get(self.run.done[lane as usize] as usize) {
            None => !thread.waits,
            Some(next) => !thread.waits || self.has_sources(*next),
        }
    }

    /// Whether what must be replayed before `id` has been.
    fn has_sources(&self, id: Id) -> bool {
        let event = self.search.now.graph.at(id);
        match event.kind {
            Kind::Read | Kind::Update | Kind::Hint | Kind::Woken => {
                event.rf == NONE || self.is_done(event.rf)
            }
            Kind::Join => self.run.threads[event.loc as usize].status == Status::Finished,
            _ => true,
        }
    }

    #[inline]
    pub(super) fn is_done(&self, id: Id) -> bool {
        let event = self.search.now.graph.at(id);
        self.run.done[event.lane as usize] > event.index
    }

    fn gate(&mut self, place: &'static Location<'static>) -> Gate {
        let lane = self.run.running;
        let done = self.run.done[lane as usize];
        self.run.threads[lane as usize].place = Some(place);
        if !self.run.goes_on() {
            return Gate::Wait;
        }
        match self.search.now.graph.lanes[lane as usize].events.get(done as usize) {
            Some(id) if self.has_sources(*id) => Gate::Replay(*id),
            None if self.run.left == 0 && self.run.turn == lane => {
                self.run.steps += 1;
                if self.run.steps > self.run.max_steps {
                    self.fail(
                        FailureKind::ModelLimit,
                        format!("an execution takes more than {} steps", self.run.max_steps),
                        Some(place),
                    );
                    return Gate::Wait;
                }
                Gate::Add
            }
            _ => Gate::Wait,
        }
    }

    fn replayed(&mut self, id: Id) {
        let lane = self.search.now.graph.at(id).lane;
        self.run.done[lane as usize] += 1;
        self.run.left -= 1;
    }

    fn added(&mut self, id: Id) {
        let lane = self.search.now.graph.at(id).lane;
        self.run.done[lane as usize] += 1;
        if self.run.values.len() <= id as usize {
            self.run.values.push(0);
        }
    }

    /// From here on it matters when handles of `Arc`s are dropped.
    pub(crate) fn counts_drops(&mut self) {
        // An execution that stops for another reason does not begin the exploration again, so nothing may change by it.
        if !self.drops_count && self.run.stop.is_none() {
            self.drops_count = true;
            self.run.stop = Some(Stop::Restart);
        }
    }

    /// The model drops this execution. The running thread goes no further; the others do, since the executions in which
    /// the assumption holds are found from what they write.
    pub(crate) fn assumed(&mut self) {
        self.run.dropped = true;
        self.run.threads[self.run.running as usize].given_up = true;
    }

    /// Whether the completion of a one-time initialisation happens before the running thread's next event.
    pub(crate) fn knows_done(&self, once: &Handle) -> bool {
        let Some(lane) = self.run.resolve(once) else { return false };
        let graph = &self.search.now.graph;
        let known = self.happens_before();
        graph.lanes[lane as usize].events.iter().rev().any(|g| {
            let request = graph.at(graph.at(*g).rf);
            request.call.operation == crate::objects::Once::COMPLETE
                && known.get(request.lane as usize).is_some_and(|n| *n > request.index)
        })
    }

    /// Stops the execution, and with it the exploration.
    pub(crate) fn fail(
        &mut self,
        kind: FailureKind,
        message: String,
        place: Option<&'static Location<'static>>,
    ) {
        self.fail_at(kind, message, place.map(Place::from));
    }

    /// As [`Engine::fail`], with a place that may be the model's own.
    pub(crate) fn fail_at(&mut self, kind: FailureKind, message: String, place: Option<Place>) {
        // These are about the model, not about an execution that it drops.
        let of_model = matches!(kind, FailureKind::Nondeterminism | FailureKind::ModelLimit);
        if self.run.dropped && !of_model {
            if let Some(thread) = self.run.threads.get_mut(self.run.running as usize) {
                thread.given_up = true;
            }
        } else if self.run.stop.is_none() {
            let thread = (self.run.running != NOBODY).then(|| self.name_of(self.run.running));
            self.run.stop = Some(Stop::Failed(Failure { kind, message, thread, place }));
        }
    }

    /// A sentence on each thread that waits: for what, and where.
    pub(crate) fn who_waits(&self) -> String {
        let graph = &self.search.now.graph;
        let waits = graph.threads.iter().filter_map(|lane| {
            let thread = &self.run.threads[*lane as usize];
            let what = match thread.status {
                Status::Joining(other) => format!("the end of {}", self.name_of(other)),
                Status::Requesting => {
                    let request = graph.at(*graph.lanes[*lane as usize].events.last()?);
                    let Owner::Object(object) = graph.lanes[request.loc as usize].owner else { return None };
                    object.waits_for(request.call).to_owned()
                }
                Status::Awaiting => "a change of what it read".to_owned(),
                Status::Notifiable(_) => "a notification".to_owned(),
                _ => return None,
            };
            Some(format!("{} waits for {what} at {}", self.name_of(*lane), Place::from(thread.place?)))
        });
        waits.collect::<Vec<_>>().join(", ")
    }

    /// What a thread is called in reports.
    pub(crate) fn name_of(&self, lane: u32) -> String {
        match self.run.threads.get(lane as usize).and_then(|t| t.name.clone()) {
            Some(name) => name,
            None if lane == 0 => "MainThread".to_owned(),
            None => {
                let path = &self.search.now.graph.lanes[lane as usize].path;
                let path: Vec<_> = path.iter().map(|n| (n + 1).to_string()).collect();
                format!("thread {}", path.join("."))
            }
        }
    }

    fn diverges(&mut self, message: &str, place: Option<&'static Location<'static>>) {
        self.fail(FailureKind::Nondeterminism, message.to_owned(), place);
    }

    /// Checks that the model does again what the graph says it did: the same at the same place, and, as `same` says, with
    /// the same arguments but for values, which may be addresses.
    fn agrees(
        &mut self,
        id: Id,
        kind: Kind,
        place: &'static Location<'static>,
        same: impl FnOnce(&Event) -> bool,
    ) -> bool {
        let event = self.search.now.graph.at(id);
        let agrees = event.kind == kind && event.place == place && same(event);
        if !agrees {
            let message =
                format!("{:?} here, but {:?} at {} when the model ran before", kind, event.kind, event.place);
            self.diverges(&message, Some(place));
        }
        agrees
    }

    pub(super) fn value(&self, loc: u32, write: Id) -> u64 {
        match write {
            NONE => self.run.initial[loc as usize].expect("a location is known before it is read"),
            w => self.run.values[w as usize],
        }
    }

    fn location(&mut self, handle: &Handle, initial: u64, replay: Option<Id>) -> Option<u32> {
        let event = replay.map(|id| *self.search.now.graph.at(id));
        match (self.run.resolve(handle), event) {
            (Some(loc), Some(event)) if loc != event.loc => {
                self.diverges("another object than when the model ran before", Some(event.place));
                None
            }
            (Some(loc), _) => Some(loc),
            (None, event) => {
                let loc = match event {
                    Some(event) => event.loc,
                    None => {
                        let loc = self.search.now.graph.new_loc(self.run.first_free_loc);
                        self.run.first_free_loc = loc + 1;
                        loc
                    }
                };
                if self.run.initial.len() <= loc as usize {
                    self.run.initial.resize(loc as usize + 1, None);
                }
                self.run.initial[loc as usize] = Some(initial);
                self.run.bind(handle, loc);
                Some(loc)
            }
        }
    }

    fn new_event(&self, kind: Kind, loc: u32, mode: Mode, place: &'static Location<'static>) -> Event {
        Event::new(kind, self.run.running, self.run.done(), loc, mode, place)
    }

    fn front(&self) -> Option<Id> {
        self.search.now.graph.front(self.run.running, self.run.done())
    }

    /// What happens before the running thread's next event, one number a lane; empty: nothing.
    pub(crate) fn happens_before(&self) -> &[u32] {
        self.front().map_or(&[], |front| self.search.now.graph.row(front, HB))
    }

    /// A load.
    pub(crate) fn load(
        &mut self,
        handle: &Handle,
        initial: u64,
        mode: Mode,
        place: &'static Location<'static>,
    ) -> Option<u64> {
        match self.gate(place) {
            Gate::Wait => None,
            Gate::Replay(id) => {
                if !self.agrees(id, Kind::Read, place, |e| e.mode == mode) {
                    return None;
                }
                let loc = self.location(handle, initial, Some(id))?;
                self.replayed(id);
                Some(self.value(loc, self.search.now.graph.at(id).rf))
            }
            Gate::Add => {
                let loc = self.location(handle, initial, None)?;
                let floor = self.search.now.graph.floor(loc, self.front(), &[mode]);
                let event = self.new_event(Kind::Read, loc, mode, place);
                let (graph, items) = (&mut self.search.now.graph, &mut self.search.now.items);
                let id = graph.push(event);
                let last = graph.last_pos(loc);
                items.extend((floor..last).map(|p| Item::Source {
                    at: id,
                    source: graph.write_at(loc, p),
                    succeeds: false,
                }));
                let source = graph.write_at(loc, last);
                graph.read_from(id, source);
                graph.fill(id);
                self.added(id);
                Some(self.value(loc, source))
            }
        }
    }

    /// A store.
    pub(crate) fn store(
        &mut self,
        handle: &Handle,
        initial: u64,
        value: u64,
        mode: Mode,
        place: &'static Location<'static>,
    ) -> Option<()> {
        match self.gate(place) {
            Gate::Wait => None,
            Gate::Replay(id) => {
                if !self.agrees(id, Kind::Write, place, |e| e.mode == mode) {
                    return None;
                }
                self.location(handle, initial, Some(id))?;
                self.run.values[id as usize] = value;
                self.replayed(id);
                self.check_unsynchronised(id);
                Some(())
            }
            Gate::Add => {
                let loc = self.location(handle, initial, None)?;
                let floor = self.search.now.graph.floor(loc, self.front(), &[mode]);
                let event = self.new_event(Kind::Write, loc, mode, place);
                let (graph, items) = (&mut self.search.now.graph, &mut self.search.now.items);
                let id = graph.push(event);
                let end = graph.last_pos(loc) + 1;
                items.extend(
                    (floor + 1..end)
                        .filter(|p| !graph.is_claimed(loc, p - 1))
                        .map(|pos| Item::Place { at: id, pos }),
                );
                graph.place(id, end);
                graph.fill(id);
                self.added(id);
                self.run.values[id as usize] = value;
                self.wrote();
                self.leave_revisits(id);
                self.check_unsynchronised(id);
                Some(())
            }
        }
    }

    /// The reading half of a read-modify-write. The writing half is [`Engine::update_write`].
    pub(crate) fn update(
        &mut self,
        handle: &Handle,
        initial: u64,
        update: &Update<'_>,
        place: &'static Location<'static>,
    ) -> Option<u64> {
        match self.gate(place) {
            Gate::Wait => None,
            Gate::Replay(id) => {
                let modes = (update.on_success, update.on_failure);
                if !self.agrees(id, Kind::Update, place, |e| (e.on_success, e.on_failure) == modes) {
                    return None;
                }
                let loc = self.location(handle, initial, Some(id))?;
                self.search.now.graph.at_mut(id).expected = update.expected;
                self.replayed(id);
                Some(self.value(loc, self.search.now.graph.at(id).rf))
            }
            Gate::Add => {
                let loc = self.location(handle, initial, None)?;
                let front = self.front();
                let floor = self.search.now.graph.floor(loc, front, &[update.on_success, update.on_failure]);
                let mut event = self.new_event(Kind::Update, loc, update.on_success, place);
                (event.expected, event.on_success, event.on_failure) =
                    (update.expected, update.on_success, update.on_failure);
                let id = self.search.now.graph.len();
                let last = self.search.now.graph.last_pos(loc);
                for pos in floor..last {
                    let source = self.search.now.graph.write_at(loc, pos);
                    let value = self.value(loc, source);
                    let succeeds = update.succeeds(value);
                    if succeeds && self.search.now.graph.is_claimed(loc, pos) {
                        self.leave_revisits_through(id, front, loc, source, (update.apply)(value));
                    } else {
                        self.search.now.items.push(Item::Source { at: id, source, succeeds });
                    }
                }
                let source = self.search.now.graph.write_at(loc, last);
                let value = self.value(loc, source);
                let graph = &mut self.search.now.graph;
                event.mode = if update.succeeds(value) { event.on_success } else { event.on_failure };
                graph.push(event);
                graph.read_from(id, source);
                graph.fill(id);
                self.added(id);
                Some(value)
            }
        }
    }

    /// The writing half of the read-modify-write whose reading half the thread did last.
    pub(crate) fn update_write(&mut self, value: u64, place: &'static Location<'static>) -> Option<()> {
        let lane = self.run.running as usize;
        match self.gate(place) {
            Gate::Wait => {
                self.run.threads[lane].status = Status::Updating;
                None
            }
            Gate::Replay(id) => {
                if !self.agrees(id, Kind::UpdateWrite, place, |_| true) {
                    return None;
                }
                self.run.values[id as usize] = value;
                self.replayed(id);
                self.check_unsynchronised(id);
                Some(())
            }
            Gate::Add => {
                let resumed = self.run.threads[lane].status == Status::Updating;
                let graph = &mut self.search.now.graph;
                let half = graph.lanes[lane].events[self.run.done[lane] as usize - 1];
                let (event, source) = (graph.at(half).writing_half(), graph.at(half).rf);
                let pos = graph.pos_of(source);
                let last = graph.last_pos(event.loc);
                let possible = !graph.is_claimed(event.loc, pos)
                    && pos >= graph.floor(event.loc, Some(half), &[event.mode]);
                let id = graph.push(event);
                graph.place(id, pos + 1);
                graph.fill(id);
                self.added(id);
                self.run.values[id as usize] = value;
                self.wrote();
                self.leave_revisits(id);
                self.check_unsynchronised(id);
                if !possible || pos < last && !super::consistency::holds(&mut self.search.now.graph) {
                    self.run.stop.get_or_insert(Stop::Inconsistent);
                }
                if resumed {
                    self.run.threads[lane].status = Status::Ready;
                    self.run.turn = NOBODY;
                }
                Some(())
            }
        }
    }

    /// A thread before this one in the order of turns may wait for what was written.
    fn wrote(&mut self) {
        if self.run.threads.iter().any(|t| t.status == Status::Awaiting) {
            self.run.turn = NOBODY;
        }
    }

    /// Leaves the earlier reads that could read from the new write `id`.
    fn leave_revisits(&mut self, id: Id) {
        let Search { now, served, .. } = &mut self.search;
        let (graph, items) = (&now.graph, &mut now.items);
        let event = graph.at(id);
        let value = self.run.values[id as usize];
        let new = New { id, loc: event.loc, before: graph.row(id, PORF) };
        new.revisits(graph, id, served, |read| {
            let succeeds = graph.at(read).expected.is_none_or(|expected| expected == value);
            items.push(Item::Revisit { at: id, read, succeeds, alternative: 0 });
        });
    }

    /// An update that reads from a claimed source is inconsistent with the claim, but its writing half may take the read
    /// that claimed, or another that would take the claim's writing half with it.
    fn leave_revisits_through(&mut self, at: Id, front: Option<Id>, loc: u32, source: Id, value: u64) {
        let Search { now, served, .. } = &mut self.search;
        let (graph, items) = (&now.graph, &mut now.items);
        let mut before =
            front.map_or_else(|| vec![0; graph.width()], |front| graph.row(front, PORF).to_vec());
        if source != NONE {
            before.iter_mut().zip(graph.row(source, PORF)).for_each(|(a, b)| *a = (*a).max(*b));
        }
        New { id: NONE, loc, before: &before }.revisits(graph, at, served, |read| {
            let succeeds = graph.at(read).expected.is_none_or(|expected| expected == value);
            items.push(Item::RevisitThrough { at, source, read, succeeds });
        });
    }

    pub(crate) fn fence(&mut self, mode: Mode, place: &'static Location<'static>) -> Option<()> {
        match self.gate(place) {
            Gate::Wait => None,
            Gate::Replay(id) => {
                if !self.agrees(id, Kind::Fence, place, |e| e.mode == mode) {
                    return None;
                }
                self.replayed(id);
                Some(())
            }
            Gate::Add => {
                let event = self.new_event(Kind::Fence, 0, mode, place);
                let id = self.search.now.graph.push(event);
                self.search.now.graph.fill(id);
                self.added(id);
                Some(())
            }
        }
    }

    /// Begins a thread and returns its lane. `job` is taken when the event takes place.
    pub(crate) fn spawn(
        &mut self,
        job: &mut Option<Job>,
        stack: usize,
        name: Option<&str>,
        place: &'static Location<'static>,
    ) -> Option<u32> {
        let child = match self.gate(place) {
            Gate::Wait => return None,
            Gate::Replay(id) => {
                if !self.agrees(id, Kind::Spawn, place, |_| true) {
                    return None;
                }
                self.replayed(id);
                self.search.now.graph.at(id).loc
            }
            Gate::Add => {
                let child = self.search.now.graph.new_lane(Owner::Thread(NONE));
                if self.run.done.len() <= child as usize {
                    self.run.done.push(0);
                }
                let event = self.new_event(Kind::Spawn, child, Mode::RELAXED, place);
                let id = self.search.now.graph.push(event);
                self.search.now.graph.fill(id);
                self.added(id);
                child
            }
        };
        self.start(child, job.take().expect("a thread begins once"), stack);
        self.run.threads[child as usize].name = name.map(str::to_owned);
        Some(child)
    }

    /// Waits for the end of the thread in lane `child`.
    pub(crate) fn join(&mut self, child: u32, place: &'static Location<'static>) -> Option<()> {
        let lane = self.run.running as usize;
        match self.gate(place) {
            Gate::Wait => None,
            Gate::Replay(id) => {
                if !self.agrees(id, Kind::Join, place, |e| e.loc == child) {
                    return None;
                }
                self.replayed(id);
                Some(())
            }
            Gate::Add if self.run.threads[child as usize].status != Status::Finished => {
                self.run.threads[lane].status = Status::Joining(child);
                None
            }
            Gate::Add => {
                let event = self.new_event(Kind::Join, child, Mode::RELAXED, place);
                let id = self.search.now.graph.push(event);
                self.search.now.graph.fill(id);
                self.added(id);
                Some(())
            }
        }
    }

    /// Waits for a change of what the running thread read since its last hint.
    pub(crate) fn hint(&mut self, place: &'static Location<'static>) -> Option<()> {
        let lane = self.run.running as usize;
        match self.gate(place) {
            Gate::Replay(id) => {
                if !self.agrees(id, Kind::Hint, place, |_| true) {
                    return None;
                }
                self.replayed(id);
                Some(())
            }
            Gate::Wait => None,
            Gate::Add => {
                let idle = std::mem::take(&mut self.run.idle_round);
                let graph = &self.search.now.graph;
                let awaited = graph.awaited(self.run.running, self.run.done());
                let changes: Vec<(u32, Id)> = awaited
                    .iter()
                    .flat_map(|(loc, seen)| {
                        let low = graph.floor(*loc, self.front(), &[Mode::RELAXED]).max(seen + 1);
                        (low..=graph.last_pos(*loc)).rev().map(|pos| (*loc, graph.write_at(*loc, pos)))
                    })
                    .collect();
                if changes.is_empty() && !idle {
                    self.run.threads[lane].status = Status::Awaiting;
                    return None;
                }
                let event = self.new_event(
                    Kind::Hint,
                    changes.first().map_or(0, |(loc, _)| *loc),
                    Mode::RELAXED,
                    place,
                );
                let (graph, items) = (&mut self.search.now.graph, &mut self.search.now.items);
                let id = graph.push(event);
                if let [(_, first), others @ ..] = &changes[..] {
                    items.extend(others.iter().map(|(loc, source)| Item::Change {
                        at: id,
                        loc: *loc,
                        source: *source,
                    }));
                    graph.read_from(id, *first);
                }
                graph.fill(id);
                self.added(id);
                self.run.threads[lane].status = Status::Ready;
                Some(())
            }
        }
    }

    /// Waits until the condition variable has notified the running thread, which has enlisted with its request `enlisted`.
    pub(crate) fn woken(&mut self, enlisted: Id, place: &'static Location<'static>) -> Option<()> {
        let lane = self.run.running;
        match self.gate(place) {
            Gate::Wait => None,
            Gate::Replay(id) => {
                if !self.agrees(id, Kind::Woken, place, |_| true) {
                    return None;
                }
                self.replayed(id);
                Some(())
            }
            Gate::Add => {
                let graph = &mut self.search.now.graph;
                let object = graph.at(enlisted).loc;
                let since = graph.at(graph.at(enlisted).rf).index;
                let grants = graph.lanes[object as usize].events.len() as u32;
                let notifies = |k: &u32| Condvar::has_notified(graph.state_before(object, k + 1), lane);
                let Some(first) = (since + 1..grants).find(notifies) else {
                    self.run.threads[lane as usize].status = Status::Notifiable(object);
                    return None;
                };
                let source = graph.lanes[object as usize].events[first as usize];
                let mut event = self.new_event(Kind::Woken, object, Mode::RELAXED, place);
                event.rf = source;
                let id = self.search.now.graph.push(event);
                self.search.now.graph.fill(id);
                self.added(id);
                Some(())
            }
        }
    }

    /// Explores `0..n`.
    pub(crate) fn choose(&mut self, n: u32, place: &'static Location<'static>) -> Option<u32> {
        match self.gate(place) {
            Gate::Wait => None,
            Gate::Replay(id) => {
                if !self.agrees(id, Kind::Choose, place, |e| e.loc == n) {
                    return None;
                }
                self.replayed(id);
                Some(self.search.now.graph.at(id).alternative)
            }
            Gate::Add => {
                let event = self.new_event(Kind::Choose, n, Mode::RELAXED, place);
                let id = self.search.now.graph.push(event);
                self.search.now.graph.fill(id);
                self.search.now.items.extend((1..n).rev().map(|value| Item::Choose { at: id, value }));
                self.added(id);
                Some(0)
            }
        }
    }

    /// Asks an object and returns the request, which [`Engine::answer`] waits for.
    pub(crate) fn request(
        &mut self,
        handle: &Handle,
        object: Object,
        call: Call,
        place: &'static Location<'static>,
    ) -> Option<Id> {
        match self.gate(place) {
            Gate::Wait => None,
            Gate::Replay(id) => {
                if !self.agrees(id, Kind::Request, place, |e| e.call == call) {
                    return None;
                }
                let lane = self.search.now.graph.at(id).loc;
                if self.search.now.graph.lanes[lane as usize].owner != Owner::Object(object) {
                    self.diverges("another object than when the model ran before", Some(place));
                    return None;
                }
                match self.run.resolve(handle) {
                    None => self.run.bind(handle, lane),
                    Some(bound) if bound != lane => {
                        self.diverges("another object than when the model ran before", Some(place));
                        return None;
                    }
                    Some(_) => {}
                }
                self.replayed(id);
                self.replay_grants(lane);
                Some(id)
            }
            Gate::Add => {
                let lane = match self.run.resolve(handle) {
                    Some(lane) => lane,
                    None => {
                        let lane = self.search.now.graph.new_lane(Owner::Object(object));
                        if self.run.done.len() <= lane as usize {
                            self.run.done.push(0);
                        }
                        self.run.bind(handle, lane);
                        lane
                    }
                };
                let mut event = self.new_event(Kind::Request, lane, Mode::RELAXED, place);
                event.call = call;
                let id = self.search.now.graph.push(event);
                self.search.now.graph.fill(id);
                self.added(id);
                self.leave_takes(id);
                self.serve_object(lane);
                Some(id)
            }
        }
    }

    /// What the object answers to `request`, once it is served.
    pub(crate) fn answer(&mut self, request: Id) -> Option<u32> {
        let graph = &self.search.now.graph;
        let grant = graph.at(request).rf;
        if grant != NONE && self.is_done(grant) {
            return Some(graph.at(grant).answer);
        }
        self.run.threads[self.run.running as usize].status = Status::Requesting;
        None
    }

    /// The request that an object served as its `number`th: its thread and its place there.
    pub(crate) fn request_served(&self, handle: &Handle, number: u32) -> (u32, u32) {
        let graph = &self.search.now.graph;
        let lane = self.run.resolve(handle).expect("the object has served");
        let request = graph.at(graph.at(graph.lanes[lane as usize].events[number as usize]).rf);
        (request.lane, request.index)
    }

    /// As which number the request was served that a thread made at a place: the inverse of [`Engine::request_served`].
    pub(crate) fn number_of(&self, (lane, index): (u32, u32)) -> u32 {
        let graph = &self.search.now.graph;
        graph.at(graph.at(graph.lanes[lane as usize].events[index as usize]).rf).index
    }

    fn replay_grants(&mut self, object: u32) {
        loop {
            let graph = &self.search.now.graph;
            let next =
                graph.lanes[object as usize].events.get(self.run.done[object as usize] as usize).copied();
            let Some(next) = next.filter(|g| self.is_done(graph.at(*g).rf)) else { return };
            let thread = graph.at(graph.at(next).rf).lane;
            self.replayed(next);
            if self.run.threads[thread as usize].status == Status::Requesting {
                self.run.wake(&self.search, thread);
            }
        }
    }

    /// Leaves the earlier grants that could serve the new request `id`.
    fn leave_takes(&mut self, id: Id) {
        let Search { now, served, .. } = &mut self.search;
        let (graph, items) = (&now.graph, &mut now.items);
        let new = New { id, loc: graph.at(id).loc, before: graph.row(id, PORF) };
        let mut earlier = Vec::new();
        new.takes(graph, id, served, |grant| earlier.push(grant));
        for read in earlier {
            let number = graph.at(read).index;
            let alternatives = (0..).take_while(|a| serve(graph, id, number, *a, served));
            items.extend(alternatives.map(|alternative| Item::Revisit {
                at: id,
                read,
                succeeds: true,
                alternative,
            }));
        }
    }

    /// Serves what can be served after a replay: the objects in the order of the threads that wait.
    fn serve_all(&mut self) {
        loop {
            let Search { now, served, .. } = &mut self.search;
            let graph = &now.graph;
            let servable = graph.threads.iter().find_map(|t| {
                let last = *graph.lanes[*t as usize].events.last()?;
                let event = graph.at(last);
                if event.kind != Kind::Request || event.rf != NONE {
                    return None;
                }
                let number = graph.lanes[event.loc as usize].events.len() as u32;
                serve(graph, last, number, 0, served).then_some(event.loc)
            });
            match servable {
                Some(object) => self.serve_object(object),
                None => return,
            }
        }
    }

    /// Serves an object's requests as long as it can, and leaves what else it could serve.
    fn serve_object(&mut self, object: u32) {
        loop {
            let Search { now, served, .. } = &mut self.search;
            let graph = &mut now.graph;
            let number = graph.lanes[object as usize].events.len() as u32;
            let mut waiting: Vec<Id> = graph
                .threads
                .iter()
                .filter_map(|t| graph.lanes[*t as usize].events.last().copied())
                .filter(|q| {
                    let q = graph.at(*q);
                    q.kind == Kind::Request && q.loc == object && q.rf == NONE
                })
                .collect();
            waiting.sort_unstable();
            let mut first = None;
            let at = graph.len();
            for request in waiting {
                for alternative in 0.. {
                    if !serve(graph, request, number, alternative, served) {
                        break;
                    }
                    match first {
                        None => first = Some((request, alternative)),
                        Some(_) => now.items.push(Item::Serve { at, request, alternative }),
                    }
                }
            }
            let Some((request, alternative)) = first else { return };
            let place = graph.at(request).place;
            let id = grant(graph, request, alternative, place, served);
            let thread = graph.at(request).lane;
            self.added(id);
            self.wake_notifiable(object);
            if self.run.threads[thread as usize].status == Status::Requesting {
                self.run.wake(&self.search, thread);
            }
        }
    }

    /// Lets the threads look again that wait for a notification.
    fn wake_notifiable(&mut self, object: u32) {
        for lane in 0..self.run.threads.len() {
            if self.run.threads[lane].status == Status::Notifiable(object)
                && Condvar::has_notified(
                    self.search.now.graph.state_before(object, self.run.done[object as usize]),
                    lane as u32,
                )
            {
                self.run.wake(&self.search, lane as u32);
            }
        }
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
pub(crate) unsafe fn execute(engine: *mut Engine, model: Job) -> End {
    // SAFETY: each reference to the engine is gone before a fiber is resumed, since the fiber makes its own.
    unsafe {
        (*engine).begin(model);
        let end = loop {
            match (*engine).next_thread() {
                Ok((lane, mut fiber)) => {
                    let back = fiber.resume();
                    (*engine).came_back(lane, fiber, back);
                }
                Err(end) => break end,
            }
        };
        (*engine).retire();
        end
    }
}

/// What a read-modify-write does.
#[derive(Clone, Copy)]
pub(crate) struct Update<'a> {
    /// What is written for what is read, where it succeeds.
    pub(crate) apply: &'a dyn Fn(u64) -> u64,
    /// The only value with which it succeeds, if it may fail.
    pub(crate) expected: Option<u64>,
    pub(crate) on_success: Mode,
    pub(crate) on_failure: Mode,
}

impl Update<'_> {
    pub(crate) fn succeeds(&self, value: u64) -> bool {
        self.expected.is_none_or(|expected| expected == value)
    }
}
