//! The part of a graph that every complete graph below it has.
//!
//! A graph on the way to a complete one may have events that a revisit removes again. Whoever prunes by a property of
//! complete graphs must not look at them, or he loses what their removal leads to. What stays is known:
//!
//! - An event that is no forward step's first choice among what was added before it is not removed by a revisit unless it
//!   is before the new write, since all that is removed must be such a choice. What it differs from may be removed; the
//!   event is then before the write of that revisit, and stays by the next rule.
//! - A write (or request) that an earlier event reads from, so one that has revisited, is no such choice either while it has
//!   that reader; and the reader stays, or is revisited by a write that comes after this one.
//! - What is before an event that stays, in program order and reads-from, stays with it, sources and all.
//!
//! Everything else has been added by forward steps, which go on from any graph: so it is at the derivation of a graph that
//! it is pruned, and not while it grows.

use super::event::{Kind, NONE};
use super::graph::{Graph, PORF};
use super::revisit::New;
use crate::objects::Served;

/// Computes how many events of each lane are permanent.
pub(super) fn permanent(graph: &Graph, served: &mut Served, cut: &mut Vec<u32>) {
    cut.clear();
    cut.resize(graph.width(), 0);
    let nothing = vec![0; graph.width()];
    let alone = New { id: NONE, loc: 0, before: &nothing, is_idle: false };
    for x in (0..graph.len()).rev() {
        let event = graph.at(x);
        let revisited = event.kind != Kind::Request && event.rf != NONE && event.rf > x;
        if graph.within(x, cut) || revisited || alone.is_maximal(graph, x, served) {
            continue;
        }
        // Whom a request was served with later stays too: it has no other to serve.
        let last = if event.kind == Kind::Request { event.rf } else { x };
        cut.iter_mut().zip(graph.row(last, PORF)).for_each(|(a, b)| *a = (*a).max(*b));
    }
}
