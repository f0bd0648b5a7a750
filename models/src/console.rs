//! What the programs print.

use std::fmt::Display;

use selvedge::{outcome, trace};
use selvedge_primitives::current_thread;

/// Prints a line with the current thread's name before it, as Python's `logging` does. What an execution prints, in order, is
/// what an observer sees of it.
#[track_caller]
pub fn print(event: impl Display) {
    trace::step("print", &event);
    outcome(format_args!("{}: {event}", current_thread().name()));
}
