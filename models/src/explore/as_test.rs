//! A failing interleaving as a Rust test.

use std::fmt::Write;

use selvedge::report::Story;
use selvedge::{FailureKind, Verdict};

use super::{Exploration, Explored, registry};
use crate::registry::Reading;

/// A test for each of these that fails; an empty text where none does.
pub(super) fn all(explored: &[Explored]) -> String {
    let tests: Vec<_> = explored.iter().filter_map(test).collect();
    if tests.is_empty() {
        return "// Nothing fails.\n".to_owned();
    }
    format!(
        "//! Interleavings that fail, as `cargo explore --as-test` writes them. When a bug is mended, its `should_panic` goes,\n\
         //! and the test keeps it from coming back.\n\n\
         #![cfg(all(loom, not(feature = \"upstream-loom\")))]\n\n\
         use selvedge::{{Checker, Time, Verdict}};\n\
         use selvedge_models::registry;\n\n{}",
        tests.join("\n")
    )
}

fn test(explored: &Explored) -> Option<String> {
    let Verdict::Failed(failure) = explored.report.verdict() else { return None };
    let found = explored.report.counterexample()?;
    let schedule = found.schedule()?;
    let Exploration { model, variant, reading, .. } = explored.exploration;
    let Story { class, sentence, .. } = Story::of(found, &registry::sources());
    let name =
        format!("{} {} in {reading} time", model.id, variant.name).to_lowercase().replace([' ', '-'], "_");
    let time = match reading {
        Reading::Adversarial => "Time::Adversarial",
        Reading::Virtual => "Time::Virtual",
    };
    // Lines move; what goes wrong, and in which thread, does not.
    let expected = match &failure.thread {
        Some(thread) if failure.kind != FailureKind::Deadlock => format!("{} in {thread}", failure.kind),
        _ => failure.kind.to_string(),
    };
    let mut test = String::new();
    let written = write!(
        test,
        "/// {}: {}.\n\
         #[test]\n\
         #[should_panic(expected = {expected:?})]\n\
         fn {name}() {{\n    \
             let example = registry::find({:?}).expect(\"the example is there\");\n    \
             let version = example.variant({:?}).expect(\"the version is there\");\n    \
             let schedule = \"{schedule}\";\n    \
             let schedule = schedule.parse().expect(\"it is a schedule\");\n    \
             let checker = Checker::new().time({time}).specifications().replay(&schedule);\n    \
             if let Verdict::Failed(failure) = checker.run(version.program).verdict() {{\n        \
                 panic!(\"{{failure}}\");\n    \
             }}\n\
         }}\n",
        class.name(),
        sentence.trim_end_matches('.'),
        model.id,
        variant.name,
    );
    written.ok().map(|()| test)
}
