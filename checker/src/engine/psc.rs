//! RC11's partial order of SeqCst accesses and fences, `psc` (PLDI 2017, section 3.3), for graphs that mix orderings.
//!
//! `psc` composes relations, and has a cycle where a walk along their generators comes back to a SeqCst event. So the walk
//! is what is searched, in a graph of stations: how far in the definition it has come, and at which event. The number of
//! stations and of steps between them is linear in the number of events, while `psc` itself is quadratic.

use super::event::{Event, Id, Kind, NONE};
use super::graph::Graph;

/// How far a walk has come in the definition of `psc`.
#[derive(Clone, Copy)]
enum Stage {
    /// At a SeqCst access or fence.
    Strong,
    /// Happens after a SeqCst fence.
    AfterFence,
    /// SC-before (`scb`) begins here.
    Begins,
    /// After that in program order.
    InOrder,
    /// Left the first location by program order, and then by at least one step of happens-before.
    Around,
    /// At a write after that in modification order.
    Later,
    /// At a read that happens after an access of its location.
    LaterRead,
    /// SC-before ends here.
    Ends,
    /// Happens before a SeqCst fence, if it comes to one.
    BeforeFence,
    /// At a write after an access that happens after a SeqCst fence.
    Extended,
}

const STAGES: usize = 10;

/// Whether `psc` has no cycle.
pub(crate) fn is_acyclic(graph: &Graph) -> bool {
    let walk = Walk::new(graph);
    let events = graph.events.len();
    let mut states = vec![State::New; STAGES * events];
    let mut path = Vec::new();
    let mut next = Vec::new();
    for start in (0..graph.len()).filter(|e| walk.is_strong(*e)) {
        path.push((Stage::Strong, start, false));
        while let Some((stage, at, left)) = path.pop() {
            let state = &mut states[stage as usize * events + at as usize];
            if left {
                *state = State::Done;
            }
            if *state != State::New {
                continue;
            }
            *state = State::OnPath;
            path.push((stage, at, true));
            walk.steps(stage, at, &mut next);
            for (stage, to) in next.drain(..) {
                match states[stage as usize * events + to as usize] {
                    State::New => path.push((stage, to, false)),
                    State::OnPath => return false,
                    State::Done => {}
                }
            }
        }
    }
    true
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    OnPath,
    /// No cycle goes through it.
    Done,
}

struct Walk<'a> {
    graph: &'a Graph,
    has_fences: bool,
    /// Happens-before between threads, as few edges as generate it: for each event the last of them in `across`.
    last_across: Vec<Id>,
    /// Where each edge goes, and the one before it from the same event.
    across: Vec<(Id, Id)>,
    /// The reads of each location, those of each thread in its order; and for each the one of the same thread after it.
    reads: Vec<Vec<Id>>,
    read_after: Vec<Id>,
}

impl<'a> Walk<'a> {
    fn new(graph: &'a Graph) -> Self {
        let mut walk = Walk {
            graph,
            has_fences: false,
            last_across: vec![NONE; graph.events.len()],
            across: Vec::new(),
            reads: vec![Vec::new(); graph.locs.len() * graph.threads.len()],
            read_after: vec![NONE; graph.events.len()],
        };
        for (number, lane) in graph.threads.iter().enumerate() {
            let mut before: Option<Id> = None;
            for id in graph.lanes[*lane as usize].events.iter().copied() {
                let event = graph.at(id);
                walk.has_fences |= event.kind == Kind::Fence && event.mode.seq_cst();
                if event.kind.reads() {
                    let reads = &mut walk.reads[event.loc as usize * graph.threads.len() + number];
                    if let Some(last) = reads.last() {
                        walk.read_after[*last as usize] = id;
                    }
                    reads.push(id);
                }
                let row = graph.hb(id);
                for other in graph.threads.iter().filter(|other| *other != lane) {
                    let known = row[*other as usize];
                    if known > before.map_or(0, |b| graph.hb(b)[*other as usize]) {
                        // A join knows one more than there is.
                        let theirs = &graph.lanes[*other as usize].events;
                        if let Some(from) = theirs[..theirs.len().min(known as usize)].last() {
                            let earlier = std::mem::replace(
                                &mut walk.last_across[*from as usize],
                                walk.across.len() as Id,
                            );
                            walk.across.push((id, earlier));
                        }
                    }
                }
                before = Some(id);
            }
        }
        walk
    }

    fn at(&self, e: Id) -> &Event {
        self.graph.at(e)
    }

    fn is_strong(&self, e: Id) -> bool {
        self.at(e).is_access_or_fence() && self.at(e).mode.seq_cst()
    }

    fn is_strong_fence(&self, e: Id) -> bool {
        self.at(e).kind == Kind::Fence && self.is_strong(e)
    }

    /// The location, for an access.
    fn loc(&self, e: Id) -> Option<u32> {
        let e = self.at(e);
        (e.kind.reads() || e.kind.writes()).then_some(e.loc)
    }

