//! The same for machines: one JSON document.

use serde::Serialize;

use super::Explored;

#[derive(Serialize)]
struct Document<'a> {
    models: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    variant: &'a str,
    engine: &'a str,
    verdict: &'a str,
    complete: bool,
    executions: u64,
    outcomes: &'a std::collections::BTreeMap<String, u64>,
    elapsed_s: f64,
}

pub(super) fn print(explored: &[Explored]) {
    let models = explored
        .iter()
        .map(|e| Row {
            id: e.model.id,
            variant: e.variant.name,
            engine: e.report.engine(),
            verdict: e.report.verdict().word(),
            complete: e.report.complete(),
            executions: e.report.executions(),
            outcomes: e.report.outcomes(),
            elapsed_s: e.report.elapsed().as_secs_f64(),
        })
        .collect();
    let document = serde_json::to_string_pretty(&Document { models }).expect("strings and numbers are JSON");
    println!("{document}");
}
