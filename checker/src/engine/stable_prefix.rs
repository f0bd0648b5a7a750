//! The stable prefix of a graph: the part that every complete graph below it has.
//!
//! A graph on the way to a complete one may have events that a revisit removes again. A test of a property of complete graphs
//! must not look at these events: it would prune what their removal leads to. The stable prefix is known to stay:
//!
//! - A revisit removes only events that a forward step would choose first, among what was added before them and what is before
//!   the revisiting write. So an event that is no such choice stays, unless what it differs from is removed; then it is before
//!   the revisiting write, and stays by the next rule.
//! - A write (or request) that an earlier event reads from has revisited that event, and is no such choice while it has that
//!   reader. The reader stays, or a later write revisits it.
//! - What precedes a stable event, in program order and reads-from, is stable too.
//!
//! Forward steps add everything else, from any graph. So they are pruned where their graph is derived, and not while it grows.

use super::event::{Kind, NONE};
use super::graph::Graph;
use super::revisit::Revisitor;
use crate::objects::Served;

/// Computes how many events of each lane are stable.
pub(super) fn stable_prefix(graph: &Graph, served: &mut Served, stable: &mut Vec<u32>) {
    stable.clear();
    stable.resize(graph.width(), 0);
    let nothing = vec![0; graph.width()];
    let alone = Revisitor { id: NONE, loc: 0, porf: &nothing, is_idle: false };
    for x in (0..graph.len()).rev() {
        let event = graph.at(x);
        let revisited = event.kind != Kind::Request && event.rf != NONE && event.rf > x;
        if graph.contains(x, stable) || revisited || alone.is_maximal(graph, x, served) {
            continue;
        }
        // If a stable request was served, its grant is stable too: it has no other to serve.
        let last = if event.kind == Kind::Request { event.rf } else { x };
        stable.iter_mut().zip(graph.porf(last)).for_each(|(a, b)| *a = (*a).max(*b));
    }
}
