//! Where accesses are in the source, by their addresses in the program.
//!
//! std tells the lines of the calls that are running, but not those of an address. So an access is looked up while it is made.

use std::backtrace::Backtrace;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::panic::Location;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::shadow::By;
use crate::engine::{guard, heap};
use crate::trace::Place;

/// Our own sources.
const OURS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/");

/// Those of them through which an access is told.
const TELLS: [&str; 3] = ["src/engine/watch/", "src/api/interpose/mod.rs", "std/src/accesses.rs"];

/// What the compiler has an access call, which is assembly.
const TOLD_BY: &str = "__sanitizer_cov_";

/// And what is called where memory is allocated and freed.
const HEAP: [&str; 1] = ["src/engine/heap/door.rs"];

/// Where std accesses what it guards with locks of its own, of which the graph does not know: its streams, most of all.
const LOCKED: [&str; 3] = ["library/std/src/io/", "library/std/src/sync/", "library/std/src/sys/"];

/// And what runs the threads of a model.
const RUNS: [&str; 1] = ["src/engine/"];

/// Where std's streams are.
const STREAMS: &str = "library/std/src/io/";

/// What is known of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    At(Place),
    /// It is in our own code, or in std's.
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

/// The addresses of accesses that have raced: reports show them.
static RACED: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());

/// Reports show these accesses from now on.
pub(super) fn have_raced(accesses: [By; 2]) {
    let codes = accesses.into_iter().filter_map(|by| match by {
        By::Plain(code) => Some(code),
        // Its event is shown.
        By::Atomic(_) => None,
    });
    heap::ours(|| RACED.lock().unwrap_or_else(PoisonError::into_inner).extend(codes));
}

/// Where an access is that reports show.
pub(super) fn shown(code: usize) -> Option<Place> {
    let raced = RACED.lock().unwrap_or_else(PoisonError::into_inner).contains(&code);
    match table().get(&code) {
        Some(Known::At(place)) if raced => Some(*place),
        _ => None,
    }
}

/// Whether an access is to be looked up while it is made: `all` are, or this one.
#[inline]
pub(super) fn is_wanted(code: usize, all: bool) -> bool {
    (all || WANTED.load(Ordering::Relaxed) > 0) && {
        let known = table().get(&code).copied();
        known == Some(Known::Wanted) || all && known.is_none()
    }
}

/// What is known of an access that is being made.
pub(super) fn known_of(by: By) -> Known {
    match by {
        By::Plain(code) => look_up(code),
        By::Atomic(place) => known_at(place),
    }
}

fn known_at(place: &'static Location<'static>) -> Known {
    let place = Place::from(place);
    if is_ours_in(&place) { Known::Ours } else { Known::At(place) }
}

/// What is known of another access. What was wanted before, and was not looked up since, has no line.
pub(super) fn known_or_wanted(by: By) -> Known {
    let code = match by {
        By::Plain(code) => code,
        By::Atomic(place) => return known_at(place),
    };
    heap::ours(|| match table().entry(code) {
        Entry::Occupied(known) if *known.get() == Known::Wanted => Known::At(NOWHERE),
        Entry::Occupied(known) => *known.get(),
        Entry::Vacant(new) => {
            WANTED.fetch_add(1, Ordering::Relaxed);
            *new.insert(Known::Wanted)
        }
    })
}

pub(super) fn is_ours(by: By) -> bool {
    match by {
        By::Plain(code) => table().get(&code) == Some(&Known::Ours),
        By::Atomic(place) => known_at(place) == Known::Ours,
    }
}

/// Whose call allocates or frees memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    /// The user's: the innermost line of it, if the program has one.
    User(Option<Place>),
    /// The standard library's, for its streams.
    Streams,
}

impl Asks {
    pub(super) fn place(self) -> Option<Place> {
        match self {
            Asks::User(place) => place,
            Asks::Streams => None,
        }
    }
}

