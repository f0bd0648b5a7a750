//! How the steps that were told hang together: which happen before which, and whose write each read sees.

use super::event::{Id, Kind, NONE};
use super::graph::Graph;
use crate::report::{Links, Sight};
use crate::trace::Execution;

/// Of the steps of an execution whose graph this is.
pub(super) fn of(graph: &Graph, execution: &Execution) -> Links {
    let mut of_thread = vec![Vec::new(); execution.threads.len()];
    for (at, step) in execution.steps.iter().enumerate() {
        of_thread[step.thread].push(at);
    }
    let steps = Steps { graph, execution, of_thread };
    let mut links = Links::default();
    for at in 0..execution.steps.len() {
        links.after.push(steps.after(at));
        links.sees.push(steps.sees(at));
    }
    links
}

struct Steps<'a> {
    graph: &'a Graph,
    execution: &'a Execution,
    /// The steps of each thread, of which each has done as many events as the one before it, or more.
    of_thread: Vec<Vec<usize>>,
}

impl Steps<'_> {
    fn lane(&self, at: usize) -> u32 {
        self.execution.identities[self.execution.steps[at].thread] as u32
    }

    fn done(&self, at: usize) -> u32 {
        let all = self.graph.lanes[self.lane(at) as usize].events.len() as u32;
        self.execution.done[at].min(all)
    }

    /// How many events of each lane happen before the end of a step.
    fn known(&self, at: usize) -> Option<&[u32]> {
        Some(self.graph.hb(self.graph.frontier(self.lane(at), self.done(at))?))
    }

    /// The step before `before` in which a thread did the last of its first `events` events.
    fn step_of(&self, thread: usize, events: u32, before: usize) -> Option<usize> {
        let own = self.own_before(thread, before);
        let at = own.partition_point(|at| self.execution.done[*at] < events);
        own.get(at).or(own.last()).copied()
    }

    fn own_before(&self, thread: usize, before: usize) -> &[usize] {
        let own = &self.of_thread[thread];
        &own[..own.partition_point(|at| *at < before)]
    }

    fn after(&self, at: usize) -> Vec<usize> {
        let Some(known) = self.known(at) else { return Vec::new() };
        let own = self.execution.steps[at].thread;
        let before = self.own_before(own, at).last().and_then(|i| self.known(*i));
        let others = (0..self.execution.threads.len()).filter(|thread| *thread != own);
        let count = |row: &[u32], thread: usize| row.get(self.execution.identities[thread] as usize).copied();
        let direct: Vec<usize> = others
            .filter_map(|thread| {
                let events = count(known, thread).filter(|n| *n > 0)?;
                let is_news = before.is_none_or(|row| count(row, thread).unwrap_or(0) < events);
                is_news.then(|| self.step_of(thread, events, at)).flatten()
            })
            .collect();
        let follows = |one: usize| {
            let thread = self.execution.steps[one].thread;
            let events = count(known, thread).unwrap_or(0);
            let tells = |other: &usize| {
                *other != one
                    && self.known(*other).is_some_and(|row| count(row, thread).unwrap_or(0) >= events)
            };
            direct.iter().any(tells)
        };
        direct.iter().copied().filter(|one| !follows(*one)).collect()
    }

    fn sees(&self, at: usize) -> Option<Sight> {
        let events = &self.graph.lanes[self.lane(at) as usize].events;
        let own = |n: u32| events.get(n as usize).map(|e: &Id| self.graph.at(*e));
        let last = self.done(at).checked_sub(1)?;
        let event = match own(last)? {
            half if half.kind == Kind::UpdateWrite => own(last.checked_sub(1)?)?,
            event => event,
        };
        if !event.kind.reads() || event.rf == NONE {
            return None;
        }
        let write = self.graph.at(event.rf);
        let thread = self.execution.identities.iter().position(|lane| *lane == u64::from(write.lane))?;
        let ordered = self.known(at).is_some_and(|row| self.graph.contains(event.rf, row));
        Some(Sight { write: self.step_of(thread, write.index + 1, at)?, ordered })
    }
}
