//! What the command makes of the reports of ten classes of bug, and of a program that holds.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

mod arrows;
mod browser;
#[path = "../../../tests/classes/models.rs"]
mod models;
mod schema;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

use cargo_selvedge::{Document, Verdict, github, html, junit, sarif};
use schema::violations;
use selvedge::Checker;
use selvedge::report::Sources;
use serde_json::Value;

const FAILING: [(&str, fn()); 13] = [
    ("lost update", models::lost_update),
    ("check-then-act", models::check_then_act),
    ("lost wake-up", models::lost_wake_up),
    ("deadlock of two", models::deadlock_of_two),
    ("deadlock of three", models::deadlock_of_three),
    ("livelock", models::livelock),
    ("data race", models::data_race),
    ("use after free", models::use_after_free),
    ("double free", models::double_free),
    ("stale read", models::stale_read),
    ("broken barrier", models::broken_barrier),
    ("late cancel", models::late_cancel),
    ("atomicity violation", models::atomicity_violation),
];

fn two_outcomes() {
    let shared = std::sync::Arc::new(selvedge::sync::atomic::AtomicBool::new(false));
    let theirs = shared.clone();
    let other = selvedge::thread::spawn(move || {
        theirs.load(Relaxed);
        selvedge::outcome("<ping> & \"pong\"");
    });
    shared.load(Relaxed);
    selvedge::outcome("after");
    other.join().unwrap();
}

fn json(name: &str, checker: &Checker, model: fn()) -> String {
    selvedge::report::json(name, &checker.run(model), &Sources::default())
}

/// The reports as the in-test crate writes them.
fn texts() -> Vec<(&'static str, String)> {
    let mut texts: Vec<_> =
        FAILING.iter().map(|(name, model)| (*name, json(name, &Checker::new(), *model))).collect();
    texts.push(("verified", json("verified", &Checker::new(), two_outcomes)));
    texts.push(("incomplete", json("incomplete", &Checker::new().max_executions(1), two_outcomes)));
    texts
}

fn documents() -> Vec<Document> {
    texts().iter().map(|(name, text)| Document::parse(text, Path::new(name)).unwrap()).collect()
}

#[test]
fn every_arrow_goes_along_something_that_orders() {
    for (name, model) in FAILING {
        let text = json(name, &Checker::new(), model);
        arrows::check(&Document::parse(&text, Path::new(name)).unwrap());
    }
}

