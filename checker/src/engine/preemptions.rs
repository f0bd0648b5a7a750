//! The fewest preemptions with which threads that take turns come to a graph.
//!
//! A *schedule* of a graph is an order of its events that extends program order and reads-from, and under sequential
//! consistency the order of that too. The halves of a read-modify-write are one step, and so are a request and its grant. A switch
//! from one thread to another is a *preemption* where the first could have gone on: it has not ended, and its next step
//! is not a wait that nothing has ended yet (a request that its object could not serve or let time out only, a join, a
//! notification that is awaited, a condition that waits for the write which it then reads, a time that has not come), nor a
//! hint that it waits for others. The clock ticks when all is done that was there before; that and the end of the program,
//! which sees the ends of the threads that it waits for, are nobody's doing, and no switches.
//!
//! Bounding graphs by schedules is due to I. Marmanis, M. Kokologiannakis, V. Vafeiadis, "Reconciling Preemption Bounding
//! with DPOR", TACAS 2023. A graph is counted when it has a schedule within the bound. On the way a graph is pruned by its
//! [stable](super::stable_prefix) part alone, where a thread that has no further event counts as one that waits: leaving
//! events out of a schedule adds no preemption, so what is complete below has no fewer. (The paper prunes whole graphs, and
//! leaves slack for what is removed later.)

use std::collections::HashSet;

use super::event::{Id, Kind, NONE};
use super::explore::serves_in_time;
use super::graph::{Graph, MemoryModel, Owner};
use crate::objects::Served;

/// A number of steps for each thread, then the thread that took the last.
type State = Box<[u32]>;

/// What a thread does in one go.
struct Step {
    /// Its last event.
    event: Id,
    /// How many steps of which threads come before.
    after: Vec<(u32, u32)>,
    /// How many ticks of the clock are before its first event, and before its last.
    instants: (usize, usize),
}

/// A thread's steps, and the request that it makes after them and that is never served.
#[derive(Default)]
struct Thread {
    steps: Vec<Step>,
    unserved: Option<Id>,
    /// Whether it is the end of the program, which is nobody's doing.
    is_end: bool,
}

/// The bound, and whether it has left anything out.
#[derive(Default)]
pub(crate) struct Preemptions {
    pub(crate) bound: Option<usize>,
    pub(crate) left_out: bool,
}

impl Preemptions {
    /// Whether a complete graph that grows from this one may be within the bound.
    /// `stable`: how far it is stable.
    pub(super) fn may_hold(&mut self, graph: &Graph, stable: &[u32], served: &mut Served) -> bool {
        let Some(bound) = self.bound else { return true };
        let holds = Schedules::of(graph, stable).fewest(bound, served).is_some();
        self.left_out |= !holds;
        holds
    }

    /// Whether a complete graph is within the bound.
    pub(super) fn holds(&mut self, graph: &Graph, served: &mut Served) -> bool {
        let Some(bound) = self.bound else { return true };
        let all = graph.lengths();
        let mut schedules = Schedules::of(graph, &all);
        schedules.find_unserved();
        let holds = schedules.fewest(bound, served).is_some();
        self.left_out |= !holds;
        holds
    }
}

/// The schedules of the first events of each lane.
struct Schedules<'a> {
    graph: &'a Graph,
    threads: Vec<Thread>,
    /// The steps with which each object's lane serves, in order: a thread and a number.
    grants: Vec<Vec<(u32, u32)>>,
    /// How many steps of each thread are before each tick of the clock.
    ticks: Vec<Vec<u32>>,
}

