//! The chapters' own programs: what the documents' examples have no version of.

use std::time::Duration;

mod aba;
mod blocking_in_async_code;
mod broken_barrier;
mod check_then_act;
mod deadlock;
mod double_checked_locking;
mod livelock;
mod lost_update;
mod lost_wake_up;
mod order_violation;
mod publication_without_release;
mod queue_without_shutdown;
mod semaphore_that_limits_nothing;
mod stale_read;
mod starvation;
mod timeout;

/// Where they are, from the folder of the repository.
pub(crate) const FOLDER: &str = "exercises/tests/book/programs";

/// A program that a chapter shows and that is explored.
#[derive(Clone, Copy)]
pub(crate) struct Program {
    /// The chapter that it is in.
    pub(crate) chapter: &'static str,
    pub(crate) name: &'static str,
    /// What it does, for tables.
    pub(crate) note: &'static str,
    pub(crate) check: fn(),
}

impl Program {
    /// The file that it is in.
    pub(crate) fn file(&self) -> String {
        format!("{FOLDER}/{}.rs", self.chapter.replace('-', "_"))
    }
}

/// The programs of one chapter: name, what it does, what is explored.
macro_rules! programs {
    ($chapter:literal; $($name:literal, $note:literal, $check:expr;)*) => {
        pub(super) const PROGRAMS: &[$crate::programs::Program] = &[$(
            $crate::programs::Program { chapter: $chapter, name: $name, note: $note, check: $check },
        )*];
    };
}
use programs;

/// All of them.
const PROGRAMS: &[&[Program]] = &[
    aba::PROGRAMS,
    blocking_in_async_code::PROGRAMS,
    broken_barrier::PROGRAMS,
    check_then_act::PROGRAMS,
    deadlock::PROGRAMS,
    double_checked_locking::PROGRAMS,
    livelock::PROGRAMS,
    lost_update::PROGRAMS,
    lost_wake_up::PROGRAMS,
    order_violation::PROGRAMS,
    publication_without_release::PROGRAMS,
    queue_without_shutdown::PROGRAMS,
    semaphore_that_limits_nothing::PROGRAMS,
    stale_read::PROGRAMS,
    starvation::PROGRAMS,
    timeout::PROGRAMS,
];

pub(crate) fn all() -> impl Iterator<Item = &'static Program> {
    PROGRAMS.iter().copied().flatten()
}

/// The program that is called `chapter/name`.
pub(crate) fn find(asked: &str) -> Option<&'static Program> {
    let (chapter, name) = asked.split_once('/')?;
    all().find(|program| program.chapter == chapter && program.name == name)
}

/// A second of the documents, at a thousand times its speed: only the order of times means anything.
const fn seconds(n: u64) -> Duration {
    Duration::from_millis(n)
}
