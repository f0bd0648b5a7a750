//! A thread that waits until a condition on atomics holds.
//!
//! The condition is evaluated once in each graph. Its loads are reads like others, but for one thing: the thread does not
//! come to a read while every write that it could see makes the condition false at once, as a request does not come back
//! that is not served. So an execution in which the condition is false at first and true later is explored once, as the one in
//! which it is evaluated when it holds, and no execution is blocked for it (M. Kokologiannakis, I. Marmanis, V. Vafeiadis,
//! "Unblocking Dynamic Partial Order Reduction", CAV 2023, gets there by moving reads that block).
//!
//! A read that could make the condition hold, but whose latest write does not, is *stuck* where it reads that: the thread
//! has missed its moment. That is a livelock where nobody changes the location any more, and is dropped where somebody
//! does. Whether a value makes the condition false is found by trying the condition with it.

use std::panic::{AssertUnwindSafe, Location, catch_unwind};

use super::event::{Id, Kind, Mode};
use super::explore::Alternative;
use super::run::{Engine, Handle, Status};
use super::{call, check_stop, with};
use crate::harness::FailureKind;

/// A condition that a thread waits for.
pub(crate) struct Evaluation {
    /// It lives in the frame of [`wait_until`], on the stack of the thread.
    condition: *const (dyn Fn() -> bool + 'static),
    /// What its loads have read.
    read: Vec<u64>,
    trial: Option<Trial>,
    place: &'static Location<'static>,
    waits: Waits,
}

/// What a thread is that waits for a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waits {
    /// It spins: where the condition never holds, it goes round forever.
    Spinning,
    /// It is blocked: where the condition never holds, it is deadlocked.
    Blocked,
}

/// The condition is evaluated with what the next load could read.
struct Trial {
    value: u64,
    loads: usize,
    /// Whether the condition has loaded once more after that.
    went_on: bool,
}

/// What a load in a condition comes to.
pub(crate) enum Loaded {
    /// It reads this value.
    Read(u64),
    /// It is tried with this value.
    Tried(u64),
}

/// What the engine has for a load in a condition.
enum Found {
    Value(u64),
    /// It is the thread's next event, and could read these writes.
    Sources(u32, Vec<(Id, u64)>),
}

/// Waits until `condition` holds.
pub(crate) fn wait_until(condition: &dyn Fn() -> bool, waits: Waits, place: &'static Location<'static>) {
    /// Ends the evaluation also where the condition panics.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            with(|e| e.run.this_thread().evaluation = None);
        }
    }

    // SAFETY: the evaluation is removed before this function is left, and the reference is not used after that.
    let condition: &'static (dyn Fn() -> bool + 'static) = unsafe { std::mem::transmute(condition) };
    if !with(|e| e.begin_evaluation(condition, waits, place)) {
        return check_stop();
    }
    let end = End;
    if !condition() {
        call(|e| e.sticks(place));
    }
    drop(end);
}

/// A load in a condition.
pub(crate) fn load(handle: &Handle, initial: u64, mode: Mode, place: &'static Location<'static>) -> Loaded {
    if let Some(value) = with(|e| e.run.this_thread().evaluation.as_mut()?.try_load(initial)) {
        return Loaded::Tried(value);
    }
    let value = loop {
        match call(|e| e.find(handle, initial, mode, place)) {
            Found::Value(value) => break value,
            Found::Sources(loc, sources) => {
                let wanted: Vec<Id> =
                    sources.iter().filter(|(_, value)| goes_on_with(*value)).map(|(w, _)| *w).collect();
                if let Some(value) = with(|e| e.read_wanted(loc, &wanted, mode, place)) {
                    break value;
                }
            }
        }
        with(Engine::suspend_point).suspend();
    };
    with(|e| e.evaluation().read.push(value));
    Loaded::Read(value)
}

/// Whether the condition, where its next load reads `value`, holds, loads once more or panics.
fn goes_on_with(value: u64) -> bool {
    let condition = with(|e| {
        let evaluation = e.evaluation();
        evaluation.trial = Some(Trial { value, loads: 0, went_on: false });
        evaluation.condition
    });
    // SAFETY: the thread is in `wait_until`, whose frame holds the condition.
    let holds = catch_unwind(AssertUnwindSafe(unsafe { &*condition }));
    let trial = with(|e| e.run.this_thread().evaluation.as_mut()?.trial.take());
    trial.is_some_and(|t| t.went_on) || holds.unwrap_or(true)
}

impl Evaluation {
    /// What the thread waits for, in words for a report.
    pub(super) fn waits_for(&self) -> &'static str {
        match self.waits {
            Waits::Spinning => "its condition to hold",
            Waits::Blocked => "an event",
        }
    }

    /// How many loads there were.
    pub(super) fn loads(&self) -> usize {
        self.read.len()
    }

    fn try_load(&mut self, initial: u64) -> Option<u64> {
        let trial = self.trial.as_mut()?;
        let at = trial.loads;
        trial.loads += 1;
        Some(if at < self.read.len() {
            self.read[at]
        } else if at == self.read.len() {
            trial.value
        } else {
            trial.went_on = true;
            initial
        })
    }
}

