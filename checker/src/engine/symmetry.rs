//! Threads that are identical but for their names: of the executions that differ by a renaming, one is explored.
//!
//! M. Kokologiannakis, I. Marmanis, V. Vafeiadis, "SPORE: Combining Symmetry and Partial Order Reduction", PLDI 2024,
//! have shown that the two reductions combine. Here a thread of a group has a *key*: what each of its events read, wrote
//! or was served as, in numbers that no renaming changes. Where the keys of a group do not descend, a graph is the
//! *representative* of those that it becomes by renaming: sorting the threads by their keys makes one of any graph, and
//! threads with the same key are told apart by nobody.
//!
//! A complete graph is counted when it is a representative. On the way a graph is pruned where its
//! [stable](super::stable_prefix) part shows that nothing below it is one: at the first event where two lanes differ, the later
//! thread has what is earlier, or has claimed what the other can then only get later.

use std::panic::Location;

use super::event::{Accepts, Event, Id, Kind, NONE};
use super::graph::Graph;

/// The groups of identical threads: the lanes of each, in the order in which they began.
fn groups(graph: &Graph) -> Vec<Vec<u32>> {
    let mut groups: Vec<Vec<u32>> = Vec::new();
    for lane in &graph.threads {
        for id in &graph.lanes[*lane as usize].events {
            let event = graph.at(*id);
            if event.kind == Kind::Spawn {
                match event.begins().1 {
                    0 => {}
                    1 => groups.push(vec![event.loc]),
                    _ => groups.last_mut().expect("a group has a first").push(event.loc),
                }
            }
        }
    }
    groups
}

/// Whether a complete graph is the representative of its renamings.
pub(super) fn is_representative(graph: &Graph) -> bool {
    graph.symmetric_threads == 0
        || groups(graph).iter().all(|group| {
            let keys: Vec<_> = group.iter().map(|lane| key(graph, *lane)).collect();
            keys.is_sorted()
        })
}

/// Marks the end of a thread's key inside of the key of the one that began it.
const END: u32 = 0;

fn key(graph: &Graph, lane: u32) -> Vec<u32> {
    let mut key = Vec::new();
    for id in &graph.lanes[lane as usize].events {
        let event = graph.at(*id);
        match event.kind {
            Kind::Spawn => {
                key.extend(self::key(graph, event.loc).into_iter().map(|k| k.saturating_add(1)));
                key.push(END);
            }
            Kind::Hint => {
                let awaited = graph.awaited_by(event);
                let which = awaited.iter().position(|(loc, _)| *loc == event.loc);
                key.extend([which.unwrap_or(0) as u32, graph.co_pos_of(event.rf)]);
            }
            Kind::Request if event.rf != NONE => {
                key.extend([number(graph, event), graph.at(event.rf).alternative])
            }
            _ => key.push(number(graph, event)),
        }
    }
    key
}

/// What an event read, wrote, was served as or chose: a number that orders it among the same event of identical threads.
fn number(graph: &Graph, event: &Event) -> u32 {
    match event.kind {
        Kind::Read | Kind::Update | Kind::Hint => graph.co_pos_of(event.rf),
        Kind::Write | Kind::UpdateWrite => event.co_pos,
        Kind::Request if event.rf == NONE => u32::MAX,
        Kind::Request | Kind::Woken => graph.at(event.rf).index,
        Kind::Choose => event.alternative,
        Kind::Fence | Kind::Spawn | Kind::Join | Kind::Grant | Kind::Clock | Kind::End => 0,
    }
}

/// Whether a representative may grow from this graph, whose events are stable as far as `stable` says.
pub(super) fn may_be_representative(graph: &Graph, stable: &[u32]) -> bool {
    graph.symmetric_threads == 0
        || groups(graph).iter().all(|group| {
            let later = |a: usize| group[a + 1..].iter().map(move |b| (group[a], *b));
            (0..group.len()).flat_map(later).all(|(a, b)| !is_out_of_order(graph, stable, a, b))
        })
}

