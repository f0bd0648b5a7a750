//! The exploration: every execution graph of the model, each once.
//!
//! The algorithm is truly stateless optimal exploration (M. Kokologiannakis, I. Marmanis, V. Gladstein, V. Vafeiadis, "Truly
//! Stateless, Optimal Dynamic Partial Order Reduction", POPL 2022). In ten lines, with the function that is each line:
//!
//! ```text
//! visit(G):                                     Exploration::explore, Owned::execute
//!   e <- next(G)                                Engine::pick: the first thread by path that can go on
//!   if none: G is a complete execution          Engine::end, Exploration::count
//!   if e reads:   rf(e) <- the latest write     Engine::load, Engine::update
//!                 leave each other source       Alternative::Rf, from Graph::oldest_readable on
//!   if e writes:  e goes to the end of co       Engine::store, Engine::update_write
//!                 leave each other place        Alternative::Co
//!                 for each r that e may revisit Revisitor::revisitable_reads
//!                   leave r reading from e      Alternative::BackwardRevisit, Graph::restrict_to_prefix
//!   take what was left last; visit if consistent  Search::advance, Frame::apply, consistency::holds
//! ```
//!
//! The model runs again along `G` before it is extended: its threads replay their events in any order in which the sources come first.
//!
//! A revisit removes what was added after `r` and is not before `e` in program order and reads-from. So that each graph is reached
//! once, it is left only where all that it removes is as a forward step would add it: [`Revisitor::is_maximal`]. What is left is tried
//! deepest first. So a graph can mostly be cut back to the event that changes, and a second graph is needed only where a revisit
//! removes events that something else on the worklist needs.
//!
//! # Beyond the paper
//!
//! Each departure says when its event is *maximal* (a forward step would add it so), why, and which oracle shows it.
//!
//! - **Request and grant.** A call of a blocking object is two events: the request in its thread, the grant in the object's lane.
//!   A grant reads from the request that it serves. A later request may revisit a grant, as a write revisits a read. A grant is
//!   maximal where its request is there, it serves the first alternative, and no request that was added earlier could be served
//!   there. A request is maximal while the grant that serves it is not there. Requests need no places in an order: the grants are
//!   the order. Oracle: `behaviours::blocking_objects_do_what_all_interleavings_show`.
//! - **Hint.** A thread whose round changed nothing goes on with a hint that reads from a change of what it read
//!   ([`rounds`](super::run)). A hint is maximal where it sees the last such change of the first location that has one, and, if the
//!   round wrote and took back, where no other thread has looked at what it wrote. A hint that waits for such a look is always
//!   maximal: the look came before it. Oracle: `waits`.
//! - **Woken.** The end of a wait at a condition variable, after the grant that notified it. It has no alternative, so it is always
//!   maximal. Oracle: `behaviours::any_waiter_may_be_the_one_that_is_notified`.
//! - **Clock.** A tick of virtual time comes only where no thread can go on, so it is a barrier between all that is before and after
//!   it, and always maximal. Oracle: `behaviours::time_and_the_end_of_the_program_do_what_all_interleavings_show`.
//! - **End.** The end of the program, where daemons are left. The same oracle.
//! - **Choose.** A choice of the model or of the engine (a spurious failure): maximal where it takes its first value.
//!   Oracle: `behaviours::free_locks_joins_hints_and_assumptions_do_what_all_interleavings_show`.
//! - **An update is two events**, so that what it writes may depend on what it reads. A write that revisits the reading half of
//!   another update whose source is claimed goes through it: [`Alternative::BackwardRevisitThrough`].
//!   Oracle: `behaviours::rc11_is_what_its_axioms_allow`.
//! - **Symmetry and bounds** prune a graph by its [stable prefix](super::stable_prefix) alone, so that nothing is lost that a revisit
//!   would still lead to. Oracles: `symmetry`, `bounds`.

