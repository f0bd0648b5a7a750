//! Whether the calls of a history can be put into one sequence that the specification allows.

use std::collections::BTreeSet;

use super::judge::Numbered;
use super::{Effect, Specification};

/// How far a call has come in the specification.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Progress<C, A> {
    /// It has not begun.
    Later,
    /// It has yet to do this.
    Next(C),
    /// It will return this.
    Answered(A),
    /// It has returned.
    Over,
}

/// What the specification may have come to: its state, and how far each call is, by its number.
pub(super) type Point<S> =
    (<S as Specification>::State, Vec<Progress<<S as Specification>::Call, <S as Specification>::Answer>>);

/// The calls of an execution.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct History<A> {
    /// The number of each call that was made, and what it answered, if it did.
    pub(super) made: Vec<(usize, Option<A>)>,
    /// For each begin (`2 n` of the call at place `n`) and each end (`2 n + 1`) the set of those that are before it.
    pub(super) order: Vec<u64>,
    /// Whether the calls that did not answer are blocked forever.
    pub(super) is_deadlock: bool,
}

/// A specification and the calls of a client.
pub(super) struct Calls<S: Specification> {
    pub(super) specification: S,
    pub(super) calls: Vec<Numbered<S::Call>>,
}

impl<S: Specification> Calls<S> {
    pub(super) fn start(&self) -> Point<S> {
        (self.specification.initial(), vec![Progress::Later; self.calls.len()])
    }

    pub(super) fn begin(&self, (_, progress): &mut Point<S>, number: usize) {
        progress[number] = Progress::Next(self.calls[number].call.clone());
    }

    /// Where the next effect of a call leads of which `may_step` is true, or one of the object itself. `answered` says what
    /// becomes of a call that comes to an answer; nothing where it is not to.
    pub(super) fn steps(
        &self,
        (state, progress): &Point<S>,
        may_step: impl Fn(usize) -> bool,
        answered: impl Fn(usize, S::Answer) -> Option<Progress<S::Call, S::Answer>>,
    ) -> Vec<Point<S>> {
        let by_itself = self.specification.by_itself(state).into_iter();
        let mut next: Vec<Point<S>> = by_itself.map(|state| (state, progress.clone())).collect();
        for (n, Numbered { thread, .. }) in self.calls.iter().enumerate() {
            let Progress::Next(call) = &progress[n] else { continue };
            if !may_step(n) {
                continue;
            }
            for effect in self.specification.apply(state, *thread, call) {
                let (state, its) = match effect {
                    Effect::Returns(state, answer) => (state, answered(n, answer)),
                    Effect::Continues(state, call) => (state, Some(Progress::Next(call))),
                };
                if let Some(its) = its {
                    let mut progress = progress.clone();
                    progress[n] = its;
                    next.push((state, progress));
                }
            }
        }
        next
    }

    /// Whether a history may end here, all of whose answers were given: nobody is blocked whom the specification lets go on.
    pub(super) fn may_end(&self, (state, progress): &Point<S>, is_deadlock: bool) -> bool {
        let blocked =
            |(Numbered { thread, .. }, progress): (&Numbered<S::Call>, &Progress<_, _>)| match progress {
                Progress::Next(call) => self.specification.apply(state, *thread, call).is_empty(),
                Progress::Answered(_) => false,
                Progress::Later | Progress::Over => true,
            };
        !is_deadlock
            || self.calls.iter().zip(progress).all(blocked) && self.specification.by_itself(state).is_empty()
    }

    /// Whether some sequence of the calls that extends their order is allowed.
    pub(super) fn has_sequence(&self, history: &History<S::Answer>) -> bool {
        let made = &history.made;
        // Of each call, what it answered, and which ends are before its begin. An end is a bit at an odd place.
        let ends = 0xAAAA_AAAA_AAAA_AAAA;
        let mut of = vec![(None, 0); self.calls.len()];
        let mut start = self.start();
        for (place, (number, answer)) in made.iter().enumerate() {
            of[*number] = (answer.as_ref(), history.order[2 * place] & ends);
            self.begin(&mut start, *number);
        }
        let (mut seen, mut open) = (BTreeSet::new(), vec![start]);
        while let Some(point) = open.pop() {
            let is_over = |(number, _): &(usize, _)| point.1[*number] == Progress::Over;
            let over = (0..).zip(made).filter(|(_, made)| is_over(made));
            let over = over.fold(0, |set, (place, _): (usize, _)| set | 2 << (2 * place));
            if made.iter().all(|made| made.1.is_none() || is_over(made))
                && self.may_end(&point, history.is_deadlock)
            {
                return true;
            }
            if seen.contains(&point) {
                continue;
            }
            let may_step = |n: usize| of[n].1 & !over == 0;
            // A call that did not answer does not come to an answer: it would have returned.
            let answered = |n: usize, answer| (of[n].0 == Some(&answer)).then_some(Progress::Over);
            open.extend(self.steps(&point, may_step, answered));
            seen.insert(point);
        }
        false
    }
}
