//! What a GitHub workflow shows: an annotation for each distinct bug, and the summary of the step.
//!
//! See the documentation of GitHub Actions, "Workflow commands for GitHub Actions".

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::document::{Document, Place, Verdict};

/// A workflow command for each bug, the same bug once.
pub fn annotations(documents: &[Document]) -> String {
    let mut out = String::new();
    let mut told = BTreeSet::new();
    for document in documents.iter().filter(|d| d.verdict != Verdict::Verified) {
        let title = format!("{} {}", document.word(), document.name);
        let mut tell = |level: &str, place: Option<Place>, what: &str| {
            let place = place.map_or(String::new(), |p| {
                format!("file={},line={},col={},", property(&p.file), p.line, p.column)
            });
            if told.insert((place.clone(), what.to_owned())) {
                let _ = writeln!(out, "::{level} {place}title={}::{}", property(&title), data(what));
            }
        };
        for finding in document.findings() {
            let last = || Some(finding.operations().last()?.1.place.clone());
            let what = format!("{}: {}", finding.class, finding.sentence);
            tell("error", finding.place.clone().or_else(last), &what);
        }
        if document.counterexample.is_none() {
            let level = if document.verdict == Verdict::Failed { "error" } else { "warning" };
            tell(level, None, &document.headline());
        }
    }
    out
}

/// A table in Markdown of all explorations.
pub fn summary(documents: &[Document]) -> String {
    let mut out = String::from("| model | verdict | executions | |\n|---|---|---:|---|\n");
    for document in documents {
        let _ = writeln!(
            out,
            "| {} | **{}** | {} | {} |",
            cell(&document.name),
            document.word(),
            document.executions,
            cell(&document.headline())
        );
    }
    out
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
