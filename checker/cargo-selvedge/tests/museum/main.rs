//! Published versions of crates that an advisory warns of, unmodified: each bug is found, and its fix is verified on the same test.
//!
//! An exhibit is a folder with a package and two lock files. What they name comes from the registry, yanked versions too.

// It builds packages of its own, the same whatever the build that this is part of: once is enough.
#![cfg(not(loom))]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_selvedge::{Document, Verdict};

/// What `cargo selvedge explore` reports of an exhibit's test, with the versions of one of its lock files.
fn explored(exhibit: &str, lock: &str) -> Document {
    let shown = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/museum").join(exhibit);
    let folder: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("museum").join(exhibit).join(lock);
    fs::create_dir_all(folder.join("src")).unwrap();
    let copies = [("Cargo.toml", "Cargo.toml"), ("lib.rs", "src/lib.rs"), (lock, "Cargo.lock")];
    for (from, to) in copies {
        fs::copy(shown.join(from), folder.join(to)).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-selvedge"))
        .args(["selvedge", "explore", "--max-duration", "300", "--", "--locked"])
        .current_dir(&folder)
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let said =
        [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).join("\n");
    let files = fs::read_dir(folder.join("target/selvedge")).unwrap().map(|file| file.unwrap().path());
    let mut reports = files.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
    let report = reports.next().unwrap_or_else(|| panic!("{exhibit} with {lock} has no report:\n{said}"));
    Document::read(&report).unwrap()
}

/// The bug is found as one of this class, in a line of the crate's own, and the fixed version is verified.
fn is_found_and_fixed(exhibit: &str, class: &str, file: &str) {
    let vulnerable = explored(exhibit, "vulnerable.lock");
    let found = vulnerable.counterexample.unwrap_or_else(|| panic!("the bug of {exhibit} is not found"));
    assert_eq!(found.class, class, "{}", found.message);
    let is_there = found.lines.iter().any(|line| line.file.ends_with(file));
    assert!(is_there, "{file} is not in {:?}", found.lines);
    let fixed = explored(exhibit, "fixed.lock");
    assert_eq!(fixed.verdict, Verdict::Verified, "{exhibit}: {:?} after {}", fixed.limit, fixed.executions);
}

#[test]
fn crossbeam_channel_frees_a_block_twice() {
    is_found_and_fixed("crossbeam-channel", "double free", "src/flavors/list.rs");
}

#[test]
fn tokio_reads_a_value_while_it_is_taken_back() {
    is_found_and_fixed("tokio", "data race", "src/sync/oneshot.rs");
}

#[test]
fn spin_reads_past_its_own_lock() {
    is_found_and_fixed("spin-rwlock", "data race", "lib.rs");
}