impl<'a> Schedules<'a> {
    /// `stable`: how many events of each lane there are.
    fn of(graph: &'a Graph, stable: &[u32]) -> Self {
        let within = |id: Id| stable[graph.at(id).lane as usize] > graph.at(id).index;
        let instant = |id: Id| graph.ticks.partition_point(|tick| *tick < id);
        // The step that each event belongs to.
        let mut step_of = vec![(0, 0); graph.events.len()];
        let mut threads: Vec<Thread> = Vec::new();
        for (thread, lane) in graph.threads.iter().enumerate() {
            let mut steps: Vec<Step> = Vec::new();
            for id in graph.lanes[*lane as usize].events.iter().copied().take_while(|id| within(*id)) {
                let event = graph.at(id);
                let last = match event.kind {
                    Kind::Request if event.rf == NONE || !within(event.rf) => break,
                    Kind::Request => event.rf,
                    _ => id,
                };
                let begin = match steps.pop_if(|_| event.kind == Kind::UpdateWrite) {
                    Some(reading) => reading.instants.0,
                    None => instant(id),
                };
                step_of[id as usize] = (thread as u32, steps.len() as u32);
                step_of[last as usize] = step_of[id as usize];
                steps.push(Step { event: last, after: Vec::new(), instants: (begin, instant(last)) });
            }
            let first = graph.lanes[*lane as usize].events.first();
            let is_end = first.is_some_and(|id| graph.at(*id).kind == Kind::End);
            threads.push(Thread { steps, unserved: None, is_end });
        }
        for (thread, lane) in graph.threads.iter().enumerate() {
            if let (Some(first), Owner::Thread(spawn)) =
                (threads[thread].steps.first_mut(), graph.lanes[*lane as usize].owner)
                && spawn != NONE
            {
                first.after.push(step_of[spawn as usize]);
            }
            for step in &mut threads[thread].steps {
                step.after.extend(before(graph, step.event, within).map(|id| step_of[id as usize]));
            }
        }
        let step = |id: &Id| step_of[*id as usize];
        let grants = graph.lanes.iter().map(|lane| match lane.owner {
            Owner::Object(_) => lane.events.iter().take_while(|id| within(**id)).map(step).collect(),
            _ => Vec::new(),
        });
        let grants = grants.collect();
        let before = |tick: usize| {
            let steps = |thread: &Thread| thread.steps.partition_point(|step| step.instants.1 <= tick) as u32;
            threads.iter().map(steps).collect()
        };
        let ticks = (0..graph.ticks.len()).map(before).collect();
        Schedules { graph, threads, grants, ticks }
    }

    /// Lets a thread count as able to go on where it makes a request that could be served, but never is.
    fn find_unserved(&mut self) {
        for (thread, lane) in self.threads.iter_mut().zip(&self.graph.threads) {
            let last = self.graph.lanes[*lane as usize].events.last().copied();
            thread.unserved = last.filter(|id| {
                let event = self.graph.at(*id);
                event.kind == Kind::Request && event.rf == NONE
            });
        }
    }

    /// The fewest preemptions of a schedule, if that is at most `bound`.
    fn fewest(&self, bound: usize, served: &mut Served) -> Option<usize> {
        let mut seen: HashSet<State> = HashSet::new();
        let mut cheap: Vec<State> = vec![vec![0; self.threads.len() + 1].into()];
        let mut dear = Vec::new();
        for preemptions in 0..=bound {
            while let Some(state) = cheap.pop() {
                if !seen.insert(state.clone()) {
                    continue;
                }
                let (done, running) = (&state[..self.threads.len()], state[self.threads.len()]);
                if self.threads.iter().zip(done).all(|(thread, n)| thread.steps.len() == *n as usize) {
                    return Some(preemptions);
                }
                let preempts = self.can_go_on(running, done, served);
                // The running thread last, so that it is tried first.
                let others = (0..self.threads.len() as u32).rev().filter(|t| *t != running);
                for thread in others.chain([running]).filter(|t| self.is_next(*t, done)) {
                    let mut next = state.clone();
                    next[thread as usize] += 1;
                    let switches = thread != running && !self.threads[thread as usize].is_end;
                    if switches {
                        next[self.threads.len()] = thread;
                    }
                    if preempts && switches { &mut dear } else { &mut cheap }.push(next);
                }
            }
            std::mem::swap(&mut cheap, &mut dear);
        }
        None
    }

