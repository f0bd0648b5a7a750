//! The order of a graph's events that a reader follows best: the one with the fewest switches, and then the fewest
//! preemptions, of those that the graph leaves open.
//!
//! An order is found by depth-first search over how far each thread has come. A thread that goes on goes on as far as
//! it can: what it does earlier holds nobody up, and so costs no switch. It is also tried to stop at a hint, which is the
//! thread's own offer to be switched away from, and saves a preemption. The cost of what is left depends on how far each thread has come and who ran last alone, so
//! it is kept; when the search has looked at enough, what is left is taken as it comes.

use std::collections::HashMap;

use super::event::{Id, Kind, NONE};
use super::explore::serves_in_time;
use super::graph::{Graph, Owner};
use crate::objects::Served;

/// How many states the search looks at.
const BUDGET: usize = 50_000;

/// How many it looks at where one execution of many is compared with others.
const GLANCE: usize = 500;

/// Graphs with more events than this are ordered without a search.
const SEARCHED: usize = 400;

/// Switches and preemptions of an order; the fewest switches are the least cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cost {
    pub(crate) switches: u32,
    /// Switches away from a thread that could have gone on.
    pub(crate) preemptions: u32,
}

impl std::ops::Add for Cost {
    type Output = Cost;

    fn add(self, other: Cost) -> Cost {
        Cost { switches: self.switches + other.switches, preemptions: self.preemptions + other.preemptions }
    }
}

/// What a thread does in one go: an event; an update with both its halves; a request with its grant.
struct Atom {
    event: Id,
    /// How many atoms of each thread come first.
    needs: Box<[u32]>,
}

/// A graph's events by thread, and what must come before what.
pub(crate) struct Orders<'a> {
    graph: &'a Graph,
    /// Of each thread of `graph.threads`.
    atoms: Vec<Vec<Atom>>,
    /// The thread and number of each event's atom.
    atom_of: Vec<Option<(u32, u32)>>,
    /// Whether a thread that has done its events could still go on.
    goes_on: Vec<bool>,
    /// Whether an interleaving shows the graph.
    interleaves: bool,
}

/// How far each thread has come.
type Progress = Vec<u32>;

/// How far each thread has come, and who ran last.
type State = (Progress, Option<usize>);

/// Who goes on, and how far.
type Way = (usize, u32);

impl<'a> Orders<'a> {
    /// The orders of the first `limit` events of each lane, which are closed under program order and reads-from.
    /// `goes_on`: whether a thread could do more than that.
    pub(crate) fn new(graph: &'a Graph, limit: &[u32], goes_on: impl Fn(u32) -> bool) -> Self {
        let mut orders = Orders {
            graph,
            atoms: Vec::new(),
            atom_of: vec![None; graph.events.len()],
            goes_on: graph.threads.iter().map(|t| goes_on(*t)).collect(),
            interleaves: true,
        };
        for (t, lane) in (0..).zip(&graph.threads) {
            let events = &graph.lanes[*lane as usize].events;
            let mut atoms: Vec<Atom> = Vec::new();
            for event in &events[..limit[*lane as usize] as usize] {
                if graph.at(*event).kind != Kind::UpdateWrite {
                    atoms.push(Atom { event: *event, needs: Box::default() });
                }
                let number = atoms.len() as u32 - 1;
                orders.atom_of[*event as usize] = Some((t, number));
                let grant = graph.at(*event).rf;
                if graph.at(*event).kind == Kind::Request && grant != NONE {
                    orders.atom_of[grant as usize] = Some((t, number));
                }
            }
            orders.atoms.push(atoms);
        }
        // Where no interleaving shows the graph, any order will do in which sources come before what reads from them.
        if !orders.need(true) {
            orders.interleaves = false;
            orders.need(false);
        }
        orders
    }

    /// Whether some interleaving shows the graph, in which every read sees the latest write: then it is sequentially
    /// consistent.
    pub(crate) fn interleaves(&self) -> bool {
        self.interleaves
    }

    /// Finds what each atom needs; `interleaves`: that reads see the latest write, too. Returns whether an order has it all.
    fn need(&mut self, interleaves: bool) -> bool {
        for t in 0..self.atoms.len() {
            for i in 0..self.atoms[t].len() {
                let mut needs = vec![0; self.atoms.len()];
                let event = self.atoms[t][i].event;
                self.needs_of(event, interleaves, &mut needs);
                if self.graph.at(event).kind == Kind::Update {
                    let half = self.graph.lanes[self.graph.at(event).lane as usize]
                        .events
                        .get(self.graph.at(event).index as usize + 1);
                    if let Some(half) = half.filter(|half| self.graph.at(**half).kind == Kind::UpdateWrite) {
                        self.needs_of(*half, interleaves, &mut needs);
                    }
                }
                needs[t] = 0;
                self.atoms[t][i].needs = needs.into();
            }
        }
        let mut progress = vec![0; self.atoms.len()];
        while let Some(t) = (0..self.atoms.len()).find(|t| self.is_ready(*t, &progress)) {
            progress[t] = self.furthest(t, &progress);
        }
        self.is_all(&progress)
    }

