//! The command `explore`, as a user meets it.

use std::process::{Command, Output};

fn explore(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_explore")).args(arguments).env("NO_COLOR", "1").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
#[cfg(not(loom))]
fn a_build_that_cannot_explore_says_which_one_can() {
    let output = explore(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("`cargo explore`"), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty());
}

#[test]
fn help_names_the_exit_statuses() {
    let output = explore(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).contains("Exit status"), "{}", text(&output.stdout));
}

#[cfg(loom)]
mod exploring {
    use super::*;

    #[test]
    fn an_unknown_id_names_the_closest_ones() {
        let output = explore(&["E30"]);
        assert_eq!(output.status.code(), Some(2));
        let message = text(&output.stderr);
        assert!(message.contains("`E30`") && message.contains("the closest are E03"), "{message}");
        assert!(output.stdout.is_empty());
    }

    #[test]
    fn an_unknown_variant_names_those_that_there_are() {
        let output = explore(&["C02", "--variant", "mutant"]);
        assert_eq!(output.status.code(), Some(2));
        let message = text(&output.stderr);
        assert!(message.contains("`mutant`") && message.contains("mutant-if-for-while"), "{message}");
    }

    #[test]
    fn ids_are_taken_in_either_case() {
        assert_eq!(explore(&["c01", "--variant", "mutant-notify-one"]).status.code(), Some(0));
    }

    #[test]
    fn json_is_one_document_with_every_field_of_each_model() {
        let output = explore(&["C01", "--format", "json"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let models = document["models"].as_array().unwrap();
        let printed = models.iter().find(|m| m["variant"] == "as-printed").unwrap();
        assert_eq!(printed["id"], "C01");
        assert_eq!(printed["verdict"], "failed");
        assert_eq!(printed["complete"], false);
        let repaired = models.iter().find(|m| m["variant"] == "repaired").unwrap();
        if cfg!(feature = "upstream-loom") {
            assert_eq!(repaired["engine"], "loom");
            assert_eq!(repaired["verdict"], "incomplete", "bounded is not verified");
            assert_eq!(repaired["complete"], false);
        } else {
            assert_eq!(repaired["engine"], "selvedge");
            assert_eq!(repaired["verdict"], "verified");
            assert_eq!(repaired["complete"], true);
        }
        assert!(repaired["executions"].as_u64().unwrap() > 1);
        assert!(repaired["outcomes"]["c1 c2"].as_u64().unwrap() > 0);
        assert!(repaired["elapsed_s"].as_f64().unwrap() >= 0.0);
    }

    #[test]
    fn a_failing_example_is_shown_as_lanes_with_the_threads_names_and_lines() {
        let output = explore(&["E03", "--variant", "as-printed", "--ascii"]);
        assert_eq!(output.status.code(), Some(0), "the failure is the verdict on record");
        let shown = text(&output.stdout);
        for expected in ["Collector", "goods.get", "events.rs:", "past the mark"] {
            assert!(shown.contains(expected), "no `{expected}` in\n{shown}");
        }
        assert!(shown.is_ascii(), "{shown}");
    }

    #[test]
    fn variants_are_listed_a_line_each() {
        let output = explore(&["C01", "--variants"]);
        assert_eq!(output.status.code(), Some(0));
        let listed = text(&output.stdout);
        for (variant, verdict) in [("as-printed", "failed"), ("mutant-notify-one", "failed")] {
            let line = listed.lines().find(|l| l.starts_with("C01") && l.contains(variant));
            assert!(line.is_some_and(|l| l.contains(verdict)), "{listed}");
        }
    }

    #[test]
    fn two_runs_print_the_same_but_for_the_time() {
        let untimed = |output: Output| {
            let lines: Vec<_> = text(&output.stdout)
                .lines()
                .map(|l| l.split(" executions, ").next().unwrap().to_owned())
                .collect();
            lines
        };
        let arguments = ["C01", "--variant", "as-printed"];
        assert_eq!(untimed(explore(&arguments)), untimed(explore(&arguments)));
    }
}