#[test]
fn every_report_is_as_the_published_schema_says() {
    let schema = include_str!("../../../../docs/report.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let recording = Checker::new().record_orderings();
    let with_orderings = ("with orderings", json("with orderings", &recording, models::stale_read));
    let used = Document::parse(&with_orderings.1, Path::new("with orderings")).unwrap().orderings;
    assert_eq!(used.len(), 4, "two stores and two loads");
    for (name, text) in texts().into_iter().chain([with_orderings]) {
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(violations(&schema, &document), Vec::<String>::new(), "{name}");
        // What was read says the same again.
        let again = serde_json::to_value(Document::parse(&text, Path::new(name)).unwrap()).unwrap();
        assert_eq!(again, document, "{name}");
    }
}

#[test]
fn a_report_of_another_form_is_refused() {
    let text = texts().remove(0).1.replace("selvedge-report-1", "selvedge-report-2");
    let error = Document::parse(&text, Path::new("old.json")).unwrap_err().to_string();
    assert_eq!(
        error,
        "old.json: a report of the form `selvedge-report-2`, where `selvedge-report-1` is read"
    );
}

#[test]
fn a_page_leaves_out_what_is_too_much_and_says_so() {
    let mut document = documents().into_iter().find(|d| d.counterexample.is_some()).expect("one fails");
    let finding = document.counterexample.as_mut().expect("it fails");
    let first = finding.steps[0].clone();
    finding.steps = vec![first; 1_000];
    (1..).zip(&mut finding.steps).for_each(|(number, step)| step.number = Some(number));
    document.outcomes = vec![document.outcomes[0].clone(); 5_000];
    (1..)
        .zip(&mut document.outcomes)
        .for_each(|(n, seen)| seen.outcome = format!("outcome {n} of {}", 5_000));
    let page = html::render(&document);
    assert!(page.len() <= 150_000, "{} bytes", page.len());
    assert!(page.contains("The execution has 1,000 steps"), "{page}");
    assert!(page.contains("outcome 1 of 5000") && page.contains("more in the JSON report"), "{page}");
}

#[test]
fn a_page_is_small_and_asks_the_network_for_nothing() {
    for document in documents() {
        let page = html::render(&document);
        assert!(page.len() <= 150_000, "{}: {} bytes", document.name, page.len());
        for asks in
            ["http:", "https:", "//cdn", "src=", "<link", "<img", "@import", "url(\"", "fetch(", "import("]
        {
            assert!(!page.contains(asks), "{}: {asks}", document.name);
        }
        let references = page.match_indices("href=\"").map(|(at, _)| &page[at + 6..at + 7]);
        assert!(references.into_iter().all(|first| first == "#"), "{}", document.name);
    }
}

#[test]
fn a_page_says_all_without_its_scripts() {
    for document in documents() {
        let page = html::render(&document);
        let read = page.split("<script").next().unwrap();
        let has = |text: &str| {
            let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let escaped = escaped.replace('"', "&quot;").replace('\'', "&#x27;").replace('/', "&#x2f;");
            read.contains(&escaped)
        };
        assert!(has(document.word()) && has(&document.headline()), "{}", document.name);
        if let Some(finding) = &document.counterexample {
            assert!(finding.because.iter().all(|reason| has(reason)), "{}: {read}", document.name);
            assert!(finding.operations().all(|(_, step)| has(&step.call)), "{}", document.name);
            assert!(has(finding.schedule.as_deref().unwrap()), "{}", document.name);
        }
        assert!(document.outcomes.iter().all(|o| has(&o.outcome)), "{}: {read}", document.name);
    }
}

#[test]
fn sarif_is_as_its_standard_says() {
    let log: Value = serde_json::from_str(&sarif::render(&documents())).unwrap();
    assert_eq!(violations(&schema::sarif_schema(), &log), Vec::<String>::new());
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: BTreeSet<_> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), rules.len(), "the ids of rules differ (3.49.3)");
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), FAILING.len(), "a result for each report that fails");
    for result in results {
        assert!(ids.contains(result["ruleId"].as_str().unwrap()), "a rule that is not there: {result}");
        let flows = result["codeFlows"][0]["threadFlows"].as_array().unwrap();
        let order = flows.iter().flat_map(|flow| {
            let steps = flow["locations"].as_array().unwrap();
            let numbers: Vec<_> = steps.iter().map(|s| s["executionOrder"].as_u64().unwrap()).collect();
            assert!(numbers.is_sorted(), "a thread's steps are in its order (3.37): {numbers:?}");
            numbers
        });
        let mut order: Vec<_> = order.collect();
        order.sort_unstable();
        assert_eq!(order, (1..=order.len() as u64).collect::<Vec<_>>(), "one order of all steps (3.38.11)");
    }
}

#[test]
fn junit_counts_what_failed_and_what_is_no_pass() {
    let documents = documents();
    let text = junit::render("documents", &documents);
    assert_eq!(schema::xml_violations(&schema::junit_schema(), &text), Vec::<String>::new());
    let report = quick_junit::Report::deserialize_from_str(&text).unwrap();
    assert_eq!((report.tests, report.failures, report.errors), (15, 13, 1));
    let suite = &report.test_suites[0];
    assert_eq!((suite.tests, suite.failures, suite.errors), (15, 13, 1));
    for (case, document) in suite.test_cases.iter().zip(&documents) {
        assert_eq!(case.name.as_str(), document.name);
        let is_success = matches!(case.status, quick_junit::TestCaseStatus::Success { .. });
        assert_eq!(is_success, document.verdict == Verdict::Verified, "{}", document.name);
    }
}

#[test]
fn a_workflow_is_told_of_each_bug_once() {
    let mut documents = documents();
    let again = Document { name: "another test".to_owned(), ..documents[0].clone() };
    documents.push(again);
    let told = github::annotations(&documents);
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(
        lines.iter().filter(|line| line.starts_with("::error file=")).count(),
        FAILING.len(),
        "{told}"
    );
    assert_eq!(lines.iter().filter(|line| line.starts_with("::warning ")).count(), 1, "{told}");
    assert_eq!(lines.len(), FAILING.len() + 1, "nothing else, and no line is broken: {told}");
}
