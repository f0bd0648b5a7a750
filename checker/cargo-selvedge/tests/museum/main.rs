//! Published versions of crates that an advisory or a changelog warns of, unmodified: each bug is found, and its fix is verified on
//! the same test.
//!
//! An exhibit is a folder with a package and two lock files, or one where no fix is published. What they name comes from the
//! registry, yanked versions too. Five are shown always; the feature `long` shows all.

// It builds packages of its own, the same whatever the build that this is part of: once is enough.
#![cfg(not(loom))]

#[cfg(feature = "long")]
mod removed;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_selvedge::{Document, Verdict};

/// What `cargo selvedge explore` says of an exhibit's test, with the versions of one of its lock files, and its report, if any.
fn explored(exhibit: &str, lock: &str) -> (String, Option<Document>) {
    explored_in(&prepared(exhibit, lock), SECONDS, &["--locked"])
}

/// So long an exhibit is explored at most, before executions are drawn at random.
const SECONDS: u32 = 300;

/// A folder with an exhibit's package and the versions of one of its lock files.
fn prepared(exhibit: &str, lock: &str) -> PathBuf {
    let shown = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/museum").join(exhibit);
    let folder: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("museum").join(exhibit).join(lock);
    fs::create_dir_all(folder.join("src")).unwrap();
    let copies = [("Cargo.toml", "Cargo.toml"), ("lib.rs", "src/lib.rs"), (lock, "Cargo.lock")];
    for (from, to) in copies {
        fs::copy(shown.join(from), folder.join(to)).unwrap();
    }
    folder
}

/// What `cargo selvedge explore` says of the package in this folder, and its first report.
fn explored_in(folder: &Path, seconds: u32, cargo: &[&str]) -> (String, Option<Document>) {
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-selvedge"))
        .args(["selvedge", "explore", "--max-duration", &seconds.to_string(), "--"])
        .args(cargo)
        .current_dir(folder)
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let said =
        [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).join("\n");
    let files = fs::read_dir(folder.join("target/selvedge")).into_iter().flatten();
    let mut reports =
        files.map(|file| file.unwrap().path()).filter(|file| file.extension().is_some_and(|e| e == "json"));
    (said, reports.next().map(|report| Document::read(&report).unwrap()))
}

fn is_verified(exhibit: &str) {
    let (said, fixed) = explored(exhibit, "fixed.lock");
    let fixed = fixed.unwrap_or_else(|| panic!("the fixed {exhibit} has no report:\n{said}"));
    assert_eq!(fixed.verdict, Verdict::Verified, "{exhibit}: {:?} after {}", fixed.limit, fixed.executions);
}

/// The bug is found as one of this class, with a line of this file.
fn is_found(exhibit: &str, class: &str, file: &str) {
    is_found_within(SECONDS, exhibit, class, file);
}

fn is_found_within(seconds: u32, exhibit: &str, class: &str, file: &str) {
    let (said, vulnerable) = explored_in(&prepared(exhibit, "vulnerable.lock"), seconds, &["--locked"]);
    let vulnerable = vulnerable.unwrap_or_else(|| panic!("the vulnerable {exhibit} has no report:\n{said}"));
    let found = vulnerable.counterexample.unwrap_or_else(|| panic!("the bug of {exhibit} is not found"));
    assert_eq!(found.class, class, "{}", found.message);
    // A deadlock is in no line of its own: what is said names those in which the threads wait.
    let is_there = found.lines.iter().chain(&found.place).any(|place| place.file.ends_with(file));
    assert!(is_there || found.message.contains(file), "{file} is not in {:?}", found.lines);
}

/// The fixed version does not fail, though what it does is not explored to its end, for this reason.
#[cfg(feature = "long")]
fn is_not_found_within(seconds: u32, exhibit: &str, why: &str) {
    let (said, fixed) = explored_in(&prepared(exhibit, "fixed.lock"), seconds, &["--locked"]);
    let fixed = fixed.unwrap_or_else(|| panic!("the fixed {exhibit} has no report:\n{said}"));
    assert_eq!(fixed.verdict, Verdict::Incomplete, "{exhibit}");
    assert!(said.contains(why), "{said}");
}

/// The bug is found, and the fixed version is verified.
fn is_found_and_fixed(exhibit: &str, class: &str, file: &str) {
    is_found(exhibit, class, file);
    is_verified(exhibit);
}

