//! The orderings of a program by their places in its source, and the lattice that they are weakened in.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};

use crate::trace::Place;

/// One ordering that a program names: which call, and which of the call's orderings.
///
/// As text `src/lib.rs:12:20 success`: the place of the call as the compiler names it, and the [`Operation`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    /// Where the call is: in a function with `#[track_caller]`, where that function is called.
    pub place: Place,
    /// Which ordering of the call it is.
    pub operation: Operation,
}

/// What an ordering is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// A load.
    Load,
    /// A store.
    Store,
    /// A read-modify-write that does not fail: `swap` and `fetch_add` and their like.
    Update,
    /// The ordering of success of a compare-exchange; the first of `fetch_update`.
    Success,
    /// The ordering of failure of a compare-exchange; the second of `fetch_update`, which is that of its load too.
    Failure,
    /// A fence.
    Fence,
}

impl Operation {
    const ALL: [Operation; 6] = [
        Operation::Load,
        Operation::Store,
        Operation::Update,
        Operation::Success,
        Operation::Failure,
        Operation::Fence,
    ];

    /// The one word for it.
    pub fn word(self) -> &'static str {
        match self {
            Operation::Load => "load",
            Operation::Store => "store",
            Operation::Update => "update",
            Operation::Success => "success",
            Operation::Failure => "failure",
            Operation::Fence => "fence",
        }
    }

    /// The next weaker orderings than `ordering`, of which neither is stronger than the other; none below `Relaxed`.
    ///
    /// A relaxed fence is no fence: Rust has none, and C++'s has no effect (\[atomics.fences\]).
    pub fn next_weaker(self, ordering: Ordering) -> &'static [Ordering] {
        let (reads, writes) = match self {
            Operation::Load | Operation::Failure => (true, false),
            Operation::Store => (false, true),
            Operation::Update | Operation::Success | Operation::Fence => (true, true),
        };
        match (ordering, reads, writes) {
            (SeqCst, true, true) => &[AcqRel],
            (AcqRel, true, true) => &[Acquire, Release],
            (SeqCst | AcqRel, true, false) => &[Acquire],
            (SeqCst | AcqRel, false, _) => &[Release],
            (Acquire | Release, ..) => &[Relaxed],
            _ => &[],
        }
    }
}

/// An ordering that is taken for a weaker one: no access at the site is stronger than that.
///
/// As text `src/lib.rs:12:20 success=Relaxed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weakening {
    /// What is weakened.
    pub site: Site,
    /// To what.
    pub ordering: Ordering,
}

/// A text that names no [`Weakening`] or [`Site`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSite(String);

impl fmt::Display for InvalidSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not of the form `src/lib.rs:12:20 success=Relaxed`", self.0)
    }
}

impl std::error::Error for InvalidSite {}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { file, line, column } = self.place;
        write!(f, "{file}:{line}:{column} {}", self.operation.word())
    }
}

impl FromStr for Site {
    type Err = InvalidSite;

    fn from_str(text: &str) -> Result<Self, InvalidSite> {
        let parts = || {
            let (place, word) = text.trim().rsplit_once(' ')?;
            let operation = Operation::ALL.into_iter().find(|operation| operation.word() == word)?;
            let (rest, column) = place.rsplit_once(':')?;
            let (file, line) = rest.rsplit_once(':')?;
            // Places are the compiler's, and live forever.
            let (line, column, file) = (line.parse().ok()?, column.parse().ok()?, file.to_owned().leak());
            Some(Site { place: Place { file, line, column }, operation })
        };
        parts().ok_or_else(|| InvalidSite(text.to_owned()))
    }
}

impl fmt::Display for Weakening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={:?}", self.site, self.ordering)
    }
}

impl FromStr for Weakening {
    type Err = InvalidSite;

    fn from_str(text: &str) -> Result<Self, InvalidSite> {
        let (site, word) = text.rsplit_once('=').ok_or_else(|| InvalidSite(text.to_owned()))?;
        let orderings = [Relaxed, Acquire, Release, AcqRel, SeqCst];
        let ordering = orderings.into_iter().find(|ordering| format!("{ordering:?}") == word.trim());
        Ok(Weakening { site: site.parse()?, ordering: ordering.ok_or_else(|| InvalidSite(text.to_owned()))? })
    }
}
