//! The gate over the documents' examples: every verdict as on record, every mutant caught, every outcome kept.
//!
//! On a plain build each program that holds runs once on real threads.

use selvedge_models::registry::{Expected, MODELS, Model, Variant};

fn variants() -> impl Iterator<Item = (&'static Model, &'static Variant)> {
    MODELS.iter().flat_map(|m| m.variants.iter().map(move |v| (m, v)))
}

#[test]
fn every_model_has_its_program_as_printed_and_a_mutant_that_fails() {
    for model in MODELS {
        assert!(model.variant("as-printed").is_some(), "{}", model.id);
        let fails = |v: &&Variant| v.name.starts_with("mutant-") && matches!(v.expected, Expected::Fails(_));
        assert!(model.variants.iter().any(|v| fails(&v)), "{} has no mutant that has to be caught", model.id);
        for variant in model.variants {
            let known =
                matches!(variant.name, "as-printed" | "repaired") || variant.name.starts_with("mutant-");
            assert!(known, "{} {}", model.id, variant.name);
            if variant.name.starts_with("mutant-") {
                assert!(matches!(variant.expected, Expected::Fails(_)), "{} {}", model.id, variant.name);
            }
        }
    }
}

#[test]
fn whatever_fails_as_printed_is_repaired() {
    for model in MODELS {
        let printed = model.variant("as-printed").unwrap();
        if matches!(printed.expected, Expected::Fails(_)) {
            let repaired =
                model.variant("repaired").unwrap_or_else(|| panic!("{} is not repaired", model.id));
            assert_eq!(repaired.expected, Expected::Holds, "{}", model.id);
        }
    }
}

#[cfg(loom)]
mod explored {
    use std::fmt::Write as _;
    use std::sync::LazyLock;

    use selvedge::Report;

    use super::*;

    /// Every variant's report; each is explored once for all tests.
    static REPORTS: LazyLock<Vec<(&Model, &Variant, Report)>> =
        LazyLock::new(|| variants().map(|(m, v)| (m, v, v.explore())).collect());

    #[test]
    fn every_verdict_is_the_one_on_record() {
        let mut differing = String::new();
        for (model, variant, report) in REPORTS.iter().filter(|(_, v, report)| !v.agrees(report)) {
            writeln!(differing, "{} {}: {}", model.id, variant.name, report.verdict()).unwrap();
        }
        assert!(differing.is_empty(), "not as recorded:\n{differing}");
    }

    /// What loom sees within its bounds is among what selvedge's engine has seen and the snapshot keeps.
    #[cfg(feature = "upstream-loom")]
    #[test]
    fn the_outcomes_of_the_second_opinion_are_among_ours() {
        let ours =
            include_str!("snapshots/models__explored__the_outcomes_of_programs_that_hold_are_these.snap");
        for (model, variant, report) in REPORTS.iter().filter(|(_, v, _)| v.expected == Expected::Holds) {
            let heading = format!("{} {}", model.id, variant.name);
            let kept: Vec<_> = ours
                .lines()
                .skip_while(|line| **line != heading)
                .skip(1)
                .map_while(|line| line.strip_prefix("    "))
                .collect();
            for outcome in report.outcomes().keys().filter(|o| !o.is_empty()) {
                assert!(kept.contains(&outcome.as_str()), "{heading}: `{outcome}` is not among {kept:#?}");
            }
        }
    }

    /// loom stops earlier, and sees what it sees.
    #[cfg(not(feature = "upstream-loom"))]
    #[test]
    fn the_outcomes_of_programs_that_hold_are_these() {
        let mut all = String::new();
        for (model, variant, report) in REPORTS.iter().filter(|(_, v, _)| v.expected == Expected::Holds) {
            writeln!(all, "{} {}", model.id, variant.name).unwrap();
            for outcome in report.outcomes().keys().filter(|o| !o.is_empty()) {
                writeln!(all, "    {outcome}").unwrap();
            }
        }
        insta::assert_snapshot!(all);
    }

    #[cfg(not(feature = "upstream-loom"))]
    #[test]
    fn the_interleavings_of_programs_that_fail_are_these() {
        let mut all = String::new();
        for (model, variant, report) in REPORTS.iter().filter(|(_, v, _)| v.expected != Expected::Holds) {
            let shown = report.counterexample().map(|c| format!("{c}{}", c.failure())).unwrap_or_default();
            writeln!(all, "{} {}\n\n{shown}\n", model.id, variant.name).unwrap();
        }
        insta::assert_snapshot!(all);
    }
}

#[cfg(not(loom))]
#[test]
fn every_program_that_holds_runs_on_real_threads() {
    for (_, variant) in variants().filter(|(_, v)| v.expected == Expected::Holds) {
        (variant.program)();
    }
}
