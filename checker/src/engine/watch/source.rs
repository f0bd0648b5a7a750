//! Where accesses are in the source, by their addresses in the program.
//!
//! std tells the lines of the calls that are running, but not those of an address. So an access is looked up while it is made.

use std::backtrace::Backtrace;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::trace::Place;

/// What the functions that the compiler has code call before it accesses memory go on to, in `selvedge-std`.
const HOOK: &str = "accesses::tell";

/// Our own sources.
const OURS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/");

/// What is known of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    At(Place),
    /// It is in our own code.
    Ours,
    /// It is to be looked up when the program comes there.
    Wanted,
}

/// What was looked up, and what is to be: by whatever explores in this process.
static KNOWN: Mutex<BTreeMap<usize, Known>> = Mutex::new(BTreeMap::new());

/// How much is to be looked up.
static WANTED: AtomicUsize = AtomicUsize::new(0);

fn table() -> MutexGuard<'static, BTreeMap<usize, Known>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether an access is to be looked up while it is made: `all` are, or this one.
#[inline]
pub(super) fn is_wanted(code: usize, all: bool) -> bool {
    (all || WANTED.load(Ordering::Relaxed) > 0) && {
        let known = table().get(&code).copied();
        known == Some(Known::Wanted) || all && known.is_none()
    }
}

/// What is known of another access. What was wanted before, and was not looked up since, has no line.
pub(super) fn known_or_wanted(code: usize) -> Known {
    match table().entry(code) {
        Entry::Occupied(known) if *known.get() == Known::Wanted => Known::At(NOWHERE),
        Entry::Occupied(known) => *known.get(),
        Entry::Vacant(new) => {
            WANTED.fetch_add(1, Ordering::Relaxed);
            *new.insert(Known::Wanted)
        }
    }
}

pub(super) fn is_ours(code: usize) -> bool {
    table().get(&code) == Some(&Known::Ours)
}

/// Looks up an access that is being made.
#[cold]
pub(super) fn look_up(code: usize) -> Known {
    match table().get(&code) {
        Some(Known::Wanted) | None => {}
        Some(known) => return *known,
    }
    let found = place_in(&Backtrace::force_capture().to_string());
    if table().insert(code, found) == Some(Known::Wanted) {
        WANTED.fetch_sub(1, Ordering::Relaxed);
    }
    found
}

/// Of an access of which the program has no line.
const NOWHERE: Place = Place { file: "a place without a line", line: 0, column: 0 };

/// The innermost line that called the hook and is not in the standard library. In a list of calls, what is called comes before
/// who calls it, each with its line below.
fn place_in(calls: &str) -> Known {
    let mut lines = calls.lines().skip_while(|line| !line.contains(HOOK)).skip(1);
    let places = lines.by_ref().filter_map(|line| read(line.trim_start().strip_prefix("at ")?));
    // The hook's own line is the first.
    let first = places.skip(1).find(|place| !place.is_of_rust());
    match first {
        Some(place) if place.file.starts_with(OURS) => Known::Ours,
        Some(place) => Known::At(place),
        None => Known::At(NOWHERE),
    }
}

/// `./src/lib.rs:1:2`
fn read(text: &str) -> Option<Place> {
    let (text, column) = text.rsplit_once(':')?;
    let (file, line) = text.rsplit_once(':')?;
    let file = file.strip_prefix("./").unwrap_or(file);
    let (line, column) = (line.parse().ok()?, column.parse().ok()?);
    Some(Place { file: file.to_owned().leak(), line, column })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(places: &[&str]) -> String {
        let head = "   0: a\n             at /rustc/x/backtrace.rs:1:1\n   1: selvedge_std::accesses::tell\n             at /z/hooks.rs:3:4\n";
        let call = |place: &&str| format!("   2: f\n             at {place}\n");
        head.to_owned() + &places.iter().map(call).collect::<String>()
    }

    #[test]
    fn the_innermost_line_of_the_users_is_told() {
        let known = place_in(&calls(&[
            "/rustc/abc/library/core/src/ptr/mod.rs:9:9",
            "./src/lib.rs:12:5",
            "./src/lib.rs:1:1",
        ]));
        assert_eq!(known, Known::At(Place { file: "src/lib.rs", line: 12, column: 5 }));
        assert_eq!(place_in(&calls(&[])), Known::At(NOWHERE));
    }

    #[test]
    fn what_is_in_our_sources_is_ours() {
        let ours = format!("{OURS}src/api/slot.rs:4:9");
        assert_eq!(
            place_in(&calls(&["/rustc/abc/library/core/src/ptr/mod.rs:9:9", &ours, "./src/lib.rs:1:1"])),
            Known::Ours
        );
    }
}
