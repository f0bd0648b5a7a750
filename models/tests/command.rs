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

#[test]
fn what_there_is_is_listed_without_exploring_it() {
    let output = explore(&["list", "locks"]);
    assert_eq!(output.status.code(), Some(0));
    let listed = text(&output.stdout);
    assert!(listed.lines().any(|line| line.starts_with("L01") && line.contains("as-printed")), "{listed}");
    assert!(!listed.contains("E03"), "another family's:\n{listed}");
}

#[test]
fn a_shell_can_complete_options_and_where_it_knows_how_ids_and_families() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = explore(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        let script = text(&output.stdout);
        let offers = |words: &[&str]| words.iter().all(|word| script.contains(word));
        assert!(offers(&["replay", "as-test"]), "{shell}:\n{script}");
        let typed = match shell {
            "bash" => "complete -F _cargo_with_explore",
            "zsh" => "_cargo-explore()",
            "fish" => "complete -c cargo",
            _ => "",
        };
        assert!(script.contains(typed), "{shell}: as it is typed");
        assert!(offers(&["E03", "locks"]) || !["bash", "zsh"].contains(&shell), "{shell}:\n{script}");
    }
}

#[cfg(loom)]
mod exploring {
    use super::*;

    /// Only of our own engine: loom replays and shares nothing.
    #[cfg(not(feature = "upstream-loom"))]
    mod with_schedules {
        use std::path::Path;
        use std::process::Stdio;
        use std::thread::sleep;
        use std::time::Duration;

        use super::*;

        #[test]
        fn a_copied_line_prints_the_report_again_to_the_byte() {
            let shown = text(&explore(&["show", "E03", "--variant", "as-printed"]).stdout);
            let report = shown.lines().skip_while(|line| !line.starts_with("FAIL"));
            let end = shown.lines().position(|line| line.starts_with("replay ")).expect("a line to copy");
            let begin = shown.lines().position(|line| line.starts_with("FAIL")).unwrap();
            let report: Vec<_> = report.take(end - begin + 1).collect();
            let copied = report.last().unwrap().strip_prefix("replay cargo explore ").unwrap();
            let output = explore(&copied.split(' ').collect::<Vec<_>>());
            assert_eq!(output.status.code(), Some(1), "the execution fails");
            assert_eq!(text(&output.stdout), report.join("\n") + "\n");
        }

        #[test]
        fn a_schedule_of_another_program_says_at_which_step_it_ends_to_apply() {
            let output = explore(&["replay", "E03", "1.0sss.1lllll"]);
            assert_eq!(output.status.code(), Some(4));
            let message = text(&output.stderr);
            assert!(message.contains("no longer applies at step"), "{message}");
            assert_eq!(explore(&["replay", "E03", "hearsay"]).status.code(), Some(2));
        }

        #[test]
        fn an_outcome_of_what_passes_can_be_seen_again() {
            let arguments = ["show", "C01", "--variant", "repaired", "--time", "virtual"];
            let shown = text(&explore(&arguments).stdout);
            let line = shown.lines().find_map(|line| line.trim().strip_prefix("cargo explore "));
            let output = explore(&line.expect("an execution of each outcome").split(' ').collect::<Vec<_>>());
            assert_eq!(output.status.code(), Some(0));
            let again = text(&output.stdout);
            assert!(again.contains("c1") && again.contains("conditions.rs:"), "its steps:\n{again}");
            for told in ["size  ", "not checked ", "in virtual time computing takes no time"] {
                assert!(shown.contains(told), "no `{told}` in\n{shown}");
            }
        }

        #[test]
        fn what_fails_becomes_the_test_that_is_kept() {
            let output = explore(&["show", "L01", "E03", "--time", "adversarial", "--as-test"]);
            assert_eq!(text(&output.stdout), include_str!("replays.rs"));
        }