/// Who asks for the call that allocates or frees memory which is under way.
#[cold]
pub(super) fn of_call_of_heap() -> Asks {
    let left = guard::here().leaves_model();
    let trace = Backtrace::force_capture().to_string();
    let asks = asks_in(&trace);
    drop(left);
    asks
}

fn asks_in(trace: &str) -> Asks {
    let calls: Vec<Place> = places(trace).collect();
    let door = calls.iter().rposition(|place| is_in(place, &HEAP)).map_or(0, |last| last + 1);
    let calls = calls.into_iter().skip(door);
    // What runs a thread of the model is behind all that is the user's.
    let mut calls = calls.take_while(|place| !is_in(place, &RUNS)).filter(|place| !is_ours_in(place));
    match calls.find(|place| !place.is_of_rust() || place.file.contains(STREAMS)) {
        Some(place) if place.is_of_rust() => Asks::Streams,
        place => Asks::User(place),
    }
}

/// Looks up an access that is being made.
#[cold]
pub(super) fn look_up(code: usize) -> Known {
    match table().get(&code) {
        Some(Known::Wanted) | None => {}
        Some(known) => return *known,
    }
    // The first one reads what the compiler has written down of the whole program.
    let left = guard::here().leaves_model();
    let trace = Backtrace::force_capture();
    let found = place_in(&calls(&trace.to_string(), &format!("{trace:#}")));
    drop(left);
    if heap::ours(|| table().insert(code, found)) == Some(Known::Wanted) {
        WANTED.fetch_sub(1, Ordering::Relaxed);
    }
    found
}

/// Of an access of which the program has no line.
const NOWHERE: Place = Place { file: "a place without a line", line: 0, column: 0 };

/// A call under way.
#[derive(Clone, Debug)]
struct Call {
    /// What is inlined shares this with what it is inlined in.
    address: String,
    name: String,
    /// `None` where the program has no line of it: the compiler has put it together of several.
    place: Option<Place>,
}

/// Where the access is that a list of calls ends in: the innermost line outside of what tells of it, and of the standard library.
/// What is called comes before who calls it.
fn place_in(calls: &[Call]) -> Known {
    let tells =
        |call: &&Call| call.place.map_or_else(|| call.name.contains(TOLD_BY), |place| is_in(&place, &TELLS));
    let mut outside = calls.iter().skip_while(|call| !tells(call)).skip_while(tells).peekable();
    let Some(first) = outside.peek().copied() else { return Known::At(NOWHERE) };
    if first.place.is_none() {
        // Lines of who calls it do not say whose it is, and those of ours that it is inlined in do not either: it may be a closure that
        // ours was given. What is ours alone is not told of, as a rule.
        let function = outside.clone().take_while(|call| call.address == first.address);
        let users = |place: &Place| !place.is_of_rust() && !is_ours_in(place);
        if let Some(place) = function.clone().filter_map(|call| call.place).find(users) {
            return Known::At(place);
        }
        match function.last().map_or(Owner::User, |call| owner_of(&call.name)) {
            Owner::Checker => return Known::Ours,
            Owner::User => return Known::At(NOWHERE),
            Owner::Rust => {}
        }
    }
    let mut outside = outside.filter_map(|call| call.place).peekable();
    if outside.peek().is_some_and(|place| LOCKED.iter().any(|folder| place.file.contains(folder))) {
        return Known::Ours;
    }
    match outside.find(|place| !place.is_of_rust()) {
        Some(place) if is_ours_in(&place) => Known::Ours,
        Some(place) => Known::At(place),
        None => Known::At(NOWHERE),
    }
}

#[derive(PartialEq, Eq)]
enum Owner {
    Rust,
    Checker,
    User,
}

/// Whose function this is: `<selvedge_std::sync::Arc<T> as core::clone::Clone>::clone`.
fn owner_of(name: &str) -> Owner {
    let path = name.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '_');
    match path.split("::").next() {
        Some("core" | "alloc" | "std") => Owner::Rust,
        Some("selvedge" | "selvedge_std" | "selvedge_core" | "selvedge_alloc") => Owner::Checker,
        _ => Owner::User,
    }
}