/// The bug ends the whole process, so that what is printed names it, and the fixed version is verified.
#[cfg(feature = "long")]
fn crashes_and_is_fixed(exhibit: &str, names: &[&str]) {
    let (said, _) = explored(exhibit, "vulnerable.lock");
    assert!(names.iter().all(|name| said.contains(name)), "{said}");
    is_verified(exhibit);
}

#[test]
fn crossbeam_channel_frees_a_block_twice() {
    is_found_and_fixed("crossbeam-channel", "double free", "src/flavors/list.rs");
}

#[test]
fn tokio_reads_a_value_while_it_is_taken_back() {
    is_found_and_fixed("tokio", "data race", "src/sync/oneshot.rs");
}

#[cfg(feature = "long")]
#[test]
fn spin_reads_past_its_own_lock() {
    is_found_and_fixed("spin-rwlock", "data race", "lib.rs");
}

#[test]
fn spin_waits_for_an_attempt_that_fails() {
    is_found_and_fixed("spin-once", "atomicity violation", "src/once.rs");
}

#[cfg(feature = "long")]
#[test]
fn tokio_has_two_clone_what_is_not_to_be_shared() {
    is_found_and_fixed("tokio-broadcast", "data race", "src/lib.rs");
}

#[test]
fn event_listener_loses_a_notification() {
    is_found_and_fixed("event-listener", "deadlock", "src/lib.rs");
}

#[cfg(feature = "long")]
#[test]
fn tokio_counts_its_mark_of_the_end_as_a_message() {
    is_found_and_fixed("tokio-mpsc", "assertion", "src/lib.rs");
}

#[cfg(feature = "long")]
#[test]
fn oneshot_frees_a_channel_in_use() {
    is_found_and_fixed("oneshot", "use after free", "src/lib.rs");
}

#[cfg(feature = "long")]
#[test]
fn oneshot_frees_a_channel_while_a_value_is_sent() {
    is_found("oneshot-open", "use after free", "src/lib.rs");
}

#[cfg(feature = "long")]
#[test]
fn futures_shares_a_list_of_cells() {
    is_found_and_fixed("futures-util", "data race", "src/stream/futures_unordered/mod.rs");
}

#[cfg(feature = "long")]
#[test]
fn triple_buffer_writes_what_is_read() {
    is_found_and_fixed("triple-buffer", "data race", "src/lib.rs");
}

#[test]
fn arc_swap_misses_a_debt() {
    is_found_and_fixed("arc-swap", "use after free", "src/ref_cnt.rs");
}

#[cfg(feature = "long")]
#[test]
fn arc_swap_pays_a_debt_in_the_wrong_count() {
    is_found_and_fixed("arc-swap-weak", "use after free", "src/ref_cnt.rs");
}

#[cfg(feature = "long")]
#[test]
fn thread_local_shows_a_bucket_before_it_is_there() {
    is_found_and_fixed("thread-local", "data race", "src/lib.rs");
}

#[cfg(feature = "long")]
#[test]
fn internment_frees_what_it_has_given_away_again() {
    is_found("internment", "use after free", "src/lib.rs");
    // The mended version waits, in rounds that change a count and put it back.
    is_not_found_within(SECONDS, "internment", "lib.rs:379");
}

/// It has too many executions to be explored, and is found among those that are drawn.
#[cfg(feature = "long")]
#[test]
fn crossbeam_deque_steals_what_its_owner_has_popped() {
    is_found_within(20, "crossbeam-deque", "double free", "src/deque.rs");
    is_not_found_within(20, "crossbeam-deque", "executions drawn at random with seed 1");
}

#[cfg(feature = "long")]
#[test]
fn crossbeam_channel_reads_a_block_that_is_not_there_yet() {
    crashes_and_is_fixed("crossbeam-channel-start", &["null pointer dereference", "src/flavors/list.rs"]);
}

#[cfg(feature = "long")]
#[test]
fn crossbeam_drops_what_it_gave_away() {
    is_found_and_fixed("crossbeam", "assertion", "src/lib.rs");
}

#[cfg(feature = "long")]
#[test]
fn tokio_drops_a_local_task_elsewhere() {
    is_found_and_fixed("tokio-local", "data race", "src/runtime/task/core.rs");
}

#[test]
fn what_popular_crates_promise_is_verified() {
    let (said, _) = explored("popular", "current.lock");
    assert!(said.contains("24 tests: 24 verified"), "{said}");
}
