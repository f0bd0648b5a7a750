//! From an execution's marks to a verdict on its history, each history once.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Specification;
use super::schedules::Monitor;
use super::sequences::{Calls, History};
use crate::engine;

/// A call, and who makes it.
pub(super) struct Numbered<C> {
    pub(super) thread: usize,
    pub(super) call: C,
}

/// Judges the executions of a client.
pub(super) struct Linearizable<S: Specification> {
    calls: Calls<S>,
    known: Mutex<Known<S>>,
}

/// What was found out in earlier executions.
struct Known<S: Specification> {
    /// The histories that passed, with whether they stand for interleavings. Many executions have the same.
    passed: BTreeSet<(bool, History<S::Answer>)>,
    monitor: Monitor<S>,
}

impl<S: Specification> Linearizable<S> {
    pub(super) fn new(specification: S, calls: Vec<Numbered<S::Call>>) -> Self {
        let calls = Calls { specification, calls };
        let known = Known { passed: BTreeSet::new(), monitor: Monitor::new(&calls) };
        Linearizable { calls, known: Mutex::new(known) }
    }

    fn known(&self) -> MutexGuard<'_, Known<S>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn passes(&self, interleaves: bool, history: &History<S::Answer>) -> bool {
        if interleaves {
            self.known().monitor.allows_every_schedule(&self.calls, history)
        } else {
            self.calls.has_sequence(history)
        }
    }

    /// A sentence on a history that does not pass.
    fn told(&self, interleaves: bool, history: History<S::Answer>) -> String {
        // Do the answers have a sequence, if it does not matter who is blocked at its end?
        let history = History { is_deadlock: false, ..history };
        let mut text = match self.passes(interleaves, &history) {
            true => "a call is blocked that the specification lets go on".to_owned(),
            false => "no sequence of the calls has these answers".to_owned(),
        };
        let threads: BTreeSet<_> = self.calls.calls.iter().map(|call| call.thread).collect();
        for thread in threads {
            let its = history.made.iter().map(|(number, answer)| (&self.calls.calls[*number], answer));
            let its =
                its.filter(|(numbered, _)| numbered.thread == thread).map(
                    |(numbered, answer)| match answer {
                        Some(answer) => format!("{:?} answers {answer:?}", numbered.call),
                        None => format!("{:?} is blocked", numbered.call),
                    },
                );
            let its: Vec<_> = its.collect();
            if !its.is_empty() {
                let name = if thread == 0 { "MainThread".to_owned() } else { format!("thread {thread}") };
                write!(text, "; {name}: {}", its.join(", ")).expect("a string takes any text");
            }
        }
        text
    }
}

impl<S: Specification> engine::Judge for Linearizable<S> {
    fn judge(&self, history: &engine::History<'_>) -> Option<String> {
        let answer = |made: &engine::Made| {
            let answer = made.answer()?.downcast_ref::<S::Answer>();
            Some(answer.expect("a call answers what the specification's calls answer").clone())
        };
        let made: Vec<_> = history.calls.iter().map(|made| (made.call, answer(made))).collect();
        if history.is_deadlock && made.iter().all(|(_, answer)| answer.is_some()) {
            return Some("nobody can go on, and no call of the client waits".to_owned());
        }
        let interleaves = history.interleaves();
        let order = history.order();
        let seen = (interleaves, History { made, order, is_deadlock: history.is_deadlock });
        if self.known().passed.contains(&seen) {
            return None;
        }
        if !self.passes(interleaves, &seen.1) {
            return Some(self.told(interleaves, seen.1));
        }
        self.known().passed.insert(seen);
        None
    }
}
