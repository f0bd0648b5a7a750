//! What was found, as a page that is kept: a table in Markdown for each file, with no line numbers, so that it stays what it
//! is when lines move.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering::{self, Relaxed};

use selvedge::audit::{Site, Weakening};

use super::search::{Found, Trial};

const HEAD: &str =
    "| in | access | of | ordering | weakest | weaker than that |\n|---|---|---|---|---|---|\n";

/// The sources of the sites.
pub(super) struct Sources {
    files: HashMap<&'static str, Option<Vec<String>>>,
}

impl Sources {
    /// Those under `root`, from where the compiler was run, of `sites`.
    pub(super) fn new(root: &Path, sites: impl Iterator<Item = Site>) -> Self {
        let read = |file: &str| {
            let text = fs::read_to_string(root.join(file)).ok()?;
            Some(text.lines().map(str::to_owned).collect())
        };
        let files = sites.map(|site| (site.place.file, read(site.place.file))).collect();
        Sources { files }
    }

    fn lines(&self, site: Site) -> &[String] {
        self.files.get(site.place.file).and_then(Option::as_deref).unwrap_or_default()
    }

    /// The function around the site: the last one that begins above it and is indented less.
    fn function(&self, site: Site) -> String {
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
    fn access(&self, site: Site) -> String {
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
    fn reason(&self, site: Site, ordering: Ordering) -> Option<String> {
        let lines = self.lines(site).get(..site.place.line as usize)?;
        let above = lines.iter().rev().skip(1).map(|line| line.trim());
        let ends = |line: &&str| line.is_empty() || line.ends_with([';', '{', '}', ',']);
        let statement = above.skip_while(|line| !line.starts_with("//") && !ends(line));
        let mut comment: Vec<_> =
            statement.map_while(|line| line.strip_prefix("//")).map(str::trim).collect();
        comment.reverse();
        let name = format!("{ordering:?}");
        let from = comment
            .iter()
            .position(|line| line.strip_prefix(&name).is_some_and(|rest| rest.starts_with([':', ','])))?;
        Some(comment[from..].join(" "))
    }
}

fn depth(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The row of a site without what was found: what names it in the page.
fn name(sources: &Sources, site: Site) -> String {
    let cell = |text: String| text.replace('|', "\\|");
    format!(
        "| {} | `{}` | {} |",
        cell(sources.function(site)),
        cell(sources.access(site)),
        site.operation.word()
    )
}

/// The page that was kept: its rows by file.
#[derive(Default)]
pub(super) struct Kept {
    rows: HashMap<String, Vec<String>>,
}

impl Kept {
    pub(super) fn parse(page: &str) -> Self {
        let (mut rows, mut file): (HashMap<_, Vec<_>>, _) = (HashMap::new(), String::new());
        for line in page.lines() {
            if let Some(heading) = line.strip_prefix("## ") {
                file = heading.trim_matches('`').to_owned();
            } else if line.starts_with("| ") {
                rows.entry(file.clone()).or_default().push(line.to_owned());
            }
        }
        Kept { rows }
    }

    /// The tests that the row of `site` names.
    pub(super) fn named(&self, sources: &Sources, site: Site) -> Vec<String> {
        let name = name(sources, site);
        let of_file = self.rows.get(site.place.file).into_iter().flatten();
        // Of rows that look alike any may be the one: a test too many costs a run.
        let rest = of_file.filter_map(|row| row.strip_prefix(&name));
        rest.flat_map(|row| row.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
    }
}

/// Whether a row is as it should be.
pub(super) fn is_settled(sources: &Sources, found: &Found) -> bool {
    found.weakest == [found.ordering]
        && !found.trials.iter().any(|(_, t)| matches!(t, Trial::Undecided { .. }))
        || sources.reason(found.site, found.ordering).is_some()
}

/// Writes the page.
pub(super) fn page(sources: &Sources, found: &[Found], together: &[Weakening]) -> String {
    let mut page = String::from(
        "# Orderings\n\nThe weakest orderings with which every model verifies, one at a time, as `cargo selvedge audit` finds \
         them. What is weaker fails in the model that is named, or has its reason. Where none can be weakened alone, no set of them can be.\n",
    );
    let mut files: BTreeMap<_, Vec<&Found>> = BTreeMap::new();
    for found in found {
        files.entry(found.site.place.file).or_default().push(found);
    }
    for (file, found) in files {
        let _ = write!(page, "\n## `{file}`\n\n");
        let relaxed = found.iter().filter(|found| found.ordering == Relaxed).count();
        if relaxed < found.len() {
            page.push_str(HEAD);
        }
        for found in found.iter().filter(|found| found.ordering != Relaxed) {
            let Found { site, ordering, weakest, .. } = found;
            let weakest: Vec<_> = weakest.iter().map(|weakest| format!("{weakest:?}")).collect();
            let why = remarks(sources, found).join("; ").replace('|', "\\|");
            let _ =
                writeln!(page, "{} {ordering:?} | {} | {why} |", name(sources, *site), weakest.join(" or "));
        }
        if relaxed > 0 {
            let also = if relaxed < found.len() { "\nAnd " } else { "" };
            let s = if relaxed == 1 { "" } else { "s" };
            let _ = writeln!(page, "{also}{relaxed} relaxed one{s}, which no ordering is below.");
        }
    }
    if !together.is_empty() {
        page.push_str("\n## Together\n\nThese can be weakened at once, and no further:\n\n");
        for Weakening { site, ordering } in together {
            let _ = writeln!(page, "- `{}`: {} {ordering:?}", site.place.file, name(sources, *site));
        }
    }
    page
}

/// What is said of what is weaker.
fn remarks(sources: &Sources, found: &Found) -> Vec<String> {
    let Found { site, ordering, weakest, trials, models, is_complete } = found;
    let mut remarks = Vec::new();
    for (weaker, trial) in trials {
        match trial {
            Trial::Refuted { test, why } => remarks.push(format!("{weaker:?}: {why} in `{test}`")),
            Trial::Undecided { test } => {
                remarks.push(format!("{weaker:?}: undecided, `{test}` takes too long"))
            }
            Trial::Holds => {}
        }
    }
    if weakest != &[*ordering] {
        let part = if *is_complete { "" } else { ", some of which are not explored completely" };
        remarks.push(match sources.reason(*site, *ordering) {
            Some(reason) => format!("stronger than the models need: {reason}"),
            None => format!("**stronger than the {models} models need that come here{part}**"),
        });
    }
    remarks
}
