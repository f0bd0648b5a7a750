//! What a user asks of an exploration, and what comes back: engines stand behind [`Checker::run`].

mod checker;
mod file;
mod item;
mod report;
mod run;
mod scope;
mod settings;
mod shards;
pub mod stepping;
mod verdict;

pub use checker::{Checker, Progress};
pub use file::LoadError;
pub use item::WorkItem;
pub use report::Report;
pub use scope::{PlainMemory, Scope, Size};
pub use shards::{Difference, Shard, Shards, SumError};
pub use verdict::{Failure, FailureKind, Limit, Sample, Verdict};

pub(crate) use settings::Settings;
pub(crate) use shards::{Digest, Share, add_counts};

use std::fmt::Display;

/// Records what this execution lets an observer see, for [`Report::outcomes`].
///
/// Several calls in one execution are joined by `; ` in the order in which they happen, and every order in which threads
/// can make them is explored: printing a line is an outcome. (On loom only the orders are seen that it explores for other
/// reasons.) Outside of an exploration the call does nothing.
///
/// ```
/// let report = selvedge::Checker::new().run(|| {
///     let other = selvedge::thread::spawn(|| selvedge::outcome("ping"));
///     selvedge::outcome("pong");
///     other.join().unwrap();
/// });
/// assert_eq!(report.outcomes().keys().collect::<Vec<_>>(), ["ping; pong", "pong; ping"]);
/// ```
#[track_caller]
pub fn outcome(seen: impl Display) {
    let place = std::panic::Location::caller();
    let number = crate::engine::in_model().then(|| crate::engine::observe(place));
    crate::trace::observe(number, seen.to_string());
}

/// Explores every number below `n`: each is what one execution sees.
///
/// ```
/// let report = selvedge::Checker::new().run(|| selvedge::outcome(selvedge::choose(3)));
/// assert_eq!(report.outcomes().keys().collect::<Vec<_>>(), ["0", "1", "2"]);
/// ```
///
/// # Panics
///
/// When `n` is 0, and outside of a model.
#[track_caller]
pub fn choose(n: usize) -> usize {
    assert!(n > 0, "there is nothing to choose from");
    let (n, place) =
        (u32::try_from(n).expect("fewer than 2^32 alternatives"), std::panic::Location::caller());
    crate::engine::call(|e| e.choose(n, place)) as usize
}

/// Drops this execution unless `holds`: it is neither counted nor can it fail any more, and is reported as blocked.
///
/// # Panics
///
/// Outside of a model.
pub fn assume(holds: bool) {
    crate::engine::assume(holds);
}

/// As `loom::explore`, which ends what [`stop_exploring`] begins. Everything is explored here.
pub fn explore() {}

/// As `loom::stop_exploring`, which saves loom executions. Everything is explored here.
pub fn stop_exploring() {}

/// As `loom::skip_branch`, which saves loom executions. Everything is explored here.
pub fn skip_branch() {}