    fn needs_of(&self, id: Id, interleaves: bool, needs: &mut [u32]) {
        let graph = self.graph;
        let event = graph.at(id);
        let mut need = |x: Id| {
            if let Some((t, number)) = self.atom_of.get(x as usize).copied().flatten() {
                needs[t as usize] = needs[t as usize].max(number + 1);
            }
        };
        // The clock goes on when nobody else does: what is after a tick comes after all that is before it.
        if let Some(tick) = graph.last_tick_before(id) {
            for (lane, count) in graph.lanes.iter().zip(graph.porf(tick)) {
                lane.events[..*count as usize].last().into_iter().for_each(|e| need(*e));
            }
        }
        if event.index == 0
            && let Owner::Thread(spawn) = graph.lanes[event.lane as usize].owner
        {
            need(spawn);
        }
        match event.kind {
            Kind::Request => {
                let grants = &graph.lanes[event.loc as usize].events;
                match event.rf {
                    // Who is never served asks last.
                    NONE => grants.iter().for_each(|g| need(*g)),
                    grant => {
                        grants[..graph.at(grant).index as usize].last().into_iter().for_each(|g| need(*g))
                    }
                }
            }
            Kind::Join => graph.lanes[event.loc as usize].events.iter().for_each(|e| need(*e)),
            Kind::Write | Kind::UpdateWrite if interleaves => {
                let (loc, mut is_first) = (event.loc, true);
                for pos in (0..event.co_pos).rev() {
                    let before = graph.write_at(loc, pos);
                    for read in graph.readers(loc, before) {
                        // A hint may come after idle updates: they are no change for it.
                        if if graph.at(read).kind == Kind::Hint { !event.is_idle() } else { is_first } {
                            need(read);
                        }
                    }
                    if before != NONE && self.atom_of[before as usize].is_some() {
                        if std::mem::take(&mut is_first) {
                            need(before);
                        }
                        if event.is_idle() || !graph.at(before).is_idle() {
                            break;
                        }
                    }
                }
            }
            _ if event.rf != NONE => need(event.rf),
            _ => {}
        }
    }

    fn is_ready(&self, t: usize, progress: &[u32]) -> bool {
        let next = self.atoms[t].get(progress[t] as usize);
        next.is_some_and(|atom| atom.needs.iter().zip(progress).all(|(need, have)| need <= have))
    }

    fn is_all(&self, progress: &[u32]) -> bool {
        self.atoms.iter().zip(progress).all(|(atoms, have)| atoms.len() == *have as usize)
    }

    /// How far `t` comes alone.
    fn furthest(&self, t: usize, progress: &[u32]) -> u32 {
        let mut progress = progress.to_vec();
        while self.is_ready(t, &progress) {
            progress[t] += 1;
        }
        progress[t]
    }

    /// Where `t` may stop, the furthest first.
    fn stops(&self, t: usize, progress: &[u32]) -> Vec<u32> {
        let furthest = self.furthest(t, progress);
        let offers = |n: &u32| self.graph.at(self.atoms[t][*n as usize].event).lets_others_go_first();
        let mut stops = vec![furthest];
        stops.extend((progress[t] + 1..furthest).rev().filter(offers));
        stops
    }

    /// What it costs to switch away from `t`.
    fn switch(&self, t: usize, progress: &[u32]) -> Cost {
        Cost { switches: 1, preemptions: self.preempts(t, progress).into() }
    }

    fn preempts(&self, t: usize, progress: &[u32]) -> bool {
        let Some(next) = self.atoms[t].get(progress[t] as usize) else { return self.goes_on[t] };
        let event = self.graph.at(next.event);
        match event.kind {
            _ if event.lets_others_go_first() => false,
            Kind::Join | Kind::Woken => self.is_ready(t, progress),
            Kind::Request => {
                let grants = &self.graph.lanes[event.loc as usize].events;
                let done = |g: &&Id| {
                    self.atom_of[**g as usize].is_some_and(|(t, number)| number < progress[t as usize])
                };
                let number = grants.iter().take_while(done).count() as u32;
                serves_in_time(self.graph, next.event, number, &mut Served::default())
            }
            _ => true,
        }
    }

