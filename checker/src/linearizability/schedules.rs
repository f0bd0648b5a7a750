//! Whether every schedule of a graph is one of the specification.
//!
//! What the specification may have come to after some begins and ends depends on them alone, and not on what the graph lets
//! follow. So it is computed once for all executions of a client: a monitor, whose nodes are sets of points.

use std::collections::{BTreeMap, BTreeSet};

use super::Specification;
use super::sequences::{Calls, History, Point, Progress};

/// What is seen of a call, by its number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Seen<A> {
    Begin(usize),
    End(usize, A),
}

/// A node of the monitor.
type Node = usize;

/// The node from which no schedule goes on.
const NOWHERE: Node = 0;

/// The node before anything is seen.
const START: Node = 1;

/// Follows schedules.
pub(super) struct Monitor<S: Specification> {
    /// The points of each node; a set is kept once.
    nodes: Vec<BTreeSet<Point<S>>>,
    numbers: BTreeMap<BTreeSet<Point<S>>, Node>,
    next: BTreeMap<(Node, Seen<S::Answer>), Node>,
}

impl<S: Specification> Monitor<S> {
    pub(super) fn new(calls: &Calls<S>) -> Self {
        let nodes = vec![BTreeSet::new(), BTreeSet::from([calls.start()])];
        let numbers = nodes.iter().cloned().zip(NOWHERE..).collect();
        Monitor { nodes, numbers, next: BTreeMap::new() }
    }

    /// Whether in every schedule that keeps the history's order some sequence of the calls is allowed that keeps the order of
    /// the schedule.
    pub(super) fn allows_every_schedule(&mut self, calls: &Calls<S>, history: &History<S::Answer>) -> bool {
        let History { made, order, is_deadlock } = history;
        let is_next = |mark: usize, past: u64| past & 1 << mark == 0 && order[mark] & !past == 0;
        let (mut seen, mut open) = (BTreeSet::new(), vec![(0u64, START)]);
        while let Some((mut past, mut node)) = open.pop() {
            // What can end ends: a schedule in which it ends later allows no fewer sequences.
            let can_end = |place: &usize, past| past & 1 << (2 * place) != 0 && is_next(2 * place + 1, past);
            while let Some((place, (number, answer))) = made
                .iter()
                .enumerate()
                .filter_map(|(place, (number, answer))| Some((place, (*number, answer.as_ref()?))))
                .find(|(place, _)| can_end(place, past))
            {
                node = self.after(calls, node, Seen::End(number, answer.clone()));
                past |= 2 << (2 * place);
            }
            if node == NOWHERE {
                return false;
            }
            let begins = |place: &usize| is_next(2 * place, past);
            for place in (0..made.len()).filter(begins) {
                let next = (past | 1 << (2 * place), self.after(calls, node, Seen::Begin(made[place].0)));
                if seen.insert(next) {
                    open.push(next);
                }
            }
            let all_begun = (0..made.len()).all(|place| past & 1 << (2 * place) != 0);
            if all_begun && *is_deadlock && !self.may_end(calls, node) {
                return false;
            }
        }
        true
    }

    /// Whether a deadlock at this node is one of the specification.
    fn may_end(&self, calls: &Calls<S>, node: Node) -> bool {
        saturated(calls, &self.nodes[node]).iter().any(|point| calls.may_end(point, true))
    }

    /// The node to which one more begin or end leads.
    fn after(&mut self, calls: &Calls<S>, node: Node, seen: Seen<S::Answer>) -> Node {
        let step = (node, seen);
        if let Some(next) = self.next.get(&step) {
            return *next;
        }
        let points = match &step.1 {
            Seen::Begin(number) => {
                let begun = self.nodes[node].iter().cloned().map(|mut point| {
                    calls.begin(&mut point, *number);
                    point
                });
                begun.collect()
            }
            Seen::End(number, answer) => {
                let answered = Progress::Answered(answer.clone());
                let points = saturated(calls, &self.nodes[node]).into_iter();
                let ended = points.filter(|(_, progress)| progress[*number] == answered);
                let over = ended.map(|(state, mut progress)| {
                    progress[*number] = Progress::Over;
                    (state, progress)
                });
                over.collect::<BTreeSet<_>>()
            }
        };
        let next = match self.numbers.get(&points) {
            Some(known) => *known,
            None => {
                self.nodes.push(points.clone());
                self.numbers.insert(points, self.nodes.len() - 1);
                self.nodes.len() - 1
            }
        };
        self.next.insert(step, next);
        next
    }
}

/// The points, and all that they come to by effects of calls that have begun.
fn saturated<S: Specification>(calls: &Calls<S>, points: &BTreeSet<Point<S>>) -> BTreeSet<Point<S>> {
    let (mut all, mut open) = (points.clone(), points.iter().cloned().collect::<Vec<_>>());
    while let Some(point) = open.pop() {
        for next in calls.steps(&point, |_| true, |_, answer| Some(Progress::Answered(answer))) {
            if !all.contains(&next) {
                all.insert(next.clone());
                open.push(next);
            }
        }
    }
    all
}
