//! By which bug an execution fails: what it has in common with the others that fail by the same one, whatever the threads and
//! objects are called and which other threads were caught up in it.
//!
//! Of a deadlock that is the cycle: which locks are held while others are waited for, each known by the lines in which it was
//! taken. Who piles up behind a lock of the cycle, and in which line, differs from execution to execution. Where there is
//! no cycle it is what the others wait for in the end: for something that is no lock, or for a lock whose holder has ended.
//! Of a livelock it is the lines in which threads go round, of a data race both accesses, of a use after
//! free both the use and the end, of anything else the line that fails.

use std::collections::BTreeSet;
use std::panic::Location;

use super::Engine;
use super::run::Status;
use crate::harness::{Failure, FailureKind};
use crate::report::Bug;
use crate::trace::Place;

/// The bug by which the execution of `engine` has failed.
pub(super) fn bug_of(engine: &Engine, failure: &Failure) -> Bug {
    let mut places: BTreeSet<Place> = match failure.kind {
        FailureKind::Deadlock => Waits::of(engine).bug(),
        FailureKind::Livelock => goes_round(engine),
        FailureKind::DataRace => engine.run.plain.raced_with().into_iter().collect(),
        FailureKind::UseAfterFree | FailureKind::DoubleFree => engine.run.ends.other().into_iter().collect(),
        _ => BTreeSet::new(),
    };
    let has_two =
        [FailureKind::DataRace, FailureKind::UseAfterFree, FailureKind::DoubleFree].contains(&failure.kind);
    if places.is_empty() || has_two {
        places.extend(failure.place);
    }
    Bug { kind: failure.kind, places }
}

/// The lines in which threads ask for a change again and again.
fn goes_round(engine: &Engine) -> BTreeSet<Place> {
    let graph = &engine.search.current.graph;
    let mut places = BTreeSet::new();
    for lane in &graph.threads {
        let thread = &engine.run.threads[*lane as usize];
        match thread.status {
            Status::Awaiting | Status::Idle | Status::Paused | Status::Pending { .. } | Status::Stuck => {
                places.extend(thread.place.map(Place::from))
            }
            _ => {}
        }
    }
    places
}

/// Who waits for whom.
struct Waits {
    /// From the thread that waits to the one that holds what it waits for: where that took it. Of a join, where it is.
    edges: Vec<(u32, u32, &'static Location<'static>)>,
    /// Where somebody waits for what nobody holds.
    roots: Vec<&'static Location<'static>>,
    ended: Vec<u32>,
}

impl Waits {
    fn of(engine: &Engine) -> Self {
        let graph = &engine.search.current.graph;
        let status = |lane: &u32| engine.run.threads[*lane as usize].status;
        let ended = graph.threads.iter().copied().filter(|t| status(t) == Status::Finished).collect();
        let mut waits = Waits { edges: Vec::new(), roots: Vec::new(), ended };
        for lane in graph.threads.iter().copied().filter(|t| engine.waits(*t).is_some()) {
            let Some(place) = engine.run.threads[lane as usize].place else { continue };
            let before = waits.edges.len();
            match status(&lane) {
                Status::Joining(other) => waits.edges.push((lane, other, place)),
                Status::Requesting => {
                    let request = graph.lanes[lane as usize].events.last().map(|e| graph.at(*e));
                    let holders = request.map(|request| engine.holders(request.loc)).unwrap_or_default();
                    waits.edges.extend(holders.iter().map(|holder| (lane, holder.lane, holder.place)));
                }
                _ => {}
            }
            if waits.edges.len() == before {
                waits.roots.push(place);
            }
        }
        waits
    }

    /// Whether `from` waits for `to`, or for somebody who does.
    fn leads(&self, from: u32, to: u32) -> bool {
        let mut known = vec![from];
        let mut at = 0;
        while let Some(lane) = known.get(at).copied() {
            for (_, next, _) in self.edges.iter().filter(|(waits, ..)| *waits == lane) {
                if *next == to {
                    return true;
                }
                if !known.contains(next) {
                    known.push(*next);
                }
            }
            at += 1;
        }
        false
    }

    /// The lines of a cycle, the least where there are several: another execution has each of them by itself. Without one,
    /// those of all that does not come.
    fn bug(&self) -> BTreeSet<Place> {
        let in_cycle: Vec<_> = self.edges.iter().filter(|(waits, on, _)| self.leads(*on, *waits)).collect();
        let cycle = |start: u32| -> BTreeSet<Place> {
            let mine = |lane: u32| self.leads(start, lane) && self.leads(lane, start);
            in_cycle.iter().filter(|(waits, ..)| mine(*waits)).map(|(.., place)| (*place).into()).collect()
        };
        let least = in_cycle.iter().map(|(waits, ..)| cycle(*waits)).min();
        least.unwrap_or_else(|| {
            let left = self.edges.iter().filter(|(_, on, _)| self.ended.contains(on));
            left.map(|(.., place)| *place).chain(self.roots.iter().copied()).map(Place::from).collect()
        })
    }
}
