//! What a reader sees of each class of bug.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

mod models;

use selvedge::report::{Sources, Terminal};
use selvedge::{Checker, Report};

/// The classes, each with its program.
const CLASSES: [(&str, fn()); 13] = [
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

fn explored(model: fn()) -> Report {
    Checker::new().run(model)
}

/// The report as the test of somebody else prints it.
fn text(report: &Report, ascii: bool) -> String {
    let text = Terminal::new(report, &Sources::default()).test("the_test").ascii(ascii).to_string();
    // The model-checking build needs its flag to replay.
    text.replace("RUSTFLAGS=\"--cfg loom\" ", "")
}

#[test]
fn every_class_is_told_so_that_a_stranger_understands_it() {
    for (class, model) in CLASSES {
        insta::assert_snapshot!(class.replace(' ', "_"), text(&explored(model), false));
    }
}

#[test]
fn every_report_fits_a_terminal() {
    let crowded: (_, fn()) = ("a deadlock of seven", models::crowded);
    let banquet: (_, fn()) = ("a deadlock of two among twelve threads", models::banquet);
    for (class, model) in CLASSES.into_iter().chain([crowded, banquet]) {
        let report = explored(model);
        for text in [text(&report, false), text(&report, true)] {
            assert!(text.lines().count() <= 30, "{class}: more than 30 lines:\n{text}");
            // The line that is copied is as long as it has to be.
            let mut lines = text.lines().filter(|line| !line.starts_with("replay "));
            assert!(lines.all(|line| line.chars().count() <= 100), "{class}: more than 100 columns:\n{text}");
        }
    }
}

#[test]
fn threads_without_a_part_in_the_story_share_a_lane() {
    let text = text(&explored(models::banquet), false);
    let head = text.lines().find(|line| line.starts_with("step")).expect("a table");
    assert!(head.contains("Xenia") && head.contains("Yorick"), "those of whom the story is:\n{text}");
    assert!(head.contains(" others") || !head.contains("anna"), "{text}");
}

#[test]
fn a_report_in_ascii_is_ascii_throughout() {
    for (class, model) in CLASSES {
        let text = text(&explored(model), true);
        assert!(text.is_ascii(), "{class}: {text}");
    }
}

#[test]
fn a_report_is_the_same_each_time_and_with_any_number_of_workers() {
    for (class, model) in CLASSES {
        let first = text(&explored(model), false);
        assert_eq!(text(&explored(model), false), first, "{class}");
        let shared = Checker::new().workers(3).run(model);
        assert_eq!(text(&shared, false), first, "{class}");
    }
}

#[test]
fn a_replay_prints_the_report_again() {
    for (class, model) in CLASSES {
        let found = explored(model);
        let schedule = found.counterexample().and_then(|c| c.schedule()).expect(class);
        let again = Checker::new().replay(schedule).run(model);
        assert_eq!(text(&again, false), text(&found, false), "{class}");
    }
}
