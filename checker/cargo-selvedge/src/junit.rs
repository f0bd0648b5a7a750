//! JUnit's XML: a test case for each report. What is incomplete is no pass: it is an error, and what failed is a failure.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::document::{Document, Verdict};

/// Renders `documents` as one test suite.
pub fn render(suite: &str, documents: &[Document]) -> String {
    let mut report = Report::new("selvedge");
    let mut cases = TestSuite::new(suite);
    for document in documents {
        let status = match document.verdict {
            Verdict::Verified => TestCaseStatus::success(),
            Verdict::Failed => not(NonSuccessKind::Failure, document),
            Verdict::Incomplete => not(NonSuccessKind::Error, document),
        };
        let mut case = TestCase::new(document.name.as_str(), status);
        case.set_classname(suite);
        if let Some(elapsed) = document.elapsed {
            case.set_time(elapsed);
        }
        case.set_system_out(format!("{} executions", document.executions));
        cases.add_test_case(case);
    }
    report.add_test_suite(cases);
    report.to_string().expect("what was escaped is XML")
}

fn not(kind: NonSuccessKind, document: &Document) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(document.headline());
    if let Some(finding) = &document.counterexample {
        status.set_type(finding.class.as_str());
        let steps = finding.operations().map(|(number, step)| {
            format!("{number:>4}  {}  {}  {}", finding.threads[step.thread], step.text(), step.place)
        });
        let lines: Vec<_> = finding.because.iter().cloned().chain(steps).collect();
        status.set_description(lines.join("\n"));
    }
    status
}
