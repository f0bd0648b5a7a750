//! RC11's partial order of SeqCst accesses and fences, `psc` (PLDI 2017, section 3.3), for graphs that mix orderings.

use super::event::{Event, Id, Kind};
use super::graph::{Graph, HB};

/// Whether `psc` has no cycle.
pub(crate) fn is_acyclic(graph: &Graph) -> bool {
    let psc = Psc { graph };
    let nodes: Vec<Id> = (0..graph.len())
        .filter(|e| graph.at(*e).is_access_or_fence() && graph.at(*e).mode.seq_cst())
        .collect();
    // 0: not seen; 1: on the path; 2: no cycle from here.
    let mut seen = vec![0; nodes.len()];
    let mut path: Vec<(usize, usize)> = Vec::new();
    for start in 0..nodes.len() {
        if seen[start] == 0 {
            seen[start] = 1;
            path.push((start, 0));
        }
        while let Some((a, b)) = path.last_mut() {
            let (from, to) = (*a, *b);
            if to == nodes.len() {
                seen[from] = 2;
                path.pop();
                continue;
            }
            *b += 1;
            if seen[to] != 2 && from != to && psc.relates(nodes[from], nodes[to]) {
                if seen[to] == 1 {
                    return false;
                }
                seen[to] = 1;
                path.push((to, 0));
            }
        }
    }
    true
}

struct Psc<'a> {
    graph: &'a Graph,
}

impl Psc<'_> {
    fn at(&self, e: Id) -> &Event {
        self.graph.at(e)
    }

    fn hb(&self, a: Id, b: Id) -> bool {
        a != b && self.graph.within(a, self.graph.row(b, HB))
    }

    /// The location, for an access.
    fn loc(&self, e: Id) -> Option<u32> {
        let e = self.at(e);
        (e.kind.reads() || e.kind.writes()).then_some(e.loc)
    }

    fn is_fence(&self, e: Id) -> bool {
        self.at(e).kind == Kind::Fence
    }

    /// Whether `psc` has an edge from `a` to `b`, both SeqCst.
    fn relates(&self, a: Id, b: Id) -> bool {
        let all = 0..self.graph.len();
        let ends = |to: Id| {
            self.scb(to, b) || self.is_fence(b) && all.clone().any(|e| self.hb(e, b) && self.scb(to, e))
        };
        ends(a)
            || self.is_fence(a) && all.clone().any(|e| self.hb(a, e) && ends(e))
            || self.is_fence(a) && self.is_fence(b) && (self.hb(a, b) || self.hb_eco_hb(a, b))
    }

    /// SC-before: program order, happens-before around other locations or at the same one, modification order, from-read.
    fn scb(&self, a: Id, b: Id) -> bool {
        let (x, y) = (self.at(a), self.at(b));
        if a == b {
            return false;
        }
        if x.lane == y.lane && x.index < y.index {
            return true;
        }
        if self.loc(a).is_some() && self.loc(a) == self.loc(b) {
            return self.hb(a, b) || y.kind.writes() && self.position(a) < y.pos || self.hb_around(a, b);
        }
        self.hb_around(a, b)
    }

    fn hb_around(&self, a: Id, b: Id) -> bool {
        let (x, y) = (self.at(a), self.at(b));
        let other = |e: &Id, than: Id| self.loc(*e).is_none() || self.loc(*e) != self.loc(than);
        let after =
            self.graph.lanes[x.lane as usize].events[x.index as usize + 1..].iter().find(|e| other(e, a));
        let before =
            self.graph.lanes[y.lane as usize].events[..y.index as usize].iter().rfind(|e| other(e, b));
        matches!((after, before), (Some(c), Some(d)) if self.hb(*c, *d))
    }

    /// The place in modification order of a write, or of what a read reads from.
    fn position(&self, e: Id) -> u32 {
        let event = self.at(e);
        if event.kind.writes() { event.pos } else { self.graph.pos_of(event.rf) }
    }

    /// Reads-from, modification order and from-read, closed: all are between accesses of one location.
    fn eco(&self, a: Id, b: Id) -> bool {
        if a == b || self.loc(a).is_none() || self.loc(a) != self.loc(b) {
            return false;
        }
        let (from, to) = (self.position(a), self.position(b));
        from < to || from == to && self.at(a).kind.writes() && self.at(b).rf == a && self.at(b).kind.reads()
    }

    fn hb_eco_hb(&self, a: Id, b: Id) -> bool {
        let all = 0..self.graph.len();
        all.clone().any(|x| {
            self.hb(a, x) && self.loc(x).is_some() && all.clone().any(|y| self.hb(y, b) && self.eco(x, y))
        })
    }
}
