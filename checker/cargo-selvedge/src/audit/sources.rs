//! What the source says where an ordering is: the function, the call, and the reason for it; and which orderings it has that
//! no test comes to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::{fs, io};

use selvedge::audit::Site;

/// The sources of the sites.
pub(super) struct Sources {
    /// Their lines, by their paths from where the compiler was run.
    files: BTreeMap<String, Vec<String>>,
}

/// A line that names an ordering, where no test comes to an access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unreached {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) text: String,
}

impl Sources {
    /// Those of `sites`, and all in `folders`, under `root`, where the compiler was run.
    pub(super) fn new(
        root: &Path,
        sites: impl Iterator<Item = Site>,
        folders: &[String],
    ) -> io::Result<Self> {
        let mut paths: BTreeSet<PathBuf> = sites.map(|site| site.place.file.into()).collect();
        let mut folders: Vec<PathBuf> = folders.iter().map(PathBuf::from).collect();
        while let Some(folder) = folders.pop() {
            if !root.join(&folder).is_dir() {
                continue;
            }
            for entry in fs::read_dir(root.join(&folder))? {
                let entry = entry?;
                let path = folder.join(entry.file_name());
                if entry.file_type()?.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    paths.insert(path);
                }
            }
        }
        let mut files = BTreeMap::new();
        for path in paths {
            // What is not to be had is shown by its place alone.
            let text = fs::read_to_string(root.join(&path)).unwrap_or_default();
            files.insert(path.display().to_string(), text.lines().map(str::to_owned).collect());
        }
        Ok(Sources { files })
    }

    fn lines(&self, site: Site) -> &[String] {
        self.files.get(site.place.file).map(Vec::as_slice).unwrap_or_default()
    }

    /// The lines that name an ordering which is more than relaxed as an argument, and whose statements have none of `sites`.
    /// Comments right above that begin with the ordering's name are reasons here too.
    pub(super) fn unreached(&self, sites: &BTreeSet<Site>) -> Vec<Unreached> {
        let mut unreached = Vec::new();
        for (file, lines) in &self.files {
            let reached: BTreeSet<_> = sites
                .iter()
                .filter(|site| site.place.file == file)
                .map(|site| site.place.line as usize)
                .collect();
            let mut imports = false;
            for (at, line) in lines.iter().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                imports |= code.trim_start().starts_with("use ");
                let named = if imports { Vec::new() } else { named(code) };
                imports &= !code.contains(';');
                if named.is_empty() {
                    continue;
                }
                // From the first line of the statement to this one.
                let first =
                    (0..at).rev().find(|above| is_end(lines[*above].trim())).map_or(0, |above| above + 1);
                let is_reached = (first..=at).any(|at| reached.contains(&(at + 1)));
                if !is_reached && named.iter().all(|ordering| reason(&lines[..=at], ordering).is_none()) {
                    unreached.push(Unreached {
                        file: file.clone(),
                        line: at + 1,
                        text: code.trim().to_owned(),
                    });
                }
            }
        }
        unreached
    }

    /// The function around the site: the last one that begins above it and is indented less.
    pub(super) fn function(&self, site: Site) -> String {
        let lines = self.lines(site);
        let Some(own) = lines.get(site.place.line as usize - 1) else { return String::new() };
        let around = lines[..site.place.line as usize].iter().rev().filter(|line| depth(line) < depth(own));
        let name = |line: &String| {
            let (_, after) = line.split_once("fn ").filter(|(before, _)| !before.contains("//"))?;
            let name = after.split(['(', '<']).next()?.trim();
            (!name.is_empty() && !name.contains(' ')).then(|| name.to_owned())
        };
        around.map(name).find_map(|name| name).unwrap_or_default()
    }

    /// The call, from the statement's own beginning in its line to where its parentheses close or the line ends.
    pub(super) fn access(&self, site: Site) -> String {
        let Some(line) = self.lines(site).get(site.place.line as usize - 1) else { return String::new() };
        let method = site.place.column as usize - 1;
        let before = line.get(..method).unwrap_or_default();
        let receiver =
            before.rfind(|c: char| !(c.is_alphanumeric() || "_.:*".contains(c))).map_or(0, |at| at + 1);
        let (mut open, mut end) = (0, line.len());
        for (at, c) in line.char_indices().skip_while(|(at, _)| *at < method) {
            match c {
                '(' => open += 1,
                ')' if open == 1 => {
                    end = at + 1;
                    break;
                }
                ')' => open -= 1,
                _ => {}
            }
        }
        line.get(receiver..end).unwrap_or_default().trim().to_owned()
    }

    /// Why the ordering is what it is: the comment right above the statement, where it begins with the ordering's name.
    pub(super) fn reason(&self, site: Site, ordering: Ordering) -> Option<String> {
        reason(self.lines(site).get(..site.place.line as usize)?, &format!("{ordering:?}"))
    }
}

