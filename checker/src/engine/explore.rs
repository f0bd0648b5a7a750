//! The exploration: every execution graph of the model, each once.
//!
//! The algorithm is truly stateless optimal exploration (M. Kokologiannakis, I. Marmanis, V. Gladstein, V. Vafeiadis,
//! "Truly Stateless, Optimal Dynamic Partial Order Reduction", POPL 2022). A graph grows by the next event of a thread,
//! chosen by a fixed rule. A read takes the latest write of its location and leaves its other sources as [`Item`]s for
//! later; a write goes to the end of the modification order and leaves the other places, and it also leaves *revisits*:
//! earlier reads that could have read from it, had it been there ([`revisit`](super::revisit)). What is left is tried
//! deepest first, each in a graph of its own, so nothing is kept but the path from the first graph to the present one.

use super::consistency;
use super::event::{Id, Kind, NONE};
use super::graph::Graph;
use super::permanent::permanent;
use super::preemptions::Preemptions;
use super::symmetry;
use crate::objects::{Request, Served};

/// Something to try that a graph left for later. Events are named as in that graph.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Item {
    /// The read `at` takes another source; an update succeeds or fails with it.
    Source { at: Id, source: Id, succeeds: bool },
    /// The write `at` takes another place in the modification order.
    Place { at: Id, pos: u32 },
    /// The object serves another request, or another alternative, with the grant `at`.
    Serve { at: Id, request: Id, alternative: u32 },
    /// The hint `at` sees another change.
    Change { at: Id, loc: u32, source: Id },
    /// The choice `at` takes another value.
    Choose { at: Id, value: u32 },
    /// The earlier `read` (or grant) reads from the write (or request) `at`.
    Revisit { at: Id, read: Id, succeeds: bool, alternative: u32 },
    /// The update `at` reads from `source`, which another update has claimed, and its writing half takes `read` for that.
    RevisitThrough { at: Id, source: Id, read: Id, succeeds: bool },
}

/// A graph and what it left.
#[derive(Clone, Default)]
pub(crate) struct Frame {
    pub(crate) graph: Graph,
    pub(crate) items: Vec<Item>,
}

/// The path from the first graph to the present one.
#[derive(Default)]
pub(crate) struct Search {
    /// The graph that is executed, and what it has left so far.
    pub(crate) now: Frame,
    /// The graphs above it that have something left.
    pub(super) above: Vec<Frame>,
    /// Memory to use again.
    spare: Vec<Frame>,
    names: Vec<Id>,
    pub(crate) served: Served,
    pub(crate) preemptions: Preemptions,
    cut: Vec<u32>,
}

impl Search {
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
            let Some(item) = self.now.items.pop() else {
                let above = self.above.pop()?;
                self.spare.push(std::mem::replace(&mut self.now, above));
                continue;
            };
            let mut next = self.spare.pop().unwrap_or_default();
            next.items.clear();
            if self.derive(item, &mut next) {
                let before = std::mem::replace(&mut self.now, next);
                if before.items.is_empty() { &mut self.spare } else { &mut self.above }.push(before);
                return Some(self.may_be_wanted());
            }
            self.spare.push(next);
        }
    }

    /// Goes on to the graph that `item` describes and leaves nothing behind. False where it is inconsistent: then the present
    /// graph stays.
    pub(crate) fn redirect(&mut self, item: Item) -> bool {
        let mut next = self.spare.pop().unwrap_or_default();
        next.items.clear();
        let consistent = self.derive(item, &mut next);
        if consistent {
            std::mem::swap(&mut self.now, &mut next);
        }
        self.spare.push(next);
        self.now.items.clear();
        consistent
    }

    /// Whether `item` describes a consistent graph of which `holds` is true.
    pub(crate) fn would(&mut self, item: Item, holds: impl FnOnce(&Graph) -> bool) -> bool {
        let mut next = self.spare.pop().unwrap_or_default();
        next.items.clear();
        let would = self.derive(item, &mut next) && holds(&next.graph);
        self.spare.push(next);
        would
    }

    /// Whether a complete execution is one of those that are asked for. One that was drawn at random stands for itself.
    pub(crate) fn is_wanted(&mut self, is_sampled: bool) -> bool {
        (is_sampled || symmetry::is_representative(&self.now.graph))
            && self.preemptions.holds(&self.now.graph, &mut self.served)
    }

    /// Whether one of them may grow from the present graph.
    fn may_be_wanted(&mut self) -> bool {
        let Search { now: Frame { graph, .. }, served, preemptions, cut, .. } = self;
        if graph.members == 0 && preemptions.bound.is_none() {
            return true;
        }
        permanent(graph, served, cut);
        symmetry::may_be_representative(graph, cut) && preemptions.may_hold(graph, cut, served)
    }

    /// Makes `next` the graph that `item` describes; false where it is inconsistent.
    fn derive(&mut self, item: Item, next: &mut Frame) -> bool {
        let (from, names) = (&self.now.graph, &mut self.names);
        let graph = &mut next.graph;
        match item {
            Item::Source { at, source, succeeds } => {
                graph.restrict(from, at, NONE, names, |_| true);
                add_read(graph, from, at, source, succeeds);
                consistency::holds(graph)
            }
            Item::Place { at, pos } => {
                graph.restrict(from, at + 1, NONE, names, |_| true);
                graph.displace(at);
                graph.place(at, pos);
                consistency::holds(graph)
            }
            Item::Serve { at, request, alternative } => {
                graph.restrict(from, at, NONE, names, |_| true);
                grant(graph, request, alternative, from.at(at).place, &mut self.served);
                consistency::holds(graph)
            }
            Item::Change { at, loc, source } => {
                graph.restrict(from, at, NONE, names, |_| true);
                let mut event = *from.at(at);
                event.loc = loc;
                let new = graph.push(event);
                graph.read_from(new, source);
                graph.fill(new);
                consistency::holds(graph)
            }
            Item::Choose { at, value } => {
                graph.restrict(from, at, NONE, names, |_| true);
                let mut event = *from.at(at);
                event.alternative = value;
                let new = graph.push(event);
                graph.fill(new);
                consistency::holds(graph)
            }
            Item::Revisit { at, read, succeeds, alternative } => {
                let before = from.row(at, super::graph::PORF);
                graph.restrict(from, at, read, names, |e| e <= read || from.within(e, before));
                let write = from.at(at);
                let mut event = *write;
                event.rf = NONE;
                let new = graph.push(event);
                // What is before `read` in the order of adding is kept, so it keeps its name.
                if event.kind == Kind::Request {
                    serve_instead(graph, read, new, alternative, &mut self.served);
                    return consistency::holds(graph);
                }
                set_success(graph, read, succeeds);
                settle(next, new, read)
            }
            Item::RevisitThrough { at, source, read, succeeds } => {
                let update = from.at(at);
                let past = from.front(update.lane, update.index);
                let kept = |e: Id| {
                    let known =
                        |x: Id| x != NONE && (e == x || from.within(e, from.row(x, super::graph::PORF)));
                    e <= read || known(source) || past.is_some_and(known)
                };
                graph.restrict(from, at, read, names, kept);
                let source = if source == NONE { NONE } else { names[source as usize] };
                add_read(graph, from, at, source, true);
                let write = update.writing_half();
                let new = graph.push(write);
                set_success(graph, read, succeeds);
                settle(next, new, read)
            }
        }
    }
}