        #[test]
        fn three_shards_add_up_to_what_is_explored_at_once() {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shards");
            let _ = std::fs::remove_dir_all(&folder);
            let folder = folder.to_str().unwrap();
            let what = ["run", "C01", "--variant", "repaired", "--format", "json"];
            let with = |more: &[&str]| explore(&[&what[..], more].concat());
            for shard in ["1/3", "3/3", "2/3"] {
                let output = with(&["--shard", shard, "--save", folder]);
                assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
            }
            let mut files: Vec<_> =
                std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
            files.sort();
            let files: Vec<_> = files.iter().map(|file| file.to_str().unwrap()).collect();
            assert_eq!(files.len(), 6, "three of each reading of time");
            let sum = explore(&[&["sum", "--format", "json"], &files[..]].concat());
            assert_eq!(sum.status.code(), Some(0), "{}", text(&sum.stderr));
            let untimed = |output: Output| {
                let mut document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
                for model in document["models"].as_array_mut().unwrap() {
                    model.as_object_mut().unwrap().remove("elapsed_s");
                }
                document
            };
            assert_eq!(untimed(sum), untimed(with(&[])));

            let without_one = explore(&[&["sum"], &files[1..]].concat());
            assert_eq!(without_one.status.code(), Some(2));
            assert!(text(&without_one.stderr).contains("missing: shard 1"), "{}", text(&without_one.stderr));
        }

        #[test]
        fn what_failed_is_kept_and_replayed_first() {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kept-schedules");
            let _ = std::fs::remove_dir_all(&folder);
            let folder = folder.to_str().unwrap();
            let executions = || {
                let asked = ["run", "C01", "--variant", "mutant-notify-one", "--time", "adversarial"];
                let output = explore(&[&asked[..], &["--format", "json", "--schedules", folder]].concat());
                let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
                document["models"][0]["schedule"].as_str().unwrap().to_owned()
            };
            let first = executions();
            let file = Path::new(folder).join("C01-mutant-notify-one-in-adversarial-time.schedules");
            let kept = std::fs::read_to_string(&file).unwrap();
            assert!(kept.contains(&first), "{kept}");
            assert_eq!(executions(), first);
            assert_eq!(std::fs::read_to_string(&file).unwrap(), kept, "it is there once");
        }

        #[test]
        fn an_exploration_that_is_cut_short_is_no_pass() {
            let asked = ["run", "C01", "--variant", "repaired", "--max-executions", "3"];
            let output = explore(&asked);
            assert_eq!(output.status.code(), Some(3));
            assert!(text(&output.stdout).contains("incomplete"), "{}", text(&output.stdout));
        }

        #[test]
        #[cfg(unix)]
        fn ctrl_c_prints_what_is_known_as_incomplete() {
            let mut command = Command::new(env!("CARGO_BIN_EXE_explore"));
            command.args(["run", "--workers", "1"]).env("NO_COLOR", "1");
            let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            // All examples take one worker many times as long.
            sleep(Duration::from_millis(500));
            let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
            assert!(killed.success());
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
            let shown = text(&output.stdout);
            assert!(shown.contains("Stopped by Ctrl-C") && shown.contains("Not explored, "), "{shown}");
        }
    }

    #[test]
    fn the_other_engine_is_in_another_build() {
        let (asked, command) = match cfg!(feature = "upstream-loom") {
            true => ("selvedge", "`cargo explore`"),
            false => ("loom", "`cargo explore-on-loom`"),
        };
        let output = explore(&["run", "--engine", asked]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(command), "{}", text(&output.stderr));
    }

    #[test]
    fn a_family_is_asked_for_by_its_name_and_a_wrong_one_names_the_right_one() {
        let output = explore(&["run", "barriers", "--variants"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains("B01"));
        let message = text(&explore(&["barirers"]).stderr);
        assert!(message.contains("the closest are barriers"), "{message}");
    }

    #[test]
    fn colour_is_where_it_is_asked_for() {
        let coloured = |variable: &str| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_explore"));
            command.args(["list", "B01"]).env_remove("NO_COLOR").env(variable, "1");
            text(&command.output().unwrap().stdout).contains('\u{1b}')
        };
        assert!(!coloured("UNRELATED"), "a pipe");
        assert!(coloured("CLICOLOR_FORCE"));
        assert!(!coloured("NO_COLOR"));
    }

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