use super::consistency;
use super::event::{Event, Id, Kind, NONE};
use super::graph::{Graph, Owner};
use super::preemptions::Preemptions;
use super::stable_prefix::stable_prefix;
use super::symmetry;
use crate::objects::{Request, Served};

/// Something to try that a graph left for later. Events are named as in that graph.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Alternative {
    /// The read `at` takes another source; an update succeeds or fails with it.
    Rf { at: Id, source: Id, succeeds: bool },
    /// The write `at` takes another place in the modification order.
    Co { at: Id, pos: u32 },
    /// The object serves another request, or another alternative, with the grant `at`.
    Serve { at: Id, request: Id, alternative: u32 },
    /// The hint `at` sees another change.
    Change { at: Id, loc: u32, source: Id },
    /// The choice `at` takes another value.
    Choose { at: Id, value: u32 },
    /// The earlier `read` (or grant) reads from the write (or request) `at`.
    BackwardRevisit { at: Id, read: Id, succeeds: bool, alternative: u32 },
    /// The update `at` reads from `source`, which another update has claimed, and its writing half takes `read` for that.
    /// The writing half writes what was read if it is `idle`.
    BackwardRevisitThrough { at: Id, source: Id, idle: bool, read: Id, succeeds: bool },
}

impl Alternative {
    /// The event that it is about. What was left with it needs the graph up to there.
    fn at(&self) -> Id {
        match *self {
            Alternative::Rf { at, .. }
            | Alternative::Co { at, .. }
            | Alternative::Serve { at, .. }
            | Alternative::Change { at, .. }
            | Alternative::Choose { at, .. }
            | Alternative::BackwardRevisit { at, .. }
            | Alternative::BackwardRevisitThrough { at, .. } => at,
        }
    }

    /// The last event that stays in its place, or is the item's own.
    fn keeps(&self) -> Id {
        match *self {
            Alternative::BackwardRevisit { read, .. } | Alternative::BackwardRevisitThrough { read, .. } => {
                read
            }
            _ => self.at(),
        }
    }
}

/// A graph, and what was left on the way to it, in the order of the events that it is about.
#[derive(Clone, Default)]
pub(crate) struct Frame {
    pub(crate) graph: Graph,
    pub(crate) worklist: Vec<Alternative>,
}

/// Memory to use again.
#[derive(Default)]
struct Scratch {
    graph: Graph,
    names: Vec<Id>,
    before: Vec<u32>,
}

/// What is being explored, and what is left.
#[derive(Default)]
pub(crate) struct Search {
    /// The graph that is executed, and what is left of it.
    pub(crate) current: Frame,
    /// The graphs that have something left which needs other events than the graph after them.
    #[expect(clippy::vec_box, reason = "frames change hands by the million, each as one pointer")]
    pub(super) stack: Vec<Box<Frame>>,
    #[expect(clippy::vec_box, reason = "as in `stack`")]
    pool: Vec<Box<Frame>>,
    scratch: Scratch,
    pub(crate) served: Served,
    /// What was found first of what an object can serve, and room for the requests that it can choose from.
    pub(crate) first: Served,
    pub(crate) waiting: Vec<Id>,
    pub(crate) preemptions: Preemptions,
    stable: Vec<u32>,
}

/// So many events of [`Search::stack`] are kept at most: some hundred megabytes. No model whose executions have an end has
/// come near it.
const KEPT: usize = 2_000_000;

impl Search {
    /// Whether no execution follows from what was explored.
    pub(crate) fn has_nothing_left(&self) -> bool {
        self.current.worklist.is_empty() && self.stack.iter().all(|frame| frame.worklist.is_empty())
    }

    /// Whether the graphs that have something left are more than memory should hold. They grow with the length of executions,
    /// so where a thread may go round any number of times before the program ends, there is no end to them.
    pub(crate) fn keeps_too_much(&self) -> bool {
        // As they get more they pass each number, so the sum is not taken for each execution.
        self.stack.len() % 64 == 63 && self.stack.iter().map(|f| f.graph.events.len()).sum::<usize>() > KEPT
    }

