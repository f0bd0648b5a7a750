//! What `cargo selvedge` makes of a crate with several test binaries of which some fail.

use std::fs;
use std::process::Output;

use super::{Newcomer, said};

const OTHERS: &str = r#"#![cfg(loom)]
use selvedge::sync::{Arc, atomic::{AtomicU32, Ordering::Relaxed}};

/// Two threads add.
fn added(add: fn(&AtomicU32)) -> u32 {
    let count = Arc::new(AtomicU32::new(0));
    let other = selvedge::thread::spawn({
        let count = count.clone();
        move || add(&count)
    });
    add(&count);
    other.join().unwrap();
    count.load(Relaxed)
}

#[test]
fn fails_too() {
    selvedge::model(|| assert_eq!(added(|count| count.store(count.load(Relaxed) + 1, Relaxed)), 2));
}

#[test]
fn holds() {
    selvedge::model(|| assert_eq!(added(|count| { count.fetch_add(1, Relaxed); }), 2));
}
"#;

const REPORT: &str = "target/selvedge/models-the_last_ticket_is_sold_once.json";

pub(super) fn check(crate_: &Newcomer) {
    fs::create_dir_all(crate_.folder.join("tests")).unwrap();
    fs::write(crate_.folder.join("tests/others.rs"), OTHERS).unwrap();
    every_binary_is_run_and_each_line_counts(crate_);
    an_interleaving_is_replayed(crate_);
    an_interleaving_becomes_a_test(crate_);
    let version = said(&crate_.run("cargo selvedge --version"));
    assert_eq!(version.trim(), format!("cargo selvedge {}", env!("CARGO_PKG_VERSION")));
}

fn run(crate_: &Newcomer, line: &str, status: i32) -> Output {
    let output = crate_.run(line);
    assert_eq!(output.status.code(), Some(status), "`{line}`:\n{}", said(&output));
    output
}

fn every_binary_is_run_and_each_line_counts(crate_: &Newcomer) {
    let output = run(crate_, "cargo selvedge test --junit found.xml -- --no-fail-fast", 1);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = |begins: &str| {
        text.lines()
            .find(|line| line.starts_with(begins))
            .unwrap_or_else(|| panic!("no `{begins}` in\n{text}"))
    };
    line("FAIL        models::the_last_ticket_is_sold_once: lost update: ");
    line("FAIL        fails_too: lost update: ");
    let holds = line("PASS        holds: complete: ");
    assert!(holds.contains(" executions in ") && holds.ends_with(" s"), "{holds}");
    let junit = fs::read_to_string(crate_.folder.join("found.xml")).unwrap();
    assert_eq!(junit.matches("<testcase ").count(), 3, "{junit}");
    assert_eq!(
        junit.matches("<testcase ").count(),
        junit.lines().filter(|l| l.contains("<testcase ") && l.contains(" time=")).count()
    );
}

fn an_interleaving_is_replayed(crate_: &Newcomer) {
    let output = run(crate_, &format!("cargo selvedge replay {REPORT}"), 1);
    let text = said(&output);
    assert!(text.contains("1 passed") || text.contains("1 failed"), "one test:\n{text}");
    assert!(text.contains("FAIL        models::the_last_ticket_is_sold_once: lost update: "), "{text}");
    let test = "models::the_last_ticket_is_sold_once";
    let passes = said(&run(crate_, &format!("cargo selvedge replay {test} 1.0srw.1r.0j"), 0));
    assert!(passes.contains("does not fail, which is no proof"), "{passes}");
    run(crate_, &format!("cargo selvedge replay {test} 1.0sssss"), 4);
    run(crate_, "cargo selvedge replay no::such_test 1.0s", 2);
    run(crate_, "cargo selvedge replay no/such/report.json", 2);
}

fn an_interleaving_becomes_a_test(crate_: &Newcomer) {
    let test = run(crate_, &format!("cargo selvedge replay {REPORT} --as-test"), 0);
    let test = String::from_utf8(test.stdout).unwrap();
    let file = crate_.folder.join("src/lib.rs");
    let before = fs::read_to_string(&file).unwrap();
    let with = |text: &str, test: &str| {
        let models = text.trim_end().strip_suffix('}').unwrap();
        fs::write(&file, format!("{models}\n{test}}}\n")).unwrap();
        crate_.run("RUSTFLAGS='--cfg loom' cargo test --lib sold_once_replayed")
    };
    let there = with(&before, &test);
    assert!(
        there.status.success() && said(&there).contains("1 passed"),
        "the bug is there:\n{}",
        said(&there)
    );
    let mended = before.replace("here != there", "here || there");
    assert!(!with(&mended, &test).status.success(), "it should panic no more");
    let kept = test.lines().filter(|line| !line.contains("should_panic")).collect::<Vec<_>>().join("\n");
    let mended = with(&mended, &format!("{kept}\n"));
    assert!(mended.status.success(), "the bug is mended:\n{}", said(&mended));
}
