//! The checker's folders use what is below them.
//!
//! `ARCHITECTURE.md` has the floors. An arrow that runs up makes two folders one, since neither can be understood or changed without
//! the other. Those that there are today are listed here: a new one fails, and so does a line of the list that is not true any more.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// From the lowest floor to the highest. Folders that share a floor may not use one another, but for those of the last.
const FLOORS: [&[&str]; 6] = [
    &["addresses"],
    &["objects", "trace"],
    &["engine"],
    &["api"],
    &["report"],
    &["audit", "harness", "linearizability", "upstream"],
];

/// The arrows that run up.
const KNOWN: [(&str, &str); 9] = [
    ("api", "audit"),
    ("api", "harness"),
    ("engine", "api"),
    ("engine", "audit"),
    ("engine", "harness"),
    ("engine", "report"),
    ("report", "harness"),
    ("trace", "engine"),
    ("trace", "upstream"),
];

/// Names that are re-exported from the root, by the folder that they come from.
const ROOT: [(&str, &str); 11] = [
    ("Checker", "harness"),
    ("FailureKind", "harness"),
    ("Limit", "harness"),
    ("MemoryModel", "engine"),
    ("Report", "harness"),
    ("Schedule", "engine"),
    ("Time", "engine"),
    ("Verdict", "harness"),
    ("lazy_static", "api"),
    ("thread", "api"),
    ("time", "api"),
];

fn floor(folder: &str) -> usize {
    FLOORS
        .iter()
        .position(|folders| folders.contains(&folder))
        .unwrap_or_else(|| panic!("`{folder}` has no floor"))
}

/// The folders that a file uses, by the paths in it that begin at the root of the crate.
fn used(source: &str) -> BTreeSet<String> {
    let code = source.lines().map(|line| line.split("//").next().unwrap_or_default());
    let code: String = code.collect::<Vec<_>>().join("\n");
    let mut used = BTreeSet::new();
    for (at, start) in code.match_indices("crate::") {
        // `$crate` of a macro is the reader's crate's view of this one.
        if code[..at].ends_with('$') {
            continue;
        }
        let rest = &code[at + start.len()..];
        let names: Vec<&str> = match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default().split(',').collect(),
            None => vec![rest],
        };
        for name in names {
            let name = name
                .trim_start()
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next()
                .unwrap_or_default();
            let folder = ROOT.iter().find(|(root, _)| *root == name).map_or(name, |(_, folder)| folder);
            if FLOORS.iter().any(|folders| folders.contains(&folder)) {
                used.insert(folder.to_owned());
            }
        }
    }
    used
}

/// Calls `see` with each source file below `folder`, and the name of the folder or file of `src` that it is in.
fn files(folder: &Path, top: Option<&str>, see: &mut impl FnMut(&str, &str)) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let top = top.unwrap_or(&name);
        if path.is_dir() {
            files(&path, Some(top), see);
        } else if top != "lib" {
            see(top, &fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn no_folder_uses_what_is_above_it_but_for_those_that_are_known() {
    let mut up = BTreeSet::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), None, &mut |folder, source| {
        for used in used(source) {
            let same = used == folder || floor(folder) == floor(&used) && floor(folder) == FLOORS.len() - 1;
            if !same && floor(&used) >= floor(folder) {
                up.insert((folder.to_owned(), used));
            }
        }
    });
    let known = KNOWN.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
    assert_eq!(up, known, "arrows that run up, found and known");
}

#[test]
fn an_arrow_is_seen_however_it_is_written() {
    let used = |source: &str| used(source).into_iter().collect::<Vec<_>>();
    assert_eq!(used("use crate::report::Story;"), ["report"]);
    assert_eq!(used("fn f() -> crate::Verdict { crate::api::time::now() }"), ["api", "harness"]);
    assert_eq!(used("use crate::{api::thread, trace};"), ["api", "trace"]);
    assert!(used("// see crate::report\n$crate::trace::tell()").is_empty());
}
