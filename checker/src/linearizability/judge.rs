//! From an execution's marks to a verdict on its history, each history once.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use super::Specification;
use super::sequences::{History, Made};
use crate::engine;

/// A call, and who makes it.
pub(super) struct Numbered<C> {
    pub(super) thread: usize,
    pub(super) call: C,
}

/// Judges the executions of a client.
pub(super) struct Linearizable<S: Specification> {
    specification: S,
    calls: Vec<Numbered<S::Call>>,
    /// The histories that passed. Many executions have the same.
    passed: Mutex<BTreeSet<Shape<S::Answer>>>,
}

/// What a history is judged by.
type Shape<A> = (Vec<(usize, Option<A>)>, Vec<u64>, bool);

impl<S: Specification> Linearizable<S> {
    pub(super) fn new(specification: S, calls: Vec<Numbered<S::Call>>) -> Self {
        Linearizable { specification, calls, passed: Mutex::new(BTreeSet::new()) }
    }

    /// What is wrong with a history, if anything is.
    fn wrong(
        &self,
        made: Vec<(usize, Option<S::Answer>)>,
        order: Vec<u64>,
        is_deadlock: bool,
        interleaves: bool,
    ) -> Option<String> {
        let calls = made.iter().map(|(call, answer)| {
            let Numbered { thread, call } = &self.calls[*call];
            Made { thread: *thread, call, answer: answer.as_ref() }
        });
        let mut history = History {
            specification: &self.specification,
            calls: calls.collect(),
            order: &order,
            is_deadlock,
        };
        let passes = |history: &History<'_, S>| {
            if interleaves { history.passes_in_every_schedule() } else { history.passes_in_some_sequence() }
        };
        if passes(&history) {
            return None;
        }
        // Do the answers have a sequence, if it does not matter who is blocked at its end?
        history.is_deadlock = false;
        let blocked = is_deadlock && passes(&history);
        Some(told(&history, blocked))
    }
}

impl<S: Specification> engine::Judge for Linearizable<S> {
    fn judge(&self, history: &engine::History<'_>) -> Option<String> {
        let answer = |made: &engine::Made| {
            made.answer()
                .map(|answer| answer.downcast_ref::<S::Answer>().expect("what a call answers").clone())
        };
        let made: Vec<_> = history.calls.iter().map(|made| (made.call, answer(made))).collect();
        // Nobody can go on, and it is no call of the client that waits.
        if history.is_deadlock && made.iter().all(|(_, answer)| answer.is_some()) {
            return Some("nobody can go on, and no call is left that could block".to_owned());
        }
        let shape = (made, history.order(), history.is_deadlock);
        if self.passed.lock().unwrap_or_else(PoisonError::into_inner).contains(&shape) {
            return None;
        }
        let wrong = self.wrong(shape.0.clone(), shape.1.clone(), shape.2, history.interleaves());
        if wrong.is_none() {
            self.passed.lock().unwrap_or_else(PoisonError::into_inner).insert(shape);
        }
        wrong
    }
}

/// A sentence on what no sequence explains.
fn told<S: Specification>(history: &History<'_, S>, blocked: bool) -> String {
    let mut text = match blocked {
        true => "a call is blocked that the specification lets go on".to_owned(),
        false => "no sequence of the calls has these answers".to_owned(),
    };
    let mut threads: Vec<_> = history.calls.iter().map(|made| made.thread).collect();
    threads.sort_unstable();
    threads.dedup();
    for thread in threads {
        let name = if thread == 0 { "MainThread".to_owned() } else { format!("thread {thread}") };
        let calls = history.calls.iter().filter(|made| made.thread == thread).map(|made| match made.answer {
            Some(answer) => format!("{:?} answers {answer:?}", made.call),
            None => format!("{:?} is blocked", made.call),
        });
        write!(text, "; {name}: {}", calls.collect::<Vec<_>>().join(", ")).expect("a string takes any text");
    }
    text
}
