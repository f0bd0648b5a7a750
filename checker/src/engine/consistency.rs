//! Which graphs are executions.
//!
//! Coherence, atomicity and the absence of thin-air reads hold by construction: sources and places are taken from what
//! happens-before leaves ([`Graph::oldest_readable`]), a read-modify-write is placed right after its source, and no read takes a
//! source that it is before. What is left is the order of sequential consistency.

use super::graph::Graph;

/// Whether the last step kept the graph consistent, where it was consistent before. Steps that read the latest write and
/// add to the end of the modification order always do.
pub(crate) fn holds(graph: &mut Graph) -> bool {
    if graph.tracks_order() {
        return graph.rebuild_order();
    }
    graph.forget_order();
    !graph.mixes_orderings() || super::psc::is_acyclic(graph)
}