/// Adds the read `at` of `from` with another source.
fn add_read(graph: &mut Graph, from: &Graph, at: Id, source: Id, succeeds: bool) {
    let mut event = *from.at(at);
    event.rf = NONE;
    event.mode = if succeeds { event.on_success } else { event.on_failure };
    let new = graph.push(event);
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
/// left with it.
fn settle(next: &mut Frame, write: Id, read: Id) -> bool {
    let graph = &mut next.graph;
    let event = *graph.at(write);
    let (lane, index) = (graph.at(read).lane, graph.at(read).index);
    let floor = graph.floor_by_hb(event.loc, graph.front(event.lane, event.index));
    let floor = floor.max(graph.floor_by_hb(event.loc, graph.front(lane, index)));
    let last = graph.last_pos(event.loc);
    let source =
        (event.kind == Kind::UpdateWrite).then(|| graph.pos_of(graph.source_of_writing_half(&event)));
    let (low, high) = source.map_or((floor + 1, last + 1), |source| (source + 1, source + 1));
    if low <= floor {
        return false;
    }
    if graph.at(read).kind == Kind::Hint {
        graph.at_mut(read).loc = event.loc;
    }
    for pos in (low..=high).rev() {
        if graph.is_claimed(event.loc, pos - 1) {
            continue;
        }
        graph.place(write, pos);
        graph.read_from(read, write);
        graph.fill(write);
        graph.fill(read);
        if consistency::holds(graph) {
            next.items.extend(
                (low..pos)
                    .filter(|p| !next.graph.splits(write, *p))
                    .map(|pos| Item::Place { at: write, pos }),
            );
            return true;
        }
        graph.unread(read);
        graph.displace(write);
    }
    false
}

/// Serves `request` as the object's next grant.
pub(crate) fn grant(
    graph: &mut Graph,
    request: Id,
    alternative: u32,
    place: &'static std::panic::Location<'static>,
    served: &mut Served,
) -> Id {
    let object = graph.at(request).loc;
    let number = graph.lanes[object as usize].events.len() as u32;
    let allowed = serve(graph, request, number, alternative, served);
    debug_assert!(allowed, "an alternative that was offered is still there");
    let mut event =
        super::event::Event::new(Kind::Grant, object, number, object, graph.at(request).mode, place);
    (event.rf, event.alternative, event.answer) = (request, alternative, served.answer);
    let new = graph.push(event);
    graph.set_state(new, &served.state, &served.acquires);
    graph.at_mut(request).rf = new;
    graph.fill(new);
    new
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
    let super::graph::Owner::Object(object) = graph.lanes[event.loc as usize].owner else {
        unreachable!("a request names an object's lane")
    };
    let state = graph.state_before(event.loc, number);
    let request = Request { call: event.call, thread: event.lane, number, alternative, expired };
    object.serve(state, request, served).is_some()
}

/// Lets an earlier grant, the last of its object, serve `request` instead.
fn serve_instead(graph: &mut Graph, earlier: Id, request: Id, alternative: u32, served: &mut Served) {
    let allowed = serve(graph, request, graph.at(earlier).index, alternative, served);
    debug_assert!(allowed, "an alternative that was offered is still there");
    graph.set_state(earlier, &served.state, &served.acquires);
    let event = graph.at_mut(earlier);
    (event.rf, event.alternative, event.answer) = (request, alternative, served.answer);
    graph.at_mut(request).rf = earlier;
    graph.fill(request);
    graph.fill(earlier);
}