    /// The call that a thread of the present graph has made most often.
    pub(crate) fn most_frequent_call(&self) -> Option<&'static std::panic::Location<'static>> {
        let mut calls = std::collections::BTreeMap::new();
        for event in self.current.graph.events.iter().filter(|e| e.kind != Kind::Grant) {
            *calls.entry((event.lane, event.place)).or_insert(0) += 1;
        }
        calls.into_iter().max_by_key(|(_, times)| *times).map(|((_, place), _)| place)
    }

    /// Goes on to the next graph that is consistent and from which executions may grow that are asked for; false when there
    /// is none.
    pub(crate) fn next(&mut self) -> bool {
        loop {
            match self.advance() {
                Some(true) => return true,
                // What a pruned graph has left is for its siblings.
                Some(false) => {}
                None => return false,
            }
        }
    }

    /// Goes on to the next graph that is consistent, if there is one: whether executions may grow from it that are asked
    /// for. If not, it is not to be executed, but may have left something.
    pub(crate) fn advance(&mut self) -> Option<bool> {
        loop {
            let Some(item) = self.current.worklist.pop() else {
                let mut below = self.stack.pop()?;
                std::mem::swap(&mut self.current, &mut below);
                self.pool.push(below);
                continue;
            };
            if self.current.worklist.last().is_some_and(|left| left.at() > item.keeps()) {
                // What is left stays with the copy.
                let mut below = self.copy();
                std::mem::swap(&mut self.current.worklist, &mut below.worklist);
                self.stack.push(below);
            }
            if self.current.apply(item, &mut self.scratch, &mut self.served) {
                return Some(self.may_be_wanted());
            }
        }
    }

    /// The present graph with nothing left.
    fn copy(&mut self) -> Box<Frame> {
        let mut copy = self.pool.pop().unwrap_or_default();
        copy.worklist.clear();
        copy.graph.clone_from(&self.current.graph);
        copy
    }

    /// Goes on to the graph that `item` describes and leaves nothing behind. False where it is inconsistent: then the present
    /// graph stays.
    pub(crate) fn redirect(&mut self, item: Alternative) -> bool {
        let mut next = self.copy();
        let consistent = next.apply(item, &mut self.scratch, &mut self.served);
        if consistent {
            std::mem::swap(&mut self.current, &mut next);
        }
        self.pool.push(next);
        self.current.worklist.clear();
        consistent
    }

    /// Whether `item` describes a consistent graph of which `holds` is true.
    pub(crate) fn would(&mut self, item: Alternative, holds: impl FnOnce(&Graph) -> bool) -> bool {
        let mut next = self.copy();
        let would = next.apply(item, &mut self.scratch, &mut self.served) && holds(&next.graph);
        self.pool.push(next);
        would
    }

    /// Whether a complete execution is one of those that are asked for. One that was drawn at random stands for itself.
    pub(crate) fn is_wanted(&mut self, is_sampled: bool) -> bool {
        (is_sampled || symmetry::is_representative(&self.current.graph))
            && self.preemptions.holds(&self.current.graph, &mut self.served)
    }

    /// Whether one of them may grow from the present graph.
    fn may_be_wanted(&mut self) -> bool {
        let Search { current: Frame { graph, .. }, served, preemptions, stable, .. } = self;
        if graph.symmetric_threads == 0 && preemptions.bound.is_none() {
            return true;
        }
        stable_prefix(graph, served, stable);
        symmetry::may_be_representative(graph, stable) && preemptions.may_hold(graph, stable, served)
    }
}

