//! What a GitHub workflow shows: an annotation for each distinct bug, and the summary of the step.
//!
//! See the documentation of GitHub Actions, "Workflow commands for GitHub Actions".

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::document::{Document, Verdict};

/// A workflow command for each bug, the same bug once.
pub fn annotations(documents: &[Document]) -> String {
    let mut out = String::new();
    let mut told = BTreeSet::new();
    for document in documents.iter().filter(|d| d.verdict != Verdict::Verified) {
        let level = if document.verdict == Verdict::Failed { "error" } else { "warning" };
        let place = document.counterexample.as_ref().and_then(|finding| {
            finding.place.clone().or_else(|| Some(finding.operations().last()?.1.place.clone()))
        });
        let place = place.map_or(String::new(), |p| {
            format!("file={},line={},col={},", property(&p.file), p.line, p.column)
        });
        let title = format!("{} {}", document.word(), document.name);
        if told.insert((place.clone(), document.headline())) {
            let _ =
                writeln!(out, "::{level} {place}title={}::{}", property(&title), data(&document.headline()));
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