    /// The cost of an order, after which the thread in the lane `then` runs.
    pub(crate) fn cost(&self, order: impl IntoIterator<Item = Id>, then: Option<u32>) -> Cost {
        let mut progress = vec![0; self.atoms.len()];
        let (mut cost, mut last) = (Cost::default(), None);
        for id in order {
            let Some((t, number)) = self.atom_of[id as usize] else { continue };
            let t = t as usize;
            if self.atoms[t][number as usize].event != id {
                continue;
            }
            if let Some(before) = last.replace(t).filter(|before| *before != t) {
                cost = cost + self.switch(before, &progress);
            }
            progress[t] += 1;
        }
        match (last, then) {
            (Some(last), Some(then)) if self.graph.threads[last] != then => {
                cost + self.switch(last, &progress)
            }
            _ => cost,
        }
    }

    /// How many steps there are.
    pub(crate) fn steps(&self) -> usize {
        self.atoms.iter().map(Vec::len).sum()
    }

    /// The order with the least cost that is found: the first event of each atom.
    pub(crate) fn best(&self) -> Vec<Id> {
        self.best_of(BUDGET)
    }

    /// As [`Orders::best`], of fewer: enough to compare executions.
    pub(crate) fn good(&self) -> Vec<Id> {
        self.best_of(GLANCE)
    }

    fn best_of(&self, budget: usize) -> Vec<Id> {
        let budget = if self.steps() > SEARCHED { 0 } else { budget };
        let mut search = Search { orders: self, known: HashMap::new(), budget };
        let mut progress: Progress = vec![0; self.atoms.len()];
        let (mut order, mut last) = (Vec::new(), None);
        search.cost(&progress, last);
        while !self.is_all(&progress) {
            let known = search.known.get(&(progress.clone(), last)).map(|(_, next)| *next);
            let Some((t, stop)) = known.or_else(|| self.easiest(&progress, last)) else { break };
            order.extend(self.atoms[t][progress[t] as usize..stop as usize].iter().map(|a| a.event));
            progress[t] = stop;
            last = Some(t);
        }
        order
    }

    /// Who goes on where nobody searches: the one that comes furthest, and the last one only where there is no other.
    fn easiest(&self, progress: &[u32], last: Option<usize>) -> Option<Way> {
        let ready = (0..self.atoms.len()).filter(|t| self.is_ready(*t, progress));
        let ways = ready.map(|t| (t, self.furthest(t, progress)));
        ways.min_by_key(|(t, stop)| (Some(*t) == last, std::cmp::Reverse(stop - progress[*t])))
    }
}

struct Search<'a, 'g> {
    orders: &'a Orders<'g>,
    /// What is left costs this, where this is done next.
    known: HashMap<State, (Cost, Way)>,
    budget: usize,
}

impl Search<'_, '_> {
    /// The least cost that is found of what is left.
    fn cost(&mut self, progress: &Progress, last: Option<usize>) -> Cost {
        if self.orders.is_all(progress) {
            return Cost::default();
        }
        if let Some((cost, _)) = self.known.get(&(progress.clone(), last)) {
            return *cost;
        }
        if self.budget == 0 {
            return self.cost_of_easiest(progress.clone(), last);
        }
        self.budget -= 1;
        let leaves = last.map_or(Cost::default(), |last| self.orders.switch(last, progress));
        let mut best: Option<(Cost, Way)> = None;
        for t in 0..self.orders.atoms.len() {
            if Some(t) == last || !self.orders.is_ready(t, progress) {
                continue;
            }
            for stop in self.orders.stops(t, progress) {
                let mut next = progress.clone();
                next[t] = stop;
                let cost = leaves + self.cost(&next, Some(t));
                if best.is_none_or(|(least, _)| cost < least) {
                    best = Some((cost, (t, stop)));
                }
            }
        }
        // A thread that stopped at a hint may be the only one that can go on.
        let Some((cost, next)) = best else { return Cost { switches: u32::MAX / 2, preemptions: 0 } };
        self.known.insert((progress.clone(), last), (cost, next));
        cost
    }

    fn cost_of_easiest(&self, mut progress: Progress, mut last: Option<usize>) -> Cost {
        let mut cost = Cost::default();
        while let Some((t, stop)) = self.orders.easiest(&progress, last) {
            if let Some(before) = last.filter(|before| *before != t) {
                cost = cost + self.orders.switch(before, &progress);
            }
            progress[t] = stop;
            last = Some(t);
        }
        cost
    }
}