impl Frame {
    /// Makes the graph the one that `item` describes; false where that is inconsistent.
    fn apply(&mut self, item: Alternative, scratch: &mut Scratch, served: &mut Served) -> bool {
        let graph = &mut self.graph;
        match item {
            Alternative::Rf { at, source, succeeds } => {
                let read = *graph.at(at);
                graph.truncate(at);
                add_read(graph, read, source, succeeds);
            }
            Alternative::Co { at, pos } => {
                graph.truncate(at + 1);
                graph.displace(at);
                graph.place(at, pos);
            }
            Alternative::Serve { at, request, alternative } => {
                let place = graph.at(at).place;
                graph.truncate(at);
                grant(graph, request, alternative, place, served);
            }
            Alternative::Change { at, loc, source } => {
                let hint = Event { loc, ..*graph.at(at) };
                graph.truncate(at);
                let new = graph.push(hint);
                graph.read_from(new, source);
                graph.fill(new);
            }
            Alternative::Choose { at, value } => {
                let choice = Event { alternative: value, ..*graph.at(at) };
                graph.truncate(at);
                graph.append(choice);
            }
            Alternative::BackwardRevisit { at, read, succeeds, alternative } => {
                let write = Event { rf: NONE, ..*graph.at(at) };
                let Scratch { graph: other, names, before } = scratch;
                before.clear();
                before.extend_from_slice(graph.porf(at));
                graph.restrict_to_prefix(at, read, |graph, e| graph.contains(e, before), other, names);
                // What is before `read` in the order of adding is kept, so it keeps its name.
                let new = graph.push(write);
                if write.kind != Kind::Request {
                    set_success(graph, read, succeeds);
                    return place_revisiting_write(self, new, read);
                }
                serve_instead(graph, read, new, alternative, served);
            }
            Alternative::BackwardRevisitThrough { at, source, idle, read, succeeds } => {
                let update = *graph.at(at);
                let past = graph.frontier(update.lane, update.index);
                let kept = |graph: &Graph, e: Id| {
                    let known = |x: Id| x != NONE && (e == x || graph.contains(e, graph.porf(x)));
                    known(source) || past.is_some_and(known)
                };
                graph.restrict_to_prefix(at, read, kept, &mut scratch.graph, &mut scratch.names);
                let source = if source == NONE { NONE } else { scratch.names[source as usize] };
                add_read(graph, update, source, true);
                let new = graph.push(update.writing_half(idle));
                set_success(graph, read, succeeds);
                return place_revisiting_write(self, new, read);
            }
        }
        consistency::holds(graph)
    }
}

/// Adds `read` with another source.
fn add_read(graph: &mut Graph, read: Event, source: Id, succeeds: bool) {
    let mode = if succeeds { read.on_success } else { read.on_failure };
    let new = graph.push(Event { rf: NONE, mode, ..read });
    graph.read_from(new, source);
    graph.fill(new);
}

fn set_success(graph: &mut Graph, read: Id, succeeds: bool) {
    let event = graph.at(read);
    if event.kind == Kind::Hint {
        return;
    }
    let mode = if succeeds { event.on_success } else { event.on_failure };
    graph.set_mode(read, mode);
}

/// Finds the places of the last event, a write from which `read` is to read. The first goes on in `next`, the others are
/// left with it. Where there is none, `read` reads the initial value: it is what the next item takes away.
fn place_revisiting_write(next: &mut Frame, write: Id, read: Id) -> bool {
    let graph = &mut next.graph;
    let event = *graph.at(write);
    let (lane, index) = (graph.at(read).lane, graph.at(read).index);
    let oldest = graph.oldest_readable_by_hb(event.loc, graph.frontier(event.lane, event.index));
    let oldest = oldest.max(graph.oldest_readable_by_hb(event.loc, graph.frontier(lane, index)));
    let last = graph.last_co_pos(event.loc);
    let source =
        (event.kind == Kind::UpdateWrite).then(|| graph.co_pos_of(graph.source_of_writing_half(&event)));
    let (low, high) = source.map_or((oldest + 1, last + 1), |source| (source + 1, source + 1));
    let possible = if low > oldest { low..high + 1 } else { 0..0 };
    if graph.at(read).kind == Kind::Hint {
        graph.at_mut(read).loc = event.loc;
    }
    for pos in possible.rev() {
        if graph.is_claimed(event.loc, pos - 1) {
            continue;
        }
        graph.place(write, pos);
        graph.read_from(read, write);
        graph.fill(write);
        graph.fill(read);
        if consistency::holds(graph) {
            next.worklist.extend(
                (low..pos)
                    .filter(|p| !next.graph.splits(write, *p))
                    .map(|pos| Alternative::Co { at: write, pos }),
            );
            return true;
        }
        graph.unlink(read);
        graph.displace(write);
    }
    if graph.at(read).kind.reads() {
        graph.read_from(read, NONE);
    }
    false
}