    /// Of our own engine: loom misses executions.
    #[cfg(not(feature = "upstream-loom"))]
    mod on_a_screen {
        use super::*;

        /// With a terminal's width.
        fn in_columns(arguments: &[&str], columns: usize) -> String {
            let mut command = Command::new(env!("CARGO_BIN_EXE_explore"));
            command.args(arguments).env("NO_COLOR", "1").env("COLUMNS", columns.to_string());
            text(&command.output().unwrap().stdout)
        }

        #[test]
        fn an_example_is_told_on_a_screen_and_each_version_in_a_line() {
            let shown = in_columns(&["E03"], 100);
            assert!(shown.lines().count() <= 60, "{shown}");
            assert_eq!(
                shown.matches("replay cargo explore replay E03 ").count(),
                1,
                "one interleaving:\n{shown}"
            );
            let of = |line: &&str| line.starts_with("as-printed  ") || line.starts_with("repaired  ");
            assert_eq!(shown.lines().filter(of).count(), 4, "{shown}");
            let all = in_columns(&["C01", "--all"], 100);
            assert_eq!(all, in_columns(&["show", "C01"], 100));
            assert_eq!(all.matches("replay cargo explore replay C01 ").count(), 3, "{all}");
        }

        #[test]
        fn nothing_but_commands_is_wider_than_the_terminal() {
            for columns in [60, 80, 120, 200] {
                for arguments in [&["C01"][..], &["show", "C01"], &["run", "barriers"]] {
                    let shown = in_columns(arguments, columns);
                    let mut lines = shown.lines().filter(|line| !line.contains("cargo explore"));
                    let wide = lines.find(|line| line.chars().count() > columns);
                    assert_eq!(wide, None, "{columns}, {arguments:?}:\n{shown}");
                }
            }
        }

        #[test]
        fn a_program_without_a_lock_does_not_read_as_if_that_were_fine() {
            let table = in_columns(&["run", "locks"], 100);
            let line = table.lines().find(|line| line.starts_with("L02")).unwrap();
            assert!(line.contains("fails"), "{table}");
            let shown = in_columns(&["L02"], 100);
            assert!(
                shown.contains("FAIL  lost update") && shown.contains("the program goes wrong"),
                "{shown}"
            );
        }

        #[test]
        fn the_first_finding_of_the_readme_is_what_the_command_prints() {
            let readme = include_str!("../../README.md");
            let shown = readme.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
            let printed = in_columns(&["C01"], 100);
            let printed: Vec<_> = printed.lines().map(str::trim_end).collect();
            assert!(printed.join("\n").contains(shown.trim_end()), "{}", printed.join("\n"));
        }
    }

    // loom has no verdict on it.
    #[cfg(not(feature = "upstream-loom"))]
    #[test]
    fn a_failing_example_is_shown_as_lanes_with_the_threads_names_and_lines() {
        let output = explore(&["E03", "--variant", "as-printed", "--ascii"]);
        assert_eq!(output.status.code(), Some(0), "the failure is the verdict on record");
        let shown = text(&output.stdout);
        for expected in ["Collector", "goods.get", "events.rs:", "without end"] {
            assert!(shown.contains(expected), "no `{expected}` in\n{shown}");
        }
        assert!(shown.is_ascii(), "{shown}");
    }

    #[test]
    fn variants_are_listed_a_line_each() {
        let output = explore(&["C01", "--variants"]);
        assert_eq!(output.status.code(), Some(0));
        let listed = text(&output.stdout);
        // loom bounds the preemptions.
        let repaired = if cfg!(feature = "upstream-loom") { "incomplete" } else { "holds" };
        let verdicts = [("as-printed", "fails"), ("mutant-notify-one", "fails"), ("repaired", repaired)];
        for (variant, verdict) in verdicts {
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
