//! SARIF 2.1.0 (OASIS Standard, 2020): a result for each failing report, with a thread flow for each thread.

use serde_json::{Value, json};

use crate::document::{Document, Finding, Place, Step};

/// Renders `documents` as one run.
pub fn render(documents: &[Document]) -> String {
    let findings: Vec<_> = documents.iter().flat_map(|d| d.findings().map(move |f| (d, f))).collect();
    let mut classes: Vec<_> = findings.iter().map(|(_, f)| f.class.as_str()).collect();
    classes.sort_unstable();
    classes.dedup();
    let rules: Vec<_> = classes
        .iter()
        .map(|class| json!({ "id": rule(class), "shortDescription": { "text": class } }))
        .collect();
    let results: Vec<_> = findings.iter().map(|(d, f)| result(d, f)).collect();
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "selvedge", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    serde_json::to_string_pretty(&log).expect("strings and numbers are JSON")
}

fn rule(class: &str) -> String {
    class.replace(' ', "-")
}

fn result(document: &Document, finding: &Finding) -> Value {
    let at = finding.place.clone().or_else(|| Some(finding.operations().last()?.1.place.clone()));
    let locations: Vec<_> = at.iter().map(|place| json!({ "physicalLocation": physical(place) })).collect();
    let flows: Vec<_> = finding
        .threads
        .iter()
        .enumerate()
        .map(|(thread, name)| {
            let own = finding.operations().filter(|(_, step)| step.thread == thread);
            let locations: Vec<_> = own.map(|(number, step)| flow_location(number, step)).collect();
            (name, locations)
        })
        .filter(|(_, locations)| !locations.is_empty())
        .map(|(name, locations)| json!({ "id": name, "message": { "text": name }, "locations": locations }))
        .collect();
    json!({
        "ruleId": rule(&finding.class),
        "level": "error",
        "message": { "text": format!("{}: {}", document.name, finding.sentence) },
        "locations": locations,
        "codeFlows": [{ "threadFlows": flows }],
    })
}

fn flow_location(number: usize, step: &Step) -> Value {
    json!({
        "executionOrder": number,
        "location": { "physicalLocation": physical(&step.place), "message": { "text": step.text() } },
    })
}

fn physical(place: &Place) -> Value {
    json!({
        "artifactLocation": { "uri": place.file.replace('\\', "/") },
        "region": { "startLine": place.line, "startColumn": place.column },
    })
}
