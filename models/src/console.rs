//! What the programs print.

use std::fmt::Display;

use selvedge::{outcome, trace};
use selvedge_primitives::{Local, current_thread};

/// A thread's name when it printed first: asking for it each time would order the thread with those that ask for it too.
static NAME: Local<String> = Local::with_init(|| current_thread().name());

/// Prints a line with the current thread's name before it, as Python's `logging` does. What an execution prints, in order, is
/// what an observer sees of it.
#[track_caller]
pub fn print(event: impl Display) {
    trace::step("print", &event);
    outcome(format_args!("{}: {event}", NAME.get().expect("the initialiser gives one")));
}
