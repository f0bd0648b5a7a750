//! The same for machines: one JSON document.

use selvedge::Verdict;
use serde::Serialize;

use super::exploring::{Found, Judgement};
use super::{Model, select};
use crate::registry::Printed;

#[derive(Serialize)]
struct Document<'a> {
    models: Vec<Row<'a>>,
    /// What was asked for and not begun when somebody stopped the command.
    left: Vec<String>,
    stopped: bool,
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
    as_recorded: Option<bool>,
    executions: u64,
    failing: u64,
    outcomes: &'a std::collections::BTreeMap<String, u64>,
    schedule: Option<String>,
    printed: Vec<PrintedRow>,
    elapsed_s: f64,
}

/// A run that the document prints.
#[derive(Serialize)]
struct PrintedRow {
    source: &'static str,
    outcome: String,
    reachable: bool,
}

pub(super) fn print(found: &Found) {
    let models = found
        .explored
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
            as_recorded: match found.judge(e) {
                Judgement::AsRecorded => Some(true),
                Judgement::Differs => Some(false),
                Judgement::Open => None,
            },
            executions: e.report.executions(),
            failing: e.report.failing(),
            outcomes: e.report.outcomes(),
            schedule: e.report.counterexample().and_then(|c| c.schedule()).map(ToString::to_string),
            printed: e.printed().map(printed).collect(),
            elapsed_s: e.report.elapsed().as_secs_f64(),
        })
        .collect();
    let left = found.left.iter().map(ToString::to_string).collect();
    write(&Document { models, left, stopped: found.stopped });
}

fn write(document: &impl Serialize) {
    println!("{}", serde_json::to_string_pretty(document).expect("strings and numbers are JSON"));
}

/// An example, unexplored.
#[derive(Serialize)]
struct Entry {
    id: &'static str,
    family: &'static str,
    title: &'static str,
    variants: Vec<&'static str>,
}

pub(super) fn catalogue(models: &[&'static Model]) {
    let entry = |model: &&'static Model| Entry {
        id: model.id,
        family: select::family_of(model),
        title: model.title,
        variants: model.variants.iter().map(|v| v.name).collect(),
    };
    write(&models.iter().map(entry).collect::<Vec<_>>());
}

fn printed((printed, reachable): (&'static Printed, bool)) -> PrintedRow {
    PrintedRow { source: printed.source, outcome: printed.outcome(), reachable }
}