    /// What follows in program order.
    fn after(&self, e: Id) -> &'a [Id] {
        let event = self.graph.at(e);
        &self.graph.lanes[event.lane as usize].events[event.index as usize + 1..]
    }

    /// Whether the two are not accesses of one location.
    fn apart(&self, a: Id, b: Id) -> bool {
        self.loc(a).is_none() || self.loc(a) != self.loc(b)
    }

    /// The write that follows an access, or what it reads from, in modification order.
    fn later(&self, e: Id) -> Option<Id> {
        let event = self.at(e);
        let pos = if event.kind.writes() { event.co_pos } else { self.graph.co_pos_of(event.rf) };
        self.graph.locs[event.loc as usize].co.get(pos as usize).copied()
    }

    /// One step of what generates happens-before.
    fn happens_after(&self, e: Id) -> impl Iterator<Item = Id> {
        let first = self.last_across[e as usize];
        let edges = std::iter::successors((first != NONE).then_some(first), |edge| {
            let (_, earlier) = self.across[*edge as usize];
            (earlier != NONE).then_some(earlier)
        });
        self.after(e).first().copied().into_iter().chain(edges.map(|edge| self.across[edge as usize].0))
    }

    /// Where a walk goes from here.
    fn steps(&self, stage: Stage, at: Id, next: &mut Vec<(Stage, Id)>) {
        match stage {
            Stage::Strong => {
                next.push((Stage::Begins, at));
                if self.is_strong_fence(at) {
                    next.extend(self.happens_after(at).map(|e| (Stage::AfterFence, e)));
                }
            }
            Stage::AfterFence => {
                next.push((Stage::Begins, at));
                next.extend(self.happens_after(at).map(|e| (Stage::AfterFence, e)));
                if self.is_strong_fence(at) {
                    next.push((Stage::Strong, at));
                }
                if self.loc(at).is_some() {
                    next.extend(self.later(at).map(|w| (Stage::Extended, w)));
                    if self.at(at).kind.writes() {
                        self.read_from(at, next);
                    }
                }
            }
            Stage::Begins => {
                let after = self.after(at);
                next.extend(after.first().map(|e| (Stage::InOrder, *e)));
                if let Some(left) = after.iter().find(|e| self.apart(**e, at)) {
                    next.extend(self.happens_after(*left).map(|e| (Stage::Around, e)));
                }
                if let Some(loc) = self.loc(at) {
                    next.extend(self.later(at).map(|w| (Stage::Later, w)));
                    // A write that happens after an access of its location is also later in modification order. Of a
                    // thread's reads all happen after it from some on.
                    let threads = self.graph.threads.len();
                    for reads in &self.reads[loc as usize * threads..][..threads] {
                        let knows = |read: Id| read != at && self.graph.contains(at, self.graph.hb(read));
                        let first = reads.get(reads.partition_point(|read| !knows(*read)));
                        next.extend(first.map(|read| (Stage::LaterRead, *read)));
                    }
                }
            }
            Stage::LaterRead => {
                next.push((Stage::Ends, at));
                let after = self.read_after[at as usize];
                next.extend((after != NONE).then_some((Stage::LaterRead, after)));
            }
            Stage::InOrder => {
                next.push((Stage::Ends, at));
                next.extend(self.after(at).first().map(|e| (Stage::InOrder, *e)));
            }
            Stage::Around => {
                next.extend(self.happens_after(at).map(|e| (Stage::Around, e)));
                // The events for which this is the last before them that is not of their location.
                let after = self.after(at);
                if let Some(first) = after.first().filter(|e| self.apart(at, **e)) {
                    let same = after[1..].iter().take_while(|e| !self.apart(**e, *first));
                    next.extend(std::iter::once(first).chain(same).map(|e| (Stage::Ends, *e)));
                }
            }
            Stage::Later => {
                next.push((Stage::Ends, at));
                next.extend(self.later(at).map(|w| (Stage::Later, w)));
            }
            Stage::Ends => {
                if self.is_strong(at) {
                    next.push((Stage::Strong, at));
                }
                if self.has_fences {
                    next.push((Stage::BeforeFence, at));
                }
            }
            Stage::BeforeFence => {
                if self.is_strong_fence(at) {
                    next.push((Stage::Strong, at));
                }
                next.extend(self.happens_after(at).map(|e| (Stage::BeforeFence, e)));
            }
            Stage::Extended => {
                next.push((Stage::BeforeFence, at));
                self.read_from(at, next);
                next.extend(self.later(at).map(|w| (Stage::Extended, w)));
            }
        }
    }

    fn read_from(&self, write: Id, next: &mut Vec<(Stage, Id)>) {
        // A hint that saw the write is no access.
        let readers = self.graph.readers(self.at(write).loc, write).filter(|r| self.at(*r).kind.reads());
        next.extend(readers.map(|r| (Stage::BeforeFence, r)));
    }
}
