//! When calls of the model's own begin and end in an execution: marks between the events of a thread.
//!
//! A mark is a place in its thread's program order and no event. So marks add no execution to an exploration, and two
//! marks are as ordered as the events around them are: a mark is before another where the next event of the first one's
//! thread is before the last event that the other's thread did before it.

use std::any::Any;

use super::event::Id;
use super::graph::{Graph, MemoryModel};

/// The begin or the end of a call.
#[derive(Clone, Copy, Debug)]
struct Mark {
    lane: u32,
    /// How many events its thread had done.
    at: u32,
}

/// A call that was made.
pub(crate) struct Made {
    /// The number by which the marking code knows it.
    pub(crate) call: usize,
    begin: Mark,
    end: Option<(Mark, Box<dyn Any>)>,
}

impl Made {
    /// What it answered, if it did.
    pub(crate) fn answer(&self) -> Option<&dyn Any> {
        self.end.as_ref().map(|(_, answer)| &**answer)
    }
}

/// The calls of an execution, in no order that means anything.
#[derive(Default)]
pub(crate) struct Calls(Vec<Made>);

impl Calls {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The thread in `lane` begins a call when it has done `at` events.
    pub(crate) fn begin(&mut self, call: usize, lane: u32, at: u32) {
        self.0.push(Made { call, begin: Mark { lane, at }, end: None });
    }

    pub(crate) fn end(&mut self, call: usize, lane: u32, at: u32, answer: Box<dyn Any>) {
        let made = self.0.iter_mut().find(|made| made.call == call).expect("a call ends that was begun");
        made.end = Some((Mark { lane, at }, answer));
    }

    pub(crate) fn history<'a>(&'a self, graph: &'a Graph, is_deadlock: bool) -> History<'a> {
        History { calls: &self.0, graph, is_deadlock }
    }
}

/// The calls of an execution that has ended.
pub(crate) struct History<'a> {
    pub(crate) calls: &'a [Made],
    graph: &'a Graph,
    /// Whether the execution ended because nobody could go on.
    pub(crate) is_deadlock: bool,
}

impl History<'_> {
    /// Whether the graph stands for interleavings: every access in one order.
    pub(crate) fn interleaves(&self) -> bool {
        self.graph.model == MemoryModel::Sc
    }

    /// For each mark, the set of those before it: in the order of sequential consistency, if the graph stands for
    /// interleavings, and in happens-before otherwise. The call at place `n` of [`History::calls`] begins with the mark
    /// `2 n` and ends with the mark `2 n + 1`.
    pub(crate) fn order(&self) -> Vec<u64> {
        let marks: Vec<(usize, Mark)> = (0..)
            .zip(self.calls)
            .flat_map(|(n, made)| {
                let end = made.end.as_ref().map(|(mark, _)| (2 * n + 1, *mark));
                [Some((2 * n, made.begin)), end].into_iter().flatten()
            })
            .collect();
        let mut before = vec![0; 2 * self.calls.len()];
        for (n, mark) in &marks {
            let front = self.graph.frontier(mark.lane, mark.at);
            let is_before = |(other_n, other): &&(usize, Mark)| {
                if other.lane == mark.lane {
                    // The calls of one thread are in the order in which it made them.
                    return other_n < n;
                }
                front.is_some_and(|front| self.is_before(*other, front))
            };
            before[*n] = marks.iter().filter(is_before).fold(0, |set, (other, _)| set | 1 << other);
        }
        before
    }

    /// Whether the event after `mark` in its thread is before `event`, or is it. A thread that has ended has an event more.
    fn is_before(&self, mark: Mark, event: Id) -> bool {
        let counts = |row: &[u32]| row[mark.lane as usize] > mark.at;
        counts(self.graph.hb(event)) || self.interleaves() && counts(self.graph.interleaved(event))
    }
}

/// Says what is wrong with the calls of an execution, if anything is. Where there is a judge, an execution in which nobody can
/// go on fails only if the judge says so.
pub(crate) trait Judge: Send + Sync {
    fn judge(&self, history: &History<'_>) -> Option<String>;
}