/// The calls of a list, the innermost first, of which std makes a `short` text and a `full` one, with addresses.
fn calls(short: &str, full: &str) -> Vec<Call> {
    let (short, full) = (frames(short).collect::<Vec<_>>(), frames(full).collect::<Vec<_>>());
    // The full one has the calls of the capture itself too.
    let more = full.len().saturating_sub(short.len());
    let pairs = short.into_iter().zip(full.into_iter().skip(more));
    pairs
        .map(|((_, place), (name, _))| {
            let (address, name) = name.split_once(" - ").unwrap_or(("", name));
            Call { address: address.to_owned(), name: name.to_owned(), place }
        })
        .collect()
}

/// Where calls are, as far as the program has lines of them, the innermost first.
fn places(calls: &str) -> impl Iterator<Item = Place> {
    frames(calls).filter_map(|(_, place)| place)
}

/// What each call is named, the innermost first, and where it is if the program has a line of it.
fn frames(calls: &str) -> impl Iterator<Item = (&str, Option<Place>)> {
    let mut lines = calls.lines().map(str::trim_start).peekable();
    std::iter::from_fn(move || {
        let name = lines.next()?;
        let place = lines.next_if(|next| next.starts_with("at "));
        let name = name.split_once(": ").map_or(name, |(_, name)| name.trim_start());
        Some((name, place.and_then(|place| read(place.strip_prefix("at ")?))))
    })
}

/// Whether a place is in one of these files or folders of ours.
fn is_in(place: &Place, files: &[&str]) -> bool {
    in_ours(place.file).is_some_and(|file| files.iter().any(|own| file.starts_with(own)))
}

fn is_ours_in(place: &Place) -> bool {
    in_ours(place.file).is_some()
}

