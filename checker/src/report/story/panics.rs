//! An assertion that fails: which of the known causes it has.

use super::{BugClass, LINES, Story, Teller};
use crate::trace::{Place, Step};

impl<'a> Teller<'a> {
    /// The thread whose end the step waits for: the end of a program waits for one after the other.
    pub(super) fn joined(&self, step: &Step) -> Option<usize> {
        if !step.operation.starts_with("join") && step.operation != "exit" {
            return None;
        }
        let began = self.steps.iter().find(|s| {
            matches!(s.operation, "start" | "spawn") && s.object.is_some() && s.object == step.object
        })?;
        self.counterexample.threads().iter().position(|name| *name == began.result)
    }

    pub(super) fn panic(mut self) -> Story {
        let failure = self.counterexample.failure();
        let message = crate::report::one_line(&failure.message);
        let told = self.counterexample.steps().iter().rposition(|s| !s.inner);
        let failing = match &failure.thread {
            Some(name) => self.counterexample.threads().iter().position(|n| n == name),
            None => told.map(|i| self.steps[i].thread),
        };
        let Some(thread) = failing else { return self.plain(BugClass::Assertion) };
        let found = self
            .stale_read(thread)
            .or_else(|| self.lost_update())
            .or_else(|| self.broken_barrier(thread))
            .or_else(|| self.late_cancel())
            .or_else(|| self.cancelled_too_late())
            .or_else(|| self.went_by_notification(thread))
            .or_else(|| self.check_then_act(thread))
            .or_else(|| self.changed_meanwhile())
            .or_else(|| self.let_go_between(thread))
            .or_else(|| self.interfered(thread));
        let Some((class, sentence, mut because)) = found else { return self.plain(BugClass::Assertion) };
        because.push(format!("{} then fails: {message}", self.name(thread)));
        if self.lines.len() < LINES
            && let Some(place) = self.counterexample.failure().place
        {
            let same = |shown: &Place| (shown.file, shown.line) == (place.file, place.line);
            if !self.lines.iter().any(same) {
                self.lines.push(place);
            }
        }
        self.story(class, sentence, because)
    }
}