impl Engine {
    fn begin_evaluation(
        &mut self,
        condition: *const (dyn Fn() -> bool + 'static),
        waits: Waits,
        place: &'static Location<'static>,
    ) -> bool {
        if self.refuses_in_condition(place) {
            return false;
        }
        (self.run.conditions, self.run.checks_calls) = (true, true);
        self.run.this_thread().evaluation =
            Some(Evaluation { condition, read: Vec::new(), trial: None, place, waits });
        true
    }

    /// Whether the running thread evaluates a condition.
    #[inline]
    pub(crate) fn evaluates(&mut self) -> bool {
        self.run.conditions && self.run.this_thread().evaluation.is_some()
    }

    /// Fails where a condition does something else than to load.
    #[cold]
    pub(crate) fn refuses_in_condition(&mut self, place: &'static Location<'static>) -> bool {
        let evaluates = self.evaluates();
        if evaluates {
            let message = "a condition of `spin_until` may do nothing but load atomics".to_owned();
            self.fail(FailureKind::ModelLimit, message, Some(place));
        }
        evaluates
    }

    /// What a load in a condition reads, or could read.
    fn find(
        &mut self,
        handle: &Handle,
        initial: u64,
        mode: Mode,
        place: &'static Location<'static>,
    ) -> Option<Found> {
        self.read_step(handle, initial, mode, place, Found::Value, |engine, loc| {
            let graph = &engine.search.current.graph;
            // By happens-before alone: whether the thread comes to its read must not depend on what does not happen
            // before it, which a revisit may take away.
            let sources = (graph.oldest_readable_by_hb(loc, engine.frontier())..=graph.last_co_pos(loc))
                .map(|pos| graph.write_at(loc, pos))
                .map(|w| (w, engine.value(loc, w)));
            Some(Found::Sources(loc, sources.collect()))
        })
    }

    /// Adds the read if there is a source that the condition does not refuse. It takes the latest.
    fn read_wanted(
        &mut self,
        loc: u32,
        wanted: &[Id],
        mode: Mode,
        place: &'static Location<'static>,
    ) -> Option<u64> {
        let last = self.search.current.graph.last_co_pos(loc);
        if wanted.is_empty() {
            self.run.this_thread().status = Status::Pending { loc, tried: last };
            return None;
        }
        let mut event = self.new_event(Kind::Read, loc, mode, place);
        event.alternative = 1;
        let oldest = self.search.current.graph.oldest_readable(loc, self.frontier(), &[mode]);
        let (graph, worklist) = (&mut self.search.current.graph, &mut self.search.current.worklist);
        let left = worklist.len();
        let id = graph.push(event);
        let others = wanted.iter().filter(|w| (oldest..last).contains(&graph.co_pos_of(**w)));
        worklist.extend(others.map(|source| Alternative::Rf { at: id, source: *source, succeeds: false }));
        self.run.this_thread().status = Status::Ready;
        let value = self.read_latest(id);
        (self.guide.is_none() || self.led(left)).then_some(value)
    }

    /// The condition is false with what was read last. Does not return.
    fn sticks(&mut self, place: &'static Location<'static>) -> Option<()> {
        let lane = self.run.running() as usize;
        self.run.threads[lane].place = Some(place);
        if !self.run.goes_on() {
            return None;
        }
        if self.evaluation().read.is_empty() {
            let message = "a condition of `spin_until` is false and has loaded no atomic".to_owned();
            self.fail(FailureKind::ModelLimit, message, Some(place));
            return None;
        }
        let read = self.search.current.graph.lanes[lane].events[self.run.done() as usize - 1];
        self.search.current.graph.failed_awaits.push(read);
        self.run.threads[lane].status = Status::Stuck;
        None
    }

    fn evaluation(&mut self) -> &mut Evaluation {
        self.run.this_thread().evaluation.as_mut().expect("it is evaluated")
    }

    /// Whether the condition that the thread waits for would be false again, how it waits, and where; `None` for a thread that
    /// waits for no condition.
    pub(super) fn waits_in_vain(&self, lane: u32) -> Option<(bool, Waits, &'static Location<'static>)> {
        let thread = &self.run.threads[lane as usize];
        let evaluation = thread.evaluation.as_ref()?;
        if !matches!(thread.status, Status::Pending { .. } | Status::Stuck) {
            return None;
        }
        let graph = &self.search.current.graph;
        let reads =
            graph.lanes[lane as usize].events.iter().rev().take(evaluation.loads()).map(|r| graph.at(*r));
        let mut latest = reads.map(|r| graph.co_pos_of(r.rf) == graph.last_co_pos(r.loc));
        Some((latest.all(|latest| latest), evaluation.waits, evaluation.place))
    }
}
