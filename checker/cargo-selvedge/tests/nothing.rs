//! A test run that explores nothing is no pass, and a loom that is not replaced is told, whatever the tests do.

// It builds a crate of its own, the same whatever the build that this is part of: once is enough.
#![cfg(not(loom))]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A crate that depends on nothing, and has a test.
fn plain(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("src")).unwrap();
    let manifest =
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n");
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.join("src/lib.rs"), "#[test]\nfn passes() {}\n").unwrap();
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-selvedge"));
    command.args(["selvedge", "test"]).args(arguments).current_dir(folder);
    command.env("CARGO_TARGET_DIR", folder.join("target")).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn tests_that_explore_nothing_are_an_error() {
    let folder = plain("explores-nothing");
    let output = run(&folder, &[]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("no test has explored anything"), "{}", said(&output));
}

#[test]
fn a_shim_that_is_not_used_is_an_error_and_leaves_the_lock_file_alone() {
    let folder = plain("uses-no-loom");
    // Not as cargo would write it: it would be written anew.
    let lock = "# A comment of the user's.\nversion = 4\n\n[[package]]\nname = \"uses-no-loom\"\nversion = \"0.1.0\"\n";
    fs::write(folder.join("Cargo.lock"), lock).unwrap();
    let loom = Path::new(env!("CARGO_MANIFEST_DIR")).join("../loom").canonicalize().unwrap();
    let output = run(&folder, &["--loom", loom.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("--loom is not used: no package depends on loom"), "{}", said(&output));
    assert_eq!(fs::read_to_string(folder.join("Cargo.lock")).unwrap(), lock);
}

#[test]
fn a_folder_without_a_shim_is_an_error() {
    let folder = plain("has-no-shim");
    let output = run(&folder, &["--loom", "src"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("there is no shim"), "{}", said(&output));
    assert!(!folder.join("Cargo.lock").exists());
}
