//! What a reader sees of each class of bug.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

mod models;

use selvedge::report::{Sources, Terminal};
use selvedge::{Checker, Report};

/// The classes, each with its program.
const CLASSES: [(&str, fn()); 14] = [
    ("lost update", models::lost_update),
    ("check-then-act", models::check_then_act),
    ("lost wake-up", models::lost_wake_up),
    ("deadlock of two", models::deadlock_of_two),
    ("deadlock of three", models::deadlock_of_three),
    ("livelock", models::livelock),
    ("data race", models::data_race),
    ("data race by a relaxed flag", models::relaxed_flag),
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

/// The columns of a line: a character of Chinese, Japanese or Korean takes two.
fn columns(line: &str) -> usize {
    line.chars().map(|c| if ('\u{2e80}'..='\u{ffdc}').contains(&c) { 2 } else { 1 }).sum()
}

#[test]
fn every_report_fits_a_terminal() {
    let crowded: (_, fn()) = ("a deadlock of seven", models::crowded);
    let banquet: (_, fn()) = ("a deadlock of two among twelve threads", models::banquet);
    let wide: (_, fn()) = ("threads with wide names", models::wide_names);
    for (class, model) in CLASSES.into_iter().chain([crowded, banquet, wide]) {
        let report = explored(model);
        for (room, ascii) in [60, 80, 100, 140, 200].into_iter().flat_map(|n| [(n, false), (n, true)]) {
            let sources = Sources::default();
            let text = Terminal::new(&report, &sources).columns(room).ascii(ascii).to_string();
            assert!(text.is_ascii() || !ascii, "{class}: not ASCII:\n{text}");
            assert!(
                text.lines().count() <= if room < 100 { 40 } else { 30 },
                "{class}, {room}: too high:\n{text}"
            );
            // The line that is copied is as long as it has to be.
            let mut lines = text.lines().filter(|line| !line.starts_with("replay "));
            assert!(lines.all(|line| columns(line) <= room), "{class}: more than {room} columns:\n{text}");
        }
    }
}

#[test]
fn lanes_are_aligned_by_what_a_terminal_shows() {
    let report = explored(models::wide_names);
    let text = report.counterexample().unwrap().render();
    let bars = |line: &str| -> Vec<usize> {
        let ends = line.match_indices('│').map(|(at, _)| columns(&line[..at]));
        ends.collect()
    };
    let head = text.lines().next().unwrap();
    assert!(head.contains("消費者"), "{text}");
    for line in text.lines().filter(|line| line.contains('│')) {
        assert_eq!(bars(line), bars(head), "{text}");
    }
}

#[test]
fn colour_and_ascii_lose_nothing() {
    for (class, model) in CLASSES {
        let (report, sources) = (explored(model), Sources::default());
        let text = |ascii: bool, colour: bool| {
            Terminal::new(&report, &sources).columns(200).ascii(ascii).colour(colour).to_string()
        };
        let plain = text(false, false);
        let coloured = text(false, true);
        assert_ne!(plain, coloured, "{class}");
        let mut pieces = coloured.split('\u{1b}');
        let first = pieces.next().unwrap().to_owned();
        let rest: String = pieces.map(|piece| piece.split_once('m').unwrap().1).collect();
        assert_eq!(first + &rest, plain, "{class}: colour alone");
        let signs = [("→", "->"), ("…", "..."), ("×", "x"), ("↳", "^"), ("↷", "*"), ("│", "|"), ("─", "-")];
        let named = signs.iter().fold(plain, |text, (sign, name)| text.replace(sign, name));
        // A name may take more columns than its sign.
        let words = |text: &str| text.replace('-', " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words(&text(true, false)), words(&named), "{class}: the same in ASCII");
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

#[test]
fn a_data_race_names_the_orderings_and_the_one_that_is_missing() {
    let text = text(&explored(models::relaxed_flag), false);
    let told = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for sentence in [
        "MainThread sees at step 3, Acquire, what ada wrote at step 2, Relaxed: that orders nothing",
        "Release at step 2 would make step 1 happen before step 4",
    ] {
        assert!(told.contains(sentence), "no `{sentence}` in\n{text}");
    }
}