/// What follows [`OURS`] in a file's name. std leaves out the folder that the program runs in, which may be one above ours.
fn in_ours(file: &str) -> Option<&str> {
    if Path::new(file).is_absolute() {
        return file.strip_prefix(OURS);
    }
    let here = env::current_dir().ok()?;
    let ours = Path::new(OURS).strip_prefix(here).ok()?.to_str()?;
    if ours.is_empty() { Some(file) } else { file.strip_prefix(ours)?.strip_prefix('/') }
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

    fn call(address: &str, name: &str, place: Option<&str>) -> Call {
        Call { address: address.to_owned(), name: name.to_owned(), place: place.and_then(read) }
    }

    /// The calls of an access that is told of.
    fn telling(calls: &[Call]) -> Known {
        let told = format!("{OURS}src/engine/watch/mod.rs:1:1");
        let before = [
            call(
                "0x1",
                "std::backtrace::Backtrace::create",
                Some("/rustc/x/library/std/src/backtrace.rs:1:1"),
            ),
            call("0x2", "look_at", Some(&told)),
        ];
        place_in(&[&before, calls].concat())
    }

    fn found(places: &[&str]) -> Known {
        telling(&places.iter().map(|place| call(place, "f", Some(place))).collect::<Vec<_>>())
    }

    #[test]
    fn the_innermost_line_of_the_users_is_told() {
        let places =
            ["/rustc/x/library/core/src/ptr/mod.rs:9:9", "/user/src/lib.rs:12:5", "/user/src/lib.rs:1:1"];
        assert_eq!(found(&places), Known::At(Place { file: "/user/src/lib.rs", line: 12, column: 5 }));
        assert_eq!(found(&[]), Known::At(NOWHERE));
    }

    #[test]
    fn what_has_no_line_is_not_taken_for_ours_because_ours_has_called_it() {
        let ours = call("0x4", "f", Some(&format!("{OURS}src/engine/run/mod.rs:2:2")));
        let cases = [
            ("user", Known::At(NOWHERE)),
            ("<user::Type as core::ops::Drop>::drop", Known::At(NOWHERE)),
            ("selvedge_primitives::Lock::lock", Known::At(NOWHERE)),
            ("__sanitizer_cov_store8", Known::Ours),
            ("<selvedge_std::sync::Arc<T> as core::clone::Clone>::clone", Known::Ours),
            ("core::ptr::drop_in_place<user::Type>", Known::Ours),
        ];
        for (name, known) in cases {
            assert_eq!(telling(&[call("0x3", name, None), ours.clone()]), known, "{name}");
        }
    }

    #[test]
    fn what_is_inlined_without_a_line_is_whose_it_is_inlined_in() {
        let inlined = call("0x3", "search_tree<usize>", None);
        let user = call("0x3", "f", Some("/user/src/lib.rs:3:3"));
        let ours = call("0x3", "f", Some(&format!("{OURS}src/api/slot.rs:4:9")));
        let Known::At(place) = telling(&[inlined.clone(), user]) else { panic!("it is the user's") };
        assert_eq!((place.file, place.line), ("/user/src/lib.rs", 3));
        assert_eq!(telling(&[inlined, ours]), Known::At(NOWHERE), "it may be a closure of the user's");
    }

    #[test]
    fn a_call_of_the_heap_is_the_users_whatever_runs_it_or_of_the_streams() {
        let trace = |places: &[&str]| {
            let door = format!("{OURS}src/engine/heap/door.rs:1:1");
            let within = [&*door, "/rustc/x/library/core/src/option.rs:1:1", &*door];
            let all = within.into_iter().chain(places.iter().copied());
            all.map(|place| format!("   2: f\n             at {place}\n")).collect::<String>()
        };
        let runs = format!("{OURS}src/engine/fiber.rs:1:1");
        let (alloc, fiber) =
            ("/rustc/x/library/alloc/src/alloc.rs:9:9", "/registry/corosensei/src/lib.rs:1:1");
        let user = Place { file: "/user/src/lib.rs", line: 3, column: 3 };
        assert_eq!(asks_in(&trace(&[alloc, "/user/src/lib.rs:3:3", &runs, fiber])), Asks::User(Some(user)));
        assert_eq!(asks_in(&trace(&[alloc, &runs, fiber])), Asks::User(None));
        let stream = "/rustc/x/library/std/src/io/stdio.rs:9:9";
        assert_eq!(asks_in(&trace(&[alloc, stream, "/user/src/lib.rs:3:3"])), Asks::Streams);
    }

    #[test]
    fn what_is_ours_is_so_below_the_folder_that_the_program_runs_in_too() {
        let here = env::current_dir().unwrap();
        let below = Path::new(OURS).strip_prefix(&here).unwrap().join("src/engine/fiber.rs");
        let below = below.to_str().unwrap();
        assert_eq!(in_ours(&format!("{OURS}src/engine/fiber.rs")), Some("src/engine/fiber.rs"));
        assert_eq!(in_ours(below), Some("src/engine/fiber.rs"), "{below}");
        assert_eq!(in_ours("/elsewhere/src/engine/fiber.rs"), None);
    }

    #[test]
    fn calls_that_are_inlined_have_one_address() {
        let trace = Backtrace::force_capture();
        let calls = calls(&trace.to_string(), &format!("{trace:#}"));
        assert!(calls.len() > 5 && calls.iter().all(|call| call.address.starts_with("0x")), "{calls:?}");
        let here = calls.iter().find(|call| call.name.contains("calls_that_are_inlined")).unwrap();
        assert!(here.place.is_some_and(|place| place.file.ends_with("source.rs")), "{here:?}");
    }

    #[test]
    fn what_std_guards_is_told_as_ours_is() {
        let stream = "/rustc/x/library/std/src/io/stdio.rs:9:9";
        assert_eq!(found(&[stream, "/user/src/lib.rs:12:5"]), Known::Ours);
    }

    #[test]
    fn what_is_in_our_sources_is_ours() {
        let ours = format!("{OURS}src/api/slot.rs:4:9");
        assert_eq!(
            found(&["/rustc/x/library/core/src/ptr/mod.rs:9:9", &ours, "/user/src/lib.rs:1:1"]),
            Known::Ours
        );
    }
}