    /// Whether the thread's next step may be the next of the schedule.
    fn is_next(&self, thread: u32, done: &[u32]) -> bool {
        let step = self.threads[thread as usize].steps.get(done[thread as usize] as usize);
        step.is_some_and(|step| {
            self.has_come(step.instants.1, done)
                && step.after.iter().all(|(t, n)| *t == thread || done[*t as usize] > *n)
        })
    }

    /// Whether so many ticks of the clock may have been, since all is done that was before the last of them.
    fn has_come(&self, instant: usize, done: &[u32]) -> bool {
        let last = instant.checked_sub(1).map(|tick| &self.ticks[tick]);
        last.is_none_or(|before| before.iter().zip(done).all(|(n, done)| n <= done))
    }

    /// Whether to switch away from the thread is a preemption.
    fn can_go_on(&self, thread: u32, done: &[u32], served: &mut Served) -> bool {
        let (number, thread) = (done[thread as usize], &self.threads[thread as usize]);
        let request = match thread.steps.get(number as usize) {
            // It sleeps, or else it would have come to that before the clock ticked.
            Some(step) if !self.has_come(step.instants.0, done) => return false,
            Some(step) => match self.graph.at(step.event) {
                grant if grant.kind == Kind::Grant => grant.rf,
                event if event.lets_others_go_first() => return false,
                event if matches!(event.kind, Kind::Woken | Kind::Join) || event.awaits() => {
                    return step.after.iter().all(|(t, n)| done[*t as usize] > *n);
                }
                _ => return true,
            },
            None => match thread.unserved {
                Some(request) => request,
                None => return false,
            },
        };
        let grants = &self.grants[self.graph.at(request).loc as usize];
        let before = grants.partition_point(|(t, n)| done[*t as usize] > *n);
        serves_in_time(self.graph, request, before as u32, served)
    }
}

/// The events of other steps that are directly before the step whose last event is `id`.
fn before(graph: &Graph, id: Id, within: impl Fn(Id) -> bool) -> impl Iterator<Item = Id> {
    let event = *graph.at(id);
    let mut before = Vec::new();
    let source = match event.kind {
        Kind::Read | Kind::Update | Kind::Hint | Kind::Woken => event.rf,
        Kind::UpdateWrite => graph.source_of_writing_half(&event),
        Kind::Join => graph.lanes[event.loc as usize].events.last().copied().unwrap_or_else(|| {
            match graph.lanes[event.loc as usize].owner {
                Owner::Thread(spawn) => spawn,
                _ => NONE,
            }
        }),
        Kind::End => {
            let waited_for =
                graph.threads.iter().filter(|t| **t != event.lane && !graph.lanes[**t as usize].daemon);
            let last = |t: &u32| graph.lanes[*t as usize].events.last().copied();
            before.extend(waited_for.filter_map(last));
            NONE
        }
        Kind::Grant if event.index > 0 => graph.lanes[event.lane as usize].events[event.index as usize - 1],
        _ => NONE,
    };
    before.push(source);
    if graph.model == MemoryModel::Sc && event.kind.writes() {
        let earlier =
            || (1..event.co_pos).rev().map(|pos| graph.write_at(event.loc, pos)).filter(|w| within(*w));
        let is_hint = |read: Id| graph.at(read).kind == Kind::Hint;
        let last = earlier().next().unwrap_or(NONE);
        before.push(last);
        before.extend(graph.readers(event.loc, last).filter(|r| within(*r) && !is_hint(*r)));
        // A hint may come after idle updates: they are no change for it.
        if let Some(change) = earlier().find(|w| !graph.at(*w).is_idle()).filter(|_| !event.is_idle()) {
            before.extend(graph.readers(event.loc, change).filter(|r| within(*r) && is_hint(*r)));
        }
    }
    before.into_iter().filter(|id| *id != NONE)
}