/// The comment right above the statement of the last of `lines`, from where it begins with the name of `ordering`.
fn reason(lines: &[String], ordering: &str) -> Option<String> {
    let above = lines.iter().rev().skip(1).map(|line| line.trim());
    let statement = above.skip_while(|line| !is_end(line));
    let mut comment: Vec<_> = statement.map_while(|line| line.strip_prefix("//")).map(str::trim).collect();
    comment.reverse();
    let is_of = |line: &&str| line.strip_prefix(ordering).is_some_and(|rest| rest.starts_with([':', ',']));
    let from = comment.iter().position(is_of)?;
    Some(comment[from..].join(" "))
}

/// Whether a statement ends in this line, or it is none of its.
fn is_end(line: &str) -> bool {
    line.is_empty() || line.starts_with("//") || line.ends_with([';', '{', '}'])
}

/// The orderings that are arguments in this line, and more than relaxed.
fn named(code: &str) -> Vec<&'static str> {
    let is_argument = |at: usize, name: &str| {
        let before = code[..at].trim_end();
        let before = before.strip_suffix("Ordering::").map_or(before, str::trim_end);
        let begins = before.is_empty() || before.ends_with(['(', ',']);
        begins && code[at + name.len()..].trim_start().starts_with([',', ')'])
    };
    let mut names = vec!["Acquire", "Release", "AcqRel", "SeqCst"];
    names.retain(|name| code.match_indices(name).any(|(at, _)| is_argument(at, name)));
    names
}

fn depth(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const SOURCE: &str = "use std::sync::atomic::{
    AtomicU8, Ordering::{Acquire, Release},
};

impl Flag {
    pub fn set(&self) -> bool {
        // Release, for a thread that looks:
        // what was done comes before.
        let before = self.0.compare_exchange(0, 1 | 2, Release, Acquire);
        before.is_ok()
    }

    /// Acquire: not a reason, but documentation.
    fn is_set<const N: u8>(&self) -> bool {
        let state = self.0.load(Acquire);
        state == N // As with (Acquire).
    }

    fn hidden(&self) {
        // SeqCst: nobody has thought of less.
        self.0.store(0, Ordering::SeqCst);
        self.0.swap(
            0,
            AcqRel,
        );
    }
}
";

    pub(in crate::audit) fn sources() -> Sources {
        Sources { files: [("flag.rs".to_owned(), SOURCE.lines().map(str::to_owned).collect())].into() }
    }

    pub(in crate::audit) fn site(access: &str, operation: &str) -> Site {
        let (line, text) = SOURCE.lines().enumerate().find(|(_, line)| line.contains(access)).unwrap();
        let column = text.find(access).unwrap() + 1;
        format!("flag.rs:{}:{column} {operation}", line + 1).parse().unwrap()
    }

    #[test]
    fn a_site_is_named_by_its_function_and_its_call() {
        let sources = sources();
        let (exchange, load) = (site("compare_exchange", "success"), site("load", "load"));
        assert_eq!(sources.function(exchange), "set");
        assert_eq!(sources.access(exchange), "self.0.compare_exchange(0, 1 | 2, Release, Acquire)");
        assert_eq!(
            (sources.function(load), sources.access(load)),
            ("is_set".into(), "self.0.load(Acquire)".into())
        );
    }

    #[test]
    fn a_reason_is_a_comment_right_above_that_begins_with_the_ordering() {
        let (sources, exchange) = (sources(), site("compare_exchange", "success"));
        let reason = sources.reason(exchange, Ordering::Release);
        assert_eq!(reason.as_deref(), Some("Release, for a thread that looks: what was done comes before."));
        assert_eq!(sources.reason(exchange, Ordering::Acquire), None, "of another ordering");
        assert_eq!(sources.reason(site("load", "load"), Ordering::Acquire), None, "above the function");
    }

    #[test]
    fn an_ordering_that_no_test_comes_to_is_found_unless_there_is_a_reason() {
        let lines = |sites: &[Site]| {
            let unreached = sources().unreached(&sites.iter().copied().collect());
            unreached.into_iter().map(|unreached| unreached.text).collect::<Vec<_>>()
        };
        assert_eq!(lines(&[site("load", "load")]), ["AcqRel,"], "reasons for the others");
        assert_eq!(lines(&[site("swap", "update")]), ["let state = self.0.load(Acquire);"]);
    }
}
