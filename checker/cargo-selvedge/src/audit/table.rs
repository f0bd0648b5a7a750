//! What was found, as a page that is kept: a table in Markdown for each file, with no line numbers, so that it stays what it
//! is when lines move.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::atomic::Ordering::Relaxed;

use selvedge::audit::{Site, Weakening};

use super::search::{Found, Trial};
use super::sources::Sources;

const HEAD: &str =
    "| in | access | of | ordering | weakest | weaker than that |\n|---|---|---|---|---|---|\n";

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
        page.push_str("\n## Together\n\nThese can be weakened at once, and no further.\n\n");
        page.push_str("| file | in | access | of | to |\n|---|---|---|---|---|\n");
        for Weakening { site, ordering } in together {
            let _ = writeln!(page, "| `{}` {} {ordering:?} |", site.place.file, name(sources, *site));
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
        let come = if *models == 1 { "model that comes" } else { "models that come" };
        let part = if *is_complete { "" } else { ", not all of them explored completely" };
        remarks.push(match sources.reason(*site, *ordering) {
            Some(reason) => format!("stronger than the models need: {reason}"),
            None => format!("**stronger than needed by the {models} {come} here{part}**"),
        });
    }
    remarks
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::{self, Acquire, Release};

    use super::*;
    use crate::audit::sources::tests::{site, sources};

    fn refuted(test: &str) -> Trial {
        Trial::Refuted { test: test.to_owned(), why: "data race".to_owned() }
    }

    fn found(site: Site, ordering: Ordering, weakest: Ordering, trial: Trial) -> Found {
        let trials = vec![(Relaxed, trial)];
        Found { site, ordering, weakest: vec![weakest], trials, models: 3, is_complete: false }
    }

    #[test]
    fn a_page_names_the_test_that_refutes_and_the_next_audit_finds_it_there() {
        let exchange = site("compare_exchange", "success");
        let found = [found(exchange, Release, Release, refuted("queue::all_is_seen"))];
        let page = page(&sources(), &found, &[]);
        let row = "| set | `self.0.compare_exchange(0, 1 \\| 2, Release, Acquire)` | success | Release | Release | Relaxed: data \
                   race in `queue::all_is_seen` |";
        assert!(page.contains(row), "no `{row}` in\n{page}");
        let kept = Kept::parse(&page);
        assert_eq!(kept.named(&sources(), exchange), ["queue::all_is_seen"]);
        assert!(kept.named(&sources(), site("load", "load")).is_empty(), "of another site");
        assert!(is_settled(&sources(), &found[0]));
    }

    #[test]
    fn what_is_stronger_than_needed_is_settled_by_a_reason_alone() {
        let with = found(site("compare_exchange", "success"), Release, Relaxed, Trial::Holds);
        let without = found(site("load", "load"), Acquire, Relaxed, Trial::Holds);
        assert!(is_settled(&sources(), &with));
        assert!(!is_settled(&sources(), &without));
        let page = page(&sources(), &[with, without], &[]);
        assert!(page.contains("stronger than the models need: Release, for a thread that looks"), "{page}");
        let open =
            "**stronger than needed by the 3 models that come here, not all of them explored completely**";
        assert!(page.contains(open), "{page}");
    }

    #[test]
    fn what_took_too_long_is_not_settled() {
        let late = Trial::Undecided { test: "slow".to_owned() };
        let found = found(site("load", "load"), Acquire, Acquire, late);
        assert!(!is_settled(&sources(), &found));
        assert!(page(&sources(), &[found], &[]).contains("Relaxed: undecided, `slow` takes too long"));
    }
}
