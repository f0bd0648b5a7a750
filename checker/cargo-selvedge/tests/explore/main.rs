//! `cargo selvedge explore` in a package that knows nothing of this workspace: its plain tests on std are explored.

// It builds packages of its own, the same whatever the build that this is part of: once is enough.
#![cfg(not(loom))]

mod generated;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_selvedge::{Document, Verdict};

/// A package with these tests in its library.
struct Package {
    folder: PathBuf,
    source: &'static str,
}

/// What the command said.
struct Explored {
    status: Option<i32>,
    said: String,
    reports: BTreeMap<String, Document>,
}

impl Package {
    fn new(name: &str, source: &'static str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(folder.join("src")).unwrap();
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n");
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::write(folder.join("src/lib.rs"), source).unwrap();
        Package { folder, source }
    }

    fn explore(&self, arguments: &[&str]) -> Explored {
        let output = Command::new(env!("CARGO_BIN_EXE_cargo-selvedge"))
            .args(["selvedge", "explore"])
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_NET_OFFLINE", "true")
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        let said = [&output.stdout, &output.stderr]
            .map(|said| String::from_utf8_lossy(said).into_owned())
            .join("\n");
        let reports =
            fs::read_dir(self.folder.join("target/selvedge")).unwrap().map(|file| file.unwrap().path());
        let reports = reports.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
        let reports = reports.map(|file| Document::read(&file).unwrap());
        let reports = reports.map(|document| (document.name.clone(), document)).collect();
        Explored { status: output.status.code(), said, reports }
    }

    /// The number of the line that this is in.
    fn line_of(&self, text: &str) -> u32 {
        self.source.lines().position(|line| line.contains(text)).unwrap() as u32 + 1
    }
}

#[test]
fn four_bugs_are_found_in_plain_tests_and_their_mended_twins_are_verified() {
    let package = Package::new("eight", include_str!("eight.rs"));
    let explored = package.explore(&[]);
    assert_eq!(explored.status, Some(1), "{}", explored.said);
    assert!(explored.said.contains("8 tests: 4 verified, 4 failed"), "{}", explored.said);
    let bugs = [
        ("update_is_lost", "lost update", "count.store(count.load"),
        ("transfers_deadlock", "deadlock", "let mut to = to.lock()"),
        ("wakeup_is_lost", "lost wake-up", "flag.changed.wait(flag.set.lock()"),
        ("publication_without_release", "data race", "*message.text.get() = 42"),
    ];
    for (test, class, line) in bugs {
        let document = &explored.reports[&format!("eight::{test}")];
        let found = document.counterexample.as_ref().unwrap_or_else(|| panic!("{test} does not fail"));
        assert_eq!(found.class, class, "{test}: {}", found.message);
        let line = package.line_of(line);
        let is_told = found.lines.iter().any(|place| place.file == "src/lib.rs" && place.line == line);
        assert!(is_told, "{test}: {line} is not in {:?}", found.lines);
    }
    let mended =
        ["update_is_kept", "transfers_do_not_deadlock", "wakeup_is_not_lost", "publication_with_release"];
    for test in mended {
        assert_eq!(explored.reports[&format!("eight::{test}")].verdict, Verdict::Verified, "{test}");
    }
    let again =
        explored.said.lines().find_map(|line| line.strip_prefix("replay cargo selvedge explore ")).unwrap();
    let replayed = package.explore(&again.split(' ').collect::<Vec<_>>());
    assert_eq!(replayed.status, Some(1), "what is replayed fails again:\n{}", replayed.said);
    assert!(replayed.said.contains("1 tests: 1 failed"), "{}", replayed.said);
}

#[test]
fn what_belongs_to_a_thread_alone_does_not_race_and_a_wait_for_what_is_outside_is_no_failure() {
    let package = Package::new("own", include_str!("own.rs"));
    let explored = package.explore(&["--max-duration", "3"]);
    for verified in [
        "maps_that_two_threads_make_do_not_race",
        "the_order_of_a_map_does_not_hang_on_other_threads",
        "a_destructor_may_use_a_thread_local_that_has_none",
    ] {
        let report = &explored.reports[&format!("own::{verified}")];
        assert_eq!(report.verdict, Verdict::Verified, "{verified}: {}", explored.said);
    }
    assert_eq!(explored.status, Some(2), "{}", explored.said);
    assert!(explored.said.contains("trouble     "), "{}", explored.said);
    #[cfg(target_os = "linux")]
    assert!(explored.said.contains("in the system call `read`"), "{}", explored.said);
}