/// Whether the thread `b`, which began after `a`, comes before it in every complete graph.
fn is_out_of_order(graph: &Graph, stable: &[u32], a: u32, b: u32) -> bool {
    let lane = |lane: u32| &graph.lanes[lane as usize].events;
    let settled = |id: &Id| {
        let event = graph.at(*id);
        let within = |event: &Event| stable[event.lane as usize] > event.index;
        within(event) && (event.kind != Kind::Request || event.rf != NONE && within(graph.at(event.rf)))
    };
    for (index, y) in lane(b).iter().enumerate().take_while(|(_, y)| settled(y)) {
        let y = graph.at(*y);
        let x = lane(a).get(index);
        let Some(x) = x.filter(|x| settled(x)) else {
            let same = |x: &Event| (x.kind, x.loc, x.accepts, x.call) == (y.kind, y.loc, y.accepts, y.call);
            return x.is_some_and(|x| same(graph.at(*x)) && claims(graph, stable, a, y));
        };
        let x = graph.at(*x);
        if x.kind != y.kind || x.kind == Kind::Spawn {
            return false;
        }
        if x.loc != y.loc {
            // Each has its own. The initial value is in the same place for both.
            if matches!(x.kind, Kind::Read | Kind::Update) && x.rf == NONE && y.rf == NONE {
                continue;
            }
            return false;
        }
        if x.kind == Kind::Hint && x.rf != y.rf {
            return false;
        }
        if number(graph, x) != number(graph, y) {
            return number(graph, x) > number(graph, y);
        }
    }
    false
}

/// Whether the thread `a`, which comes to the same event as `y` of another thread without being before it, can only come
/// after it.
fn claims(graph: &Graph, stable: &[u32], a: u32, y: &Event) -> bool {
    match y.kind {
        // The requests that are served before it are before it in the graph.
        Kind::Request => true,
        // Its source is taken. Another that came earlier would be before it, unless a plain write is between.
        Kind::Update => {
            let source = graph.co_pos_of(y.rf);
            let writes = &graph.locs[y.loc as usize].co;
            let chain = || writes[..source as usize].iter().all(|w| graph.at(*w).kind == Kind::UpdateWrite);
            let has_seen = || {
                let lane = &graph.lanes[a as usize].events[..stable[a as usize] as usize];
                lane.iter().map(|id| graph.at(*id)).any(|e| {
                    e.loc == y.loc
                        && (e.kind.reads() && graph.co_pos_of(e.rf) >= source
                            || e.kind.writes() && e.co_pos >= source)
                })
            };
            let succeeds = graph.is_claimed(y.loc, source)
                && graph.at(graph.write_at(y.loc, source + 1)).lane == y.lane
                && graph.at(graph.write_at(y.loc, source + 1)).index == y.index + 1;
            succeeds && (source == 0 || y.accepts == Accepts::Any && chain() || has_seen())
        }
        _ => false,
    }
}

/// Where two threads of a group do something else though they have seen the same, if they do: in words, and the place.
/// `has_ended`: whether the thread of a lane goes no further.
pub(super) fn difference(
    graph: &Graph,
    has_ended: impl Fn(u32) -> bool,
    name: impl Fn(u32) -> String,
) -> Option<(String, &'static Location<'static>)> {
    if graph.symmetric_threads == 0 {
        return None;
    }
    let groups = groups(graph);
    let pairs = groups.iter().flat_map(|group| group.windows(2));
    pairs.into_iter().find_map(|pair| {
        let [a, b] = [pair[0], pair[1]];
        let event = |lane: u32, i: usize| graph.lanes[lane as usize].events.get(i).map(|id| graph.at(*id));
        for index in 0.. {
            let (x, y) = (event(a, index), event(b, index));
            let differs = match (x, y) {
                (None, None) => return None,
                (Some(x), Some(y)) => {
                    let what = |e: &Event| (e.kind, e.place, e.call, e.on_success, e.on_failure);
                    what(x) != what(y)
                }
                (Some(_), None) => has_ended(b),
                (None, Some(_)) => has_ended(a),
            };
            if differs {
                let does = |lane: u32, event: Option<&Event>| match event {
                    Some(event) => format!("{} comes to {:?} at {}", name(lane), event.kind, event.place),
                    None => format!("{} ends", name(lane)),
                };
                let message = format!("{}, but {}, having seen the same", does(a, x), does(b, y));
                return Some((message, x.or(y)?.place));
            }
            let (x, y) = (x?, y?);
            if number(graph, x) != number(graph, y) {
                return None;
            }
        }
        None
    })
}