/// Serves `request` as the object's next grant.
fn grant(
    graph: &mut Graph,
    request: Id,
    alternative: u32,
    place: &'static std::panic::Location<'static>,
    served: &mut Served,
) {
    let object = graph.at(request).loc;
    let number = graph.lanes[object as usize].events.len() as u32;
    let allowed = serve(graph, request, number, alternative, served);
    debug_assert!(allowed, "an alternative that was offered is still there");
    grant_served(graph, request, alternative, place, served);
}

/// Adds the grant that serves `request` as `served` says.
pub(crate) fn grant_served(
    graph: &mut Graph,
    request: Id,
    alternative: u32,
    place: &'static std::panic::Location<'static>,
    served: &Served,
) -> Id {
    let Event { loc: object, mode, .. } = *graph.at(request);
    let number = graph.lanes[object as usize].events.len() as u32;
    let mut event = Event::new(Kind::Grant, object, number, object, mode, place);
    (event.rf, event.alternative, event.answer) = (request, alternative, served.answer);
    event.state = graph.keep_state(&served.state, &served.acquires);
    let new = graph.append(event);
    graph.at_mut(request).rf = new;
    new
}

/// The alternatives that `request` may have, in some state: how many are there in the present one [`serve`] says.
#[inline]
pub(crate) fn alternatives(graph: &Graph, request: Id) -> std::ops::RangeInclusive<u32> {
    let event = graph.at(request);
    let Owner::Object(object) = graph.lanes[event.loc as usize].owner else {
        unreachable!("a request names an object's lane")
    };
    0..=if object.chooses(event.call) { u32::MAX } else { 0 }
}

/// What the specification does when `request` is served as the object's grant `number`.
pub(crate) fn serve(graph: &Graph, request: Id, number: u32, alternative: u32, served: &mut Served) -> bool {
    // What may time out does so only where it cannot be served otherwise.
    serve_as(graph, request, number, alternative, false, served)
        || alternative == 0
            && graph.at(request).deadline <= graph.now
            && serve_as(graph, request, number, alternative, true, served)
}

/// Whether `request` could be served as the object's grant `number` other than by timing out.
pub(crate) fn serves_in_time(graph: &Graph, request: Id, number: u32, served: &mut Served) -> bool {
    serve_as(graph, request, number, 0, false, served)
}

fn serve_as(
    graph: &Graph,
    request: Id,
    number: u32,
    alternative: u32,
    expired: bool,
    served: &mut Served,
) -> bool {
    let event = graph.at(request);
    let Owner::Object(object) = graph.lanes[event.loc as usize].owner else {
        unreachable!("a request names an object's lane")
    };
    let state = graph.state_before(event.loc, number);
    debug_assert!(alternative == 0 || object.chooses(event.call));
    let request = Request { call: event.call, thread: event.lane, number, alternative, expired };
    object.serve(state, request, served).is_some()
}

/// Lets an earlier grant, the last of its object, serve `request` instead.
fn serve_instead(graph: &mut Graph, earlier: Id, request: Id, alternative: u32, served: &mut Served) {
    let allowed = serve(graph, request, graph.at(earlier).index, alternative, served);
    debug_assert!(allowed, "an alternative that was offered is still there");
    let state = graph.keep_state(&served.state, &served.acquires);
    let event = graph.at_mut(earlier);
    (event.rf, event.alternative, event.answer) = (request, alternative, served.answer);
    event.state = state;
    graph.at_mut(request).rf = earlier;
    graph.fill(request);
    graph.fill(earlier);
}
