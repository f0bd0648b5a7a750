//! Whether calls can be put into a sequence that the specification allows.

use std::collections::BTreeSet;

use super::{Effect, Specification};

/// A call that was made, and what it answered, if it did.
pub(super) struct Made<'a, S: Specification> {
    pub(super) thread: usize,
    pub(super) call: &'a S::Call,
    pub(super) answer: Option<&'a S::Answer>,
}

/// The calls of an execution.
pub(super) struct History<'a, S: Specification> {
    pub(super) specification: &'a S,
    pub(super) calls: Vec<Made<'a, S>>,
    /// For each begin (`2 n` of call `n`) and each end (`2 n + 1`) the set of those that are before it.
    pub(super) order: &'a [u64],
    /// Whether the calls that did not answer are blocked for ever.
    pub(super) is_deadlock: bool,
}

/// How far a call has come in the specification.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Progress<C> {
    /// It has not begun.
    Later,
    /// It has yet to do this.
    Next(C),
    /// It has answered.
    Done,
}

/// What the specification may have come to: its state, and how far each call is.
type Point<S> = (<S as Specification>::State, Vec<Progress<<S as Specification>::Call>>);

impl<S: Specification> History<'_, S> {
    fn start(&self) -> Point<S> {
        (self.specification.initial(), vec![Progress::Later; self.calls.len()])
    }

    /// Whether some sequence of the calls that extends their order is allowed.
    pub(super) fn passes_in_some_sequence(&self) -> bool {
        let (state, mut progress) = self.start();
        for (progress, made) in progress.iter_mut().zip(&self.calls) {
            *progress = Progress::Next(made.call.clone());
        }
        // An end is a bit of the order at an odd place.
        let ended = |n: usize| 1 << (2 * n + 1);
        let mut seen = BTreeSet::new();
        let mut open = vec![(state, progress)];
        while let Some(point) = open.pop() {
            if self.is_explained(&point) {
                return true;
            }
            if seen.contains(&point) {
                continue;
            }
            let done = (0..self.calls.len())
                .filter(|n| point.1[*n] == Progress::Done)
                .fold(0, |set, n| set | ended(n));
            let ends = 0xAAAA_AAAA_AAAA_AAAA;
            let may_step = |n: usize| self.order[2 * n] & ends & !done == 0;
            open.extend(self.steps(&point, may_step));
            seen.insert(point);
        }
        false
    }

    /// Whether in every schedule that keeps the order some sequence is allowed that keeps the schedule's order.
    pub(super) fn passes_in_every_schedule(&self) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![(0u64, BTreeSet::from([self.start()]))];
        while let Some((mut past, mut points)) = open.pop() {
            // What can end ends: a schedule in which it ends later allows no fewer sequences.
            while let Some(n) = (0..self.calls.len()).find(|n| self.can_end(*n, past)) {
                points = self.saturated(points);
                points.retain(|(_, progress)| progress[n] == Progress::Done);
                past |= 1 << (2 * n + 1);
            }
            if points.is_empty() {
                return false;
            }
            let before = open.len();
            for n in (0..self.calls.len()).filter(|n| is_next(2 * n, past, self.order)) {
                let begun = points.iter().cloned().map(|(state, mut progress)| {
                    progress[n] = Progress::Next(self.calls[n].call.clone());
                    (state, progress)
                });
                let next = (past | 1 << (2 * n), begun.collect());
                if !seen.contains(&next) {
                    seen.insert(next.clone());
                    open.push(next);
                }
            }
            let all_begun = (0..self.calls.len()).all(|n| past & 1 << (2 * n) != 0);
            if open.len() == before
                && all_begun
                && !self.saturated(points).iter().any(|point| self.is_explained(point))
            {
                return false;
            }
        }
        true
    }

    fn can_end(&self, n: usize, past: u64) -> bool {
        self.calls[n].answer.is_some() && past & 1 << (2 * n) != 0 && is_next(2 * n + 1, past, self.order)
    }

    /// The points, and what those come to whose calls have begun.
    fn saturated(&self, points: BTreeSet<Point<S>>) -> BTreeSet<Point<S>> {
        let mut open: Vec<_> = points.iter().cloned().collect();
        let mut all = points;
        while let Some(point) = open.pop() {
            for next in self.steps(&point, |_| true) {
                if all.insert(next.clone()) {
                    open.push(next);
                }
            }
        }
        all
    }

    /// Where the next effect of a call of which `may_step` is true leads, or one of the object itself.
    ///
    /// A call that did not answer does not come to its answer: it would have returned.
    fn steps(&self, (state, progress): &Point<S>, may_step: impl Fn(usize) -> bool) -> Vec<Point<S>> {
        let mut next: Vec<Point<S>> =
            self.specification.by_itself(state).into_iter().map(|state| (state, progress.clone())).collect();
        for (n, made) in self.calls.iter().enumerate() {
            let Progress::Next(call) = &progress[n] else { continue };
            if !may_step(n) {
                continue;
            }
            for effect in self.specification.apply(state, made.thread, call) {
                let (state, its) = match effect {
                    Effect::Returns(state, answer) if made.answer == Some(&answer) => (state, Progress::Done),
                    Effect::Returns(..) => continue,
                    Effect::Continues(state, call) => (state, Progress::Next(call)),
                };
                let mut progress = progress.clone();
                progress[n] = its;
                next.push((state, progress));
            }
        }
        next
    }

    /// Whether all that answered has done so here, and what is blocked for ever is blocked.
    fn is_explained(&self, (state, progress): &Point<S>) -> bool {
        let explained = |(made, progress): (&Made<'_, S>, &Progress<S::Call>)| match (made.answer, progress) {
            (Some(_), progress) => *progress == Progress::Done,
            (None, Progress::Next(call)) if self.is_deadlock => {
                self.specification.apply(state, made.thread, call).is_empty()
            }
            (None, _) => true,
        };
        self.calls.iter().zip(progress).all(explained)
            && (!self.is_deadlock || self.specification.by_itself(state).is_empty())
    }
}

/// Whether a mark is not in `past`, and all before it are.
fn is_next(mark: usize, past: u64, order: &[u64]) -> bool {
    past & 1 << mark == 0 && order[mark] & !past == 0
}
