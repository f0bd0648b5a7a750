//! What an engine keeps of the execution that is running, and from execution to execution.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::handle::EXECUTION;
use super::limits::Limits;
use super::rounds::Rounds;
use super::time::Time;
use super::{Handle, Learnt, NOBODY, Status, Stop, Thread};
use crate::api::lazy_static::Lazies;
use crate::api::slot::Statics;
use crate::api::sync::Exposed;
use crate::engine::ends::Ends;
use crate::engine::event::{Event, Id, NONE};
use crate::engine::explore::Search;
use crate::engine::fiber::{self, Fiber, Suspender};
use crate::engine::handles::Handles;
use crate::engine::heap::Memory;
use crate::engine::history::{Calls, Judge};
use crate::engine::leaks::Leaks;
use crate::engine::panicking;
use crate::engine::races::Plain;
use crate::harness::Failure;

pub(crate) struct Run {
    /// Whether primitives are explored as their specifications.
    pub(crate) specified: bool,
    pub(crate) reading: Time,
    /// How often each [`Spurious`] thing may happen in an execution.
    pub(crate) budgets: [u32; 4],
    /// Whether it is explored that writers keep readers out while they wait.
    pub(in crate::engine) announces: bool,
    /// Virtual time.
    pub(in crate::engine) now: u64,
    /// The next tick of the clock to replay, `NONE` where there is none.
    pub(in crate::engine) next_tick: Id,
    /// How many ticks there were in a row without progress, and how many threads had ended at the last of them.
    pub(in crate::engine) idle_ticks: u32,
    pub(in crate::engine) finished_before: usize,
    /// Whether a daemon was begun.
    pub(crate) daemons: bool,
    /// Whether other workers run the model at the same time.
    pub(crate) has_company: bool,
    /// Whether a panic ends its thread alone, where it is not the first.
    pub(crate) panics_reach_join: bool,
    /// Tags of this worker begin with this.
    pub(in crate::engine) worker: u64,
    pub(in crate::engine) execution: u64,
    pub(crate) threads: Vec<Thread>,
    /// Who is told in this execution which thread goes on.
    pub(crate) resumes: Option<fn(u32)>,
    /// How many events of each lane have been done.
    pub(in crate::engine) done: Vec<u32>,
    /// How many events of the graph are left to replay.
    pub(in crate::engine) left: u32,
    /// Which of the threads by path is asked first for an event to replay.
    pub(in crate::engine) replaying: usize,
    pub(in crate::engine) running: u32,
    pub(in crate::engine) turn: u32,
    /// Whether a thread has come to the writing half of a read-modify-write that is not in the graph.
    pub(in crate::engine) updates: bool,
    /// Whether there may be requests that could be served, and were not looked at since the replay.
    pub(in crate::engine) look_at_objects: bool,
    /// How often another thread went on than before, and which that was.
    pub(in crate::engine) turns: u64,
    pub(in crate::engine) ran: u32,
    /// Whether local states of threads are looked at.
    pub(in crate::engine) watching: bool,
    /// Whether a thread has gone an idle round that others may have looked at.
    pub(in crate::engine) idles: bool,
    pub(in crate::engine) rounds: Rounds,
    /// What each write of the graph wrote.
    pub(in crate::engine) values: Vec<u64>,
    /// The initial value of each location; `None` where it is not known to the execution yet.
    pub(in crate::engine) initial: Vec<Option<u64>>,
    pub(in crate::engine) first_free_loc: u32,
    /// Ids of objects that another worker has tagged, by address.
    pub(in crate::engine) foreign: BTreeMap<usize, u32>,
    pub(crate) stop: Option<Stop>,
    /// Whether a thread has waited for a condition.
    pub(in crate::engine) conditions: bool,
    /// Whether a thread has, has run the destructor of a value whose drops are no events, or owes what its drops would have told
    /// it: then calls are looked at.
    pub(in crate::engine) checks_calls: bool,
    /// Whether the model drops this execution.
    pub(in crate::engine) dropped: bool,
    /// Whether an execution goes on when a thread of it has panicked.
    pub(crate) keeps_going: bool,
    /// How a thread failed in an execution that goes on.
    pub(in crate::engine) failed: Option<Failure>,
    /// Whether that was a panic that began after another thread's.
    pub(in crate::engine) failed_later: bool,
    #[expect(clippy::vec_box, reason = "a fiber changes hands at every switch, as one pointer")]
    pub(in crate::engine) idle: Vec<Box<Fiber>>,
    /// Where the current fiber goes when it waits.
    pub(in crate::engine) suspender: Option<Suspender>,
    pub(in crate::engine) plain: Plain,
    pub(in crate::engine) ends: Ends,
    pub(crate) leaks: Leaks,
    /// The `Arc`s that were turned into pointers, by address.
    pub(crate) arcs: BTreeMap<usize, Exposed>,
    /// The values that handles share.
    pub(crate) handles: Handles,
    /// Values made on first use that live until the model's first thread has ended, by the addresses of their statics.
    pub(crate) lazies: Lazies,
    pub(crate) statics: Statics,
    /// What is asked of the model's memory, and memory that the execution leaks, where that is asked for.
    pub(crate) memory: Memory,
    pub(crate) leaked: Option<Failure>,
    /// The observer, which each execution binds anew.
    pub(crate) observer: Rc<Handle>,
    pub(in crate::engine) steps: u64,
    pub(crate) limits: Limits,
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
            resumes: None,
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
            memory: Memory::default(),
            leaked: None,
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
            limits: Limits::none(),
            calls: Calls::default(),
            judge: None,
        }
    }

    pub(in crate::engine) fn begin(&mut self, search: &Search) {
        let graph = &search.current.graph;
        self.execution += 1;
        self.resumes = None;
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
        self.limits.begin();
        self.plain.begin();
        self.ends.begin();
        self.handles.begin();
        if self.has_left_something() {
            self.clear_away();
        }
        panicking::begin();
    }

    /// Before the model is executed along another graph.
    pub(in crate::engine) fn begin_graph(&mut self) {
        self.rounds.begin();
    }

    /// Whether local states are looked at.
    #[inline]
    pub(crate) fn watches(&self) -> bool {
        self.watching
    }

    /// Whether the execution before used what few models use.
    pub(in crate::engine) fn has_left_something(&self) -> bool {
        let is_clean = self.foreign.is_empty()
            && self.leaks.is_empty()
            && self.arcs.is_empty()
            && self.statics.is_empty()
            && self.calls.is_empty();
        !is_clean || self.stop.is_some() || self.failed.is_some() || self.leaked.is_some()
    }

    #[cold]
    pub(in crate::engine) fn clear_away(&mut self) {
        self.foreign.clear();
        self.leaks.clear();
        self.arcs.clear();
        self.statics = Statics::default();
        self.calls.clear();
        (self.stop, self.failed, self.failed_later, self.leaked) = (None, None, false, None);
    }

    /// Whether there is something to resume of the thread in `lane`.
    pub(in crate::engine) fn can_run(&self, lane: u32) -> bool {
        let thread = &self.threads[lane as usize];
        thread.fiber.is_some() && !thread.given_up
    }

    /// The first of `threads` that can go on and has not come to a wait.
    pub(in crate::engine) fn first_not_begun(&self, threads: &[u32]) -> Option<u32> {
        threads.iter().copied().find(|t| {
            let thread = &self.threads[*t as usize];
            thread.status == Status::Ready && !thread.waits && self.can_run(*t)
        })
    }

    /// Whether the execution has come past `event`.
    #[inline]
    pub(in crate::engine) fn has_done(&self, event: &Event) -> bool {
        self.done[event.lane as usize] > event.index
    }

    /// The next event of `lane` has been replayed.
    #[inline]
    pub(in crate::engine) fn replayed(&mut self, lane: u32) {
        self.done[lane as usize] += 1;
        self.left -= 1;
    }

    /// Whether events of the graph are left to replay.
    pub(in crate::engine) fn has_left(&self) -> bool {
        self.left > 0
    }

    /// Whether the running thread goes on: false where the execution stops, or the thread is given up.
    pub(crate) fn goes_on(&self) -> bool {
        self.stop.is_none() && !self.threads[self.running as usize].given_up
    }

    pub(in crate::engine) fn fiber(&mut self, stack: usize) -> Box<Fiber> {
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
    pub(in crate::engine) fn came(&self) -> (u64, u32) {
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

    pub(in crate::engine) fn wake(&mut self, search: &Search, lane: u32) {
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
