//! Whether the threads of an execution have anything in common that the engine sees.
//!
//! Threads that share nothing by the checker's objects share it by others, of which no interleaving is explored; or they share
//! nothing, and there is nothing to verify. That one begins another and waits for its end is no sharing, nor that several report to
//! the observer.

use super::event::Kind;
use super::graph::{Graph, Owner};
use super::run::{Engine, Run};
use crate::objects::Object;

/// How many threads of the model the execution has.
pub(super) fn threads(graph: &Graph) -> usize {
    let is_end = |lane: &&u32| graph.lanes[**lane as usize].path[..] == [u32::MAX];
    graph.threads.iter().filter(|lane| !is_end(lane)).count()
}

/// Whether two threads have accessed one location, object, cell or count of handles that somebody looked at, or each of them one
/// that may be everybody's: not on its own stack. Of an array of atomics each thread may happen to use its own.
pub(super) fn is_seen(engine: &Engine) -> bool {
    let graph = &engine.search.current.graph;
    let reach = graph.threads.iter().filter(|lane| engine.run.threads[**lane as usize].reaches);
    let Run { plain, handles, .. } = &engine.run;
    plain.is_shared() || handles.are_shared() || are_in_common(graph) || reach.count() > 1
}

fn are_in_common(graph: &Graph) -> bool {
    // Which thread was seen first at each location, and at each object.
    let (mut at_locs, mut at_objects) = (vec![None; graph.locs.len()], vec![None; graph.lanes.len()]);
    graph.events.iter().any(|event| {
        let first = match event.kind {
            kind if kind.reads() || kind.writes() => at_locs.get_mut(event.loc as usize),
            Kind::Request => at_objects
                .get_mut(event.loc as usize)
                .filter(|_| graph.lanes[event.loc as usize].owner != Owner::Object(Object::Observer)),
            _ => None,
        };
        first.is_some_and(|first| *first.get_or_insert(event.lane) != event.lane)
    })
}
