//! What a user asks of an exploration, and what comes back: engines stand behind [`Checker::run`].

mod checker;
mod report;
mod verdict;

pub use checker::{Checker, Progress};
pub use report::Report;
pub use verdict::{Failure, FailureKind, Limit, Verdict};

pub(crate) use checker::Settings;

use std::fmt::Display;

/// Records what this execution lets an observer see, for [`Report::outcomes`].
///
/// Several calls in one execution are joined by `; ` in the order in which they happen. Outside of an exploration the
/// call does nothing.
pub fn outcome(seen: impl Display) {
    crate::trace::with(|execution| {
        if !execution.outcome.is_empty() {
            execution.outcome.push_str("; ");
        }
        execution.outcome.push_str(&seen.to_string());
    });
}
