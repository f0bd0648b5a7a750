//! The same for machines: one JSON document.

use selvedge::Verdict;
use serde::Serialize;

use super::Explored;
use crate::registry::Printed;

#[derive(Serialize)]
struct Document<'a> {
    models: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    variant: &'a str,
    time: String,
    engine: &'a str,
    verdict: &'a str,
    complete: bool,
    /// Whether primitives were explored as their specifications.
    over_specifications: bool,
    /// Why not all was explored, where it was not and nothing failed.
    limit: Option<String>,
    executions: u64,
    failing: u64,
    outcomes: &'a std::collections::BTreeMap<String, u64>,
    printed: Vec<PrintedRow<'a>>,
    elapsed_s: f64,
}

/// A run that the document prints.
#[derive(Serialize)]
struct PrintedRow<'a> {
    source: &'a str,
    outcome: String,
    reachable: bool,
}

pub(super) fn print(explored: &[Explored]) {
    let models = explored
        .iter()
        .map(|e| Row {
            id: e.exploration.model.id,
            variant: e.exploration.variant.name,
            time: e.exploration.reading.to_string(),
            engine: e.report.engine(),
            verdict: e.report.verdict().word(),
            complete: e.report.complete(),
            over_specifications: e.report.is_over_specifications(),
            limit: match e.report.verdict() {
                Verdict::Incomplete(limit) => Some(limit.to_string()),
                _ => None,
            },
            executions: e.report.executions(),
            failing: e.report.failing(),
            outcomes: e.report.outcomes(),
            printed: e.exploration.printed().map(|p| printed(p, e)).collect(),
            elapsed_s: e.report.elapsed().as_secs_f64(),
        })
        .collect();
    let document = serde_json::to_string_pretty(&Document { models }).expect("strings and numbers are JSON");
    println!("{document}");
}

fn printed<'a>(printed: &Printed, e: &'a Explored) -> PrintedRow<'a> {
    let outcome = printed.outcome();
    let reachable = e.exploration.sees(printed, &e.report);
    PrintedRow { source: printed.source, outcome, reachable }
}
