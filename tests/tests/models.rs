//! The gate over the documents' examples: every verdict as on record, every mutant caught, every outcome kept.
//!
//! On a plain build each program that holds runs once on real threads.

use selvedge_models::registry::{MODELS, Reading, Variant};

/// `as-printed`, `sampled`, `repaired` or `mutant`.
fn kind(variant: &Variant) -> &'static str {
    ["as-printed", "sampled", "repaired", "mutant"]
        .into_iter()
        .find(|kind| {
            variant.name.strip_prefix(kind).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
        .unwrap_or_else(|| panic!("{} is no kind of variant", variant.name))
}

#[test]
fn every_model_has_its_program_as_printed_and_a_mutant_that_fails() {
    for model in MODELS {
        let kinds: Vec<_> = model.variants.iter().map(kind).collect();
        assert!(kinds.contains(&"as-printed"), "{}", model.id);
        assert!(kinds.contains(&"mutant"), "{} has no mutant that has to be caught", model.id);
        for variant in model.variants.iter().filter(|v| kind(v) == "mutant") {
            assert!(!variant.holds(), "{} {}", model.id, variant.name);
        }
    }
}

#[test]
fn whatever_fails_as_printed_is_repaired() {
    for model in MODELS {
        let of_kind = |wanted| model.variants.iter().filter(move |v| kind(v) == wanted);
        if of_kind("as-printed").any(|printed| !printed.holds()) {
            assert!(of_kind("repaired").count() > 0, "{} is not repaired", model.id);
        }
        for repaired in of_kind("repaired") {
            assert!(repaired.holds(), "{} {}", model.id, repaired.name);
        }
    }
}

#[test]
fn every_printed_run_is_one_of_a_variant_that_is_as_printed_in_the_same_readings_of_time() {
    for model in MODELS {
        for printed in model.printed {
            let variant = model.variant(printed.variant).expect(printed.variant);
            let kind = kind(variant);
            assert!(matches!(kind, "as-printed" | "sampled"), "{} {}: {kind}", model.id, printed.source);
            for reading in Reading::ALL {
                let (expected, reachable) = (variant.expected.of(reading), printed.reachable.of(reading));
                assert_eq!(expected.is_some(), reachable.is_some(), "{} {}", model.id, printed.source);
            }
        }
    }
}

#[test]
fn every_claim_stands_or_falls_with_variants_that_there_are() {
    for model in MODELS {
        assert!(!model.evidence.is_empty(), "{}", model.id);
        for evidence in model.evidence {
            assert!(model.variant(evidence.variant()).is_some(), "{} {}", model.id, evidence.variant());
        }
    }
}

/// Where what each model shows is kept, in a file for each.
const SNAPSHOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/models");

#[test]
fn every_snapshot_is_of_a_model() {
    let files = std::fs::read_dir(SNAPSHOTS).unwrap().map(|entry| entry.unwrap().path());
    for file in files.filter(|file| file.extension().is_some_and(|kind| kind == "snap")) {
        let of = MODELS.iter().find(|model| file.file_stem().is_some_and(|id| id == model.id));
        assert!(of.is_some(), "{} is of no model", file.display());
    }
}

#[cfg(loom)]
mod explored {
    use std::fmt::Write as _;
    #[cfg(not(feature = "upstream-loom"))]
    use std::panic::catch_unwind;
    use std::sync::LazyLock;

    use selvedge_models::registry::{Exploration, Explored};
    #[cfg(not(feature = "upstream-loom"))]
    use selvedge_models::{hazards::HAZARDS, registry::Loom, registry::Model};

    use super::*;

    /// Every variant's reports; each is explored once for all tests.
    static REPORTS: LazyLock<Vec<Explored>> = LazyLock::new(|| {
        let all = MODELS.iter().flat_map(Exploration::of);
        all.map(|exploration| Explored::new(exploration, exploration.run())).collect()
    });

    #[test]
    fn every_verdict_is_the_one_on_record() {
        let mut differing = String::new();
        for e in REPORTS.iter().filter(|e| !e.agrees_on_verdict()) {
            writeln!(differing, "{}: {}", e.exploration, e.report.verdict()).unwrap();
        }
        assert!(differing.is_empty(), "not as recorded:\n{differing}");
    }

    /// So it is loom's bound that keeps it from them, and not their number of preemptions.
    #[cfg(not(feature = "upstream-loom"))]
    #[test]
    fn what_loom_misses_under_its_bound_fails_without_a_preemption() {
        let missed = REPORTS.iter().map(|e| &e.exploration).filter(|e| e.variant.loom == Loom::MISSES);
        let fails: Vec<bool> = missed.map(|exploration| exploration.fails_without_preemption()).collect();
        assert!(!fails.is_empty() && fails.iter().all(|fails| *fails), "{fails:?}");
    }

    #[test]
    fn every_printed_run_is_as_reachable_as_is_on_record() {
        let mut differing = String::new();
        for e in REPORTS.iter() {
            for (printed, _) in e.printed().filter(|(printed, seen)| !e.records(printed, *seen)) {
                writeln!(differing, "{}, {}: {}", e.exploration, printed.source, printed.outcome()).unwrap();
            }
        }
        assert!(differing.is_empty(), "not as recorded:\n{differing}");
    }

    fn outcomes(explored: &Explored) -> Vec<&str> {
        explored.report.outcomes().keys().map(String::as_str).filter(|o| !o.is_empty()).collect()
    }

    /// How many there are, and FNV-1a, 64 bits (Fowler, Noll and Vo), of all as lines.
    fn digest(outcomes: &[&str]) -> String {
        let bytes = outcomes.iter().flat_map(|outcome| outcome.bytes().chain([b'\n']));
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        format!("{} outcomes, digest {hash:016x}", outcomes.len())
    }

    /// What loom sees within its bounds is among what selvedge's engine has seen and the snapshot lists.
    #[cfg(feature = "upstream-loom")]
    #[test]
    fn the_outcomes_of_the_second_opinion_are_among_ours() {
        for e in REPORTS.iter().filter(|e| e.holds()) {
            let heading = e.exploration.to_string();
            let ours =
                std::fs::read_to_string(format!("{SNAPSHOTS}/{}.snap", e.exploration.model.id)).unwrap();
            let mut lines = ours.lines().skip_while(|line| **line != heading);
            assert!(lines.next().is_some(), "{heading} is not in the snapshot");
            let kept: Vec<_> = lines.map_while(|line| line.strip_prefix("    ")).collect();
            let outcomes = outcomes(e);
            if let Some((all, _)) = kept.first().and_then(|line| line.split_once(" outcomes, digest ")) {
                let fewer = outcomes.len() < all.parse().unwrap();
                assert!(fewer || digest(&outcomes) == kept[0], "{heading}: {}", digest(&outcomes));
                continue;
            }
            for outcome in outcomes {
                assert!(kept.contains(&outcome), "{heading}: `{outcome}` is not among {kept:#?}");
            }
        }
    }

    /// Of more outcomes than this there are only a digest, the first few and the last.
    #[cfg(not(feature = "upstream-loom"))]
    const LISTED: usize = 80;

    /// Of each of its programs that holds the outcomes, and of each that fails the interleaving.
    #[cfg(not(feature = "upstream-loom"))]
    fn shown(model: &Model) -> String {
        let (sources, mut all) = (selvedge_models::registry::sources(), String::new());
        for e in REPORTS.iter().filter(|e| e.exploration.model.id == model.id) {
            writeln!(all, "{}", e.exploration).unwrap();
            if !e.holds() {
                writeln!(all, "\n{}", selvedge::report::Terminal::new(&e.report, &sources)).unwrap();
                continue;
            }
            let mut outcomes = outcomes(e);
            if outcomes.len() > LISTED {
                writeln!(all, "    {}", digest(&outcomes)).unwrap();
                outcomes.splice(3..outcomes.len() - 1, ["…"]);
            }
            for outcome in outcomes {
                writeln!(all, "    {outcome}").unwrap();
            }
            writeln!(all).unwrap();
        }
        all
    }

    /// `INSTA_UPDATE=always` writes the snapshots anew. loom stops earlier, and sees what it sees.
    #[cfg(not(feature = "upstream-loom"))]
    #[test]
    fn the_outcomes_of_programs_that_hold_and_the_interleavings_of_those_that_fail_are_these() {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(SNAPSHOTS);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let is_as_kept = |model: &&Model| {
            settings.bind(|| catch_unwind(|| insta::assert_snapshot!(model.id, shown(model))).is_ok())
        };
        let differing: Vec<_> = MODELS.iter().filter(|model| !is_as_kept(model)).map(|m| m.id).collect();
        assert!(differing.is_empty(), "not as kept: {differing:?}");
    }

    #[cfg(not(feature = "upstream-loom"))]
    #[test]
    fn every_hazard_is_confirmed_or_refuted_as_is_on_record() {
        for hazard in HAZARDS {
            let variant = selvedge_models::registry::find(hazard.id).and_then(|m| m.variant(hazard.variant));
            let variant = variant.unwrap_or_else(|| panic!("{} {}", hazard.id, hazard.variant));
            assert_eq!(hazard.is_confirmed(&REPORTS), hazard.confirmed, "{}: {}", hazard.id, hazard.what);
            assert!(hazard.confirmed || variant.holds(), "{}: {}", hazard.id, hazard.what);
        }
    }

    /// A program that is sampled proves nothing: some other version of it was explored to the end.
    #[cfg(not(feature = "upstream-loom"))]
    #[test]
    fn what_is_drawn_at_random_is_explored_completely_in_a_smaller_size() {
        for model in MODELS {
            let explored = |holds: bool| {
                REPORTS.iter().filter(move |e| {
                    e.exploration.model.id == model.id && e.report.verdict().is_verified() == holds
                })
            };
            if explored(false).any(|e| e.report.sample().is_some()) {
                assert!(explored(true).count() > 0, "{}", model.id);
            }
        }
    }

    #[cfg(not(feature = "upstream-loom"))]
    #[test]
    fn the_page_of_findings_is_what_is_found() {
        let kept = include_str!("../../docs/findings.md");
        let found = selvedge_models::findings::page(&REPORTS);
        let differing = found.lines().zip(kept.lines()).find(|(found, kept)| found != kept);
        assert_eq!(differing, None, "`cargo explore --findings > docs/findings.md` writes what is found");
        assert_eq!(found.lines().count(), kept.lines().count());
    }
}

#[cfg(not(loom))]
#[test]
fn every_program_that_holds_runs_on_real_threads() {
    for variant in MODELS.iter().flat_map(|m| m.variants).filter(|v| v.holds()) {
        (variant.program)();
    }
}

/// What is explored smaller than the documents have it.
#[cfg(not(loom))]
mod at_full_size {
    use selvedge_models::counters::{Purse, money};
    use selvedge_models::repositories::{Shop, repositories};

    #[test]
    fn the_money_of_100_000_additions_and_takings_is_5_000_000() {
        money(Purse::AS_PRINTED);
    }

    #[test]
    fn no_purchase_of_4000_is_lost_and_the_audits_add_up() {
        repositories(Shop::FIRST_RUN);
        repositories(Shop::SECOND_RUN);
    }
}