/// Libraries say it so on x86, and their users rely on it.
#[cfg(target_arch = "x86_64")]
#[test]
fn an_exchange_in_a_fences_place_is_one() {
    let package = Package::new("fences", include_str!("fences.rs"));
    let explored = package.explore(&[]);
    for verified in ["one_sees_the_other", "a_shared_one_is_the_same_in_each_run"] {
        let report = &explored.reports[&format!("fences::{verified}")];
        assert_eq!(report.verdict, Verdict::Verified, "{verified}: {}", explored.said);
    }
    let nones = [
        "of_a_shared_one_it_is_none",
        "of_one_that_another_thread_reads_it_is_none",
        "of_one_that_another_thread_has_read_it_is_none",
    ];
    for none in nones {
        let found = &explored.reports[&format!("fences::{none}")].counterexample;
        assert!(found.is_some(), "{none}: {}", explored.said);
    }
}

#[test]
fn ten_bugs_of_plain_memory_are_found_and_their_mended_twins_are_verified() {
    let package = Package::new("memory", include_str!("memory.rs"));
    let explored = package.explore(&[]);
    assert_eq!(explored.status, Some(1), "{}", explored.said);
    let bugs = [
        ("two_threads_write_a_field", "data race"),
        ("halves_of_a_slice_overlap", "data race"),
        ("a_value_is_published_without_release", "data race"),
        ("a_lock_is_broken", "data race"),
        ("memory_is_read_after_another_thread_has_freed_it", "use after free"),
        ("memory_is_freed_twice", "double free"),
        ("memory_is_freed_under_a_reader", "use after free"),
        ("a_value_is_read_before_it_is_written", "data race"),
        ("a_node_is_freed_that_another_thread_looks_at", "use after free"),
        ("a_message_is_freed_by_both_sides", "double free"),
    ];
    for (test, class) in bugs {
        let document = &explored.reports[&format!("memory::{test}")];
        let found = document.counterexample.as_ref().unwrap_or_else(|| panic!("{test} does not fail"));
        assert_eq!(found.class, class, "{test}: {}", found.message);
    }
    assert!(explored.said.contains("20 tests: 8 verified, 2 sequential, 10 failed"), "{}", explored.said);
}

#[test]
fn operations_of_atomics_race_with_plain_accesses() {
    let package = Package::new("mixed", include_str!("mixed.rs"));
    let explored = package.explore(&[]);
    assert!(explored.said.contains("22 tests: 8 verified, 3 sequential, 11 failed"), "{}", explored.said);
    for line in explored.said.lines().filter(|line| line.contains("  mixed::")) {
        let races = line.contains(": data race in ");
        assert_eq!(races, line.contains("::wrong_"), "{line}");
        assert_eq!(line.contains(": use after free in "), line.contains("::freed_"), "{line}");
    }
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[test]
fn leaks_and_the_reuse_of_memory_are_found_where_they_are_asked_for() {
    let package = Package::new("heap", include_str!("heap.rs"));
    let plain = package.explore(&[]);
    assert_eq!(plain.status, Some(0), "{}", plain.said);

    let explored = package.explore(&["--leaks", "--reuse"]);
    assert!(explored.said.contains("8 tests: 4 verified, 1 sequential, 3 failed"), "{}", explored.said);
    let bugs = [
        ("who_comes_too_late_leaks", "leak", "made by both"),
        ("two_that_own_each_other_leak", "leak", "let first = Arc::new"),
        ("a_box_has_the_address_of_one_that_was_freed", "assertion", "another box is another"),
    ];
    for (test, class, line) in bugs {
        let found = explored.reports[&format!("heap::{test}")].counterexample.as_ref();
        let found = found.unwrap_or_else(|| panic!("{test} does not fail"));
        assert_eq!(found.class, class, "{test}: {}", found.message);
        let line = package.line_of(line);
        let is_told = found.lines.iter().chain(&found.place).any(|place| place.line == line);
        assert!(is_told, "{test}: {:?}", found.lines);
    }
    let again = explored.said.lines().filter_map(|line| line.strip_prefix("replay cargo selvedge explore "));
    let again = again.collect::<Vec<_>>();
    assert!(again.len() == 3 && again.iter().all(|again| again.contains("--leaks --reuse")), "{again:?}");
    for again in again {
        let replayed = package.explore(&again.split(' ').collect::<Vec<_>>());
        assert!(replayed.said.contains("1 tests: 1 failed"), "{again}: {}", replayed.said);
    }
}
