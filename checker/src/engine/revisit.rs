//! Which earlier reads a new write may be seen by.
//!
//! A read that is not before the write `a` in program order and reads-from could have read from it, had `a` been added
//! first. What was added after the read and is not before `a` would then not be there yet. So that each graph is reached
//! once, this is done from one of the graphs alone that differ in what would be removed: the one in which all of it is as
//! a forward step adds it.

use super::event::{Event, Id, Kind, NONE};
use super::explore::serve;
use super::graph::Graph;
use crate::objects::Served;

/// A new write or request, and what is before it.
pub(crate) struct Revisitor<'a> {
    /// Its name, or `NONE` while it is not in the graph.
    pub(crate) id: Id,
    /// Its location, or its object's lane.
    pub(crate) loc: u32,
    /// Its row of program order and reads-from.
    pub(crate) porf: &'a [u32],
    /// Whether it is an update that writes what it has read.
    pub(crate) is_idle: bool,
}

impl Revisitor<'_> {
    /// Calls `found` with every read of the location that the new write may be seen by, the last added first. `end`: one
    /// after the last event that was there before it.
    pub(crate) fn revisitable_reads(
        &self,
        graph: &Graph,
        end: Id,
        served: &mut Served,
        found: impl FnMut(Id),
    ) {
        let awaits = |e: &Event| {
            e.kind == Kind::Hint
                && !self.is_idle
                && graph.awaited_by(e).iter().any(|(loc, _)| *loc == self.loc)
        };
        let hints =
            graph.hints.iter().copied().filter(|h| !graph.contains(*h, self.porf) && awaits(graph.at(*h)));
        if let Some(first) = graph.reads_outside(self.loc, self.porf).chain(hints).min() {
            self.maximal_suffix(
                graph,
                first,
                end,
                served,
                |e| e.kind.reads() && e.loc == self.loc || awaits(e),
                found,
            );
        }
    }

    /// Whether every grant of the object is before the new request.
    #[inline]
    pub(crate) fn knows_all_grants(&self, graph: &Graph) -> bool {
        self.porf[self.loc as usize] as usize == graph.lanes[self.loc as usize].events.len()
    }

    /// Calls `found` with every grant of the object that could serve the new request instead.
    pub(crate) fn revisitable_grants(
        &self,
        graph: &Graph,
        end: Id,
        served: &mut Served,
        found: impl FnMut(Id),
    ) {
        let known = self.porf[self.loc as usize] as usize;
        if let Some(first) = graph.lanes[self.loc as usize].events.get(known) {
            self.maximal_suffix(
                graph,
                *first,
                end,
                served,
                |e| e.kind == Kind::Grant && e.lane == self.loc,
                found,
            );
        }
    }

    fn maximal_suffix(
        &self,
        graph: &Graph,
        first: Id,
        end: Id,
        served: &mut Served,
        wanted: impl Fn(&Event) -> bool,
        mut found: impl FnMut(Id),
    ) {
        for x in (first..end).rev() {
            if graph.contains(x, self.porf) {
                continue;
            }
            // All that was added after a read goes with it, so nothing before this one can be revisited either.
            if !self.is_maximal(graph, x, served) {
                return;
            }
            if wanted(graph.at(x)) {
                found(x);
            }
        }
    }

    /// Whether `x` is what a forward step would add where only what was added before it or is before the new write is
    /// there. Without this test executions are explored twice; where it refuses too much, they are lost.
    pub(super) fn is_maximal(&self, graph: &Graph, x: Id, served: &mut Served) -> bool {
        let previous = |y: Id| y != self.id && (y <= x || graph.contains(y, self.porf));
        let event = graph.at(x);
        match event.kind {
            Kind::Read | Kind::Update => {
                // A source that is not among `previous` was put there by a revisit, and is not what is found here.
                // That a thread comes to a read of a condition needs no test: the source for which it came is before the
                // read in the order of adding, and stays there for as long as the read can be revisited.
                self.latest(graph, event.loc, previous) == event.rf
            }
            Kind::Write | Kind::UpdateWrite => {
                graph.readers(event.loc, x).all(|r| !previous(r))
                    && self.latest(graph, event.loc, previous) == x
            }
            Kind::Request => event.rf == NONE || !previous(event.rf),
            Kind::Grant => {
                event.alternative == 0
                    && previous(event.rf)
                    && !self.could_serve_earlier(graph, x, previous, served)
            }
            Kind::Choose => event.alternative == 0,
            // Who looked came before it.
            Kind::Hint if !event.awaits_change() => true,
            Kind::Hint => {
                let awaited = graph.awaited_by(event);
                let others = |id: &&Id| graph.at(**id).kind.writes() && !graph.at(**id).is_idle();
                let round = event.round();
                let wrote =
                    &graph.lanes[event.lane as usize].events[round.start as usize..round.end as usize];
                if wrote.iter().any(|id| others(&id)) && is_looked_at(graph, event, wrote, previous) {
                    return false;
                }
                let mut changes = awaited.into_iter().filter_map(|(loc, seen)| {
                    Some((loc, graph.changes(loc, seen + 1).find(|change| previous(*change))?))
                });
                changes.next() == Some((event.loc, event.rf))
            }
            Kind::Fence | Kind::Spawn | Kind::Join | Kind::Woken | Kind::Clock | Kind::End => true,
        }
    }

    fn latest(&self, graph: &Graph, loc: u32, previous: impl Fn(Id) -> bool) -> Id {
        graph.locs[loc as usize].co.iter().rev().copied().find(|w| previous(*w)).unwrap_or(NONE)
    }

    /// Whether some request among `previous` that was added before the one that the grant `x` took could be served there.
    fn could_serve_earlier(
        &self,
        graph: &Graph,
        x: Id,
        previous: impl Fn(Id) -> bool,
        served: &mut Served,
    ) -> bool {
        let Event { lane: object, index: number, rf: taken, .. } = *graph.at(x);
        let mut could = |q: Id| q < taken && previous(q) && serve(graph, q, number, 0, served);
        graph.lanes[object as usize].events[number as usize + 1..].iter().any(|g| could(graph.at(*g).rf))
            || graph.unserved(object) > 0 && graph.waiting(object).any(could)
    }
}

/// Whether another thread had read what the hint's thread wrote in its round: then it would have gone on with that.
fn is_looked_at(graph: &Graph, hint: &Event, round: &[Id], previous: impl Fn(Id) -> bool) -> bool {
    let writes = round.iter().copied().filter(|id| graph.at(*id).kind.writes());
    let last_of = |loc| writes.clone().rfind(|w| graph.at(*w).loc == loc);
    writes.clone().any(|write| {
        let event = graph.at(write);
        let hides = writes.clone().any(|w| graph.at(w).loc == event.loc && graph.at(w).kind == Kind::Write);
        let counts = hides || last_of(event.loc) != Some(write);
        counts && graph.readers(event.loc, write).any(|r| graph.at(r).lane != hint.lane && previous(r))
    })
}
