//! A crate that knows nothing of this workspace: what its failing test prints, replays and leaves for the command.

// It builds a crate of its own, the same whatever the build that this is part of: once is enough.
#![cfg(not(loom))]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cargo_selvedge::{Document, Verdict};

const MANIFEST: &str = r#"
[package]
name = "bank"
version = "0.1.0"
edition = "2024"

[dev-dependencies]
selvedge = { path = "SELVEDGE" }

[workspace]
"#;

const TEST: &str = r#"use selvedge::sync::{Arc, Mutex};
use selvedge::thread;

#[test]
fn transfers_do_not_block_one_another() {
    selvedge::model(|| {
        let (savings, current) = (Arc::new(Mutex::new(50)), Arc::new(Mutex::new(50)));
        let ada = {
            let (savings, current) = (savings.clone(), current.clone());
            let transfer = move || {
                let mut from = savings.lock().unwrap();
                *current.lock().unwrap() += 10;
                *from -= 10;
            };
            thread::Builder::new().name("ada".to_owned()).spawn(transfer).unwrap()
        };
        let mut from = current.lock().unwrap();
        *savings.lock().unwrap() += 20;
        *from -= 20;
        drop(from);
        ada.join().unwrap();
    });
}
"#;

struct Outside {
    folder: PathBuf,
    reports: PathBuf,
}

impl Outside {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bank");
        let reports = folder.join("reports");
        let _ = fs::remove_dir_all(&reports);
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::create_dir_all(folder.join("tests")).unwrap();
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let selvedge = workspace.join("checker").canonicalize().unwrap();
        fs::write(folder.join("Cargo.toml"), MANIFEST.replace("SELVEDGE", selvedge.to_str().unwrap()))
            .unwrap();
        // The versions that are here already.
        fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        fs::write(folder.join("src/lib.rs"), "").unwrap();
        Outside { folder, reports }
    }

    fn write(&self, test: &str) {
        fs::write(self.folder.join("tests/transfers.rs"), test).unwrap();
    }

    /// Runs a line in the crate's folder as somebody does who has copied it.
    fn run(&self, line: &str) -> Output {
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).current_dir(&self.folder);
        // Its build is its own: nobody waits for the lock of the one that runs this.
        shell.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("bank-target"));
        shell.env("CARGO_NET_OFFLINE", "true").env("SELVEDGE_REPORTS", &self.reports);
        shell.env_remove("RUSTFLAGS").env_remove("SELVEDGE_REPLAY").env_remove("RUST_BACKTRACE");
        shell.output().unwrap()
    }

    fn document(&self) -> PathBuf {
        self.reports.join("transfers_do_not_block_one_another.json")
    }
}

/// The report in what a test prints, from the verdict to the line that replays it.
fn report(output: &Output) -> String {
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let report = text.lines().skip_while(|line| !line.starts_with("FAIL  "));
    let mut lines = Vec::new();
    for line in report {
        lines.push(line);
        if line.starts_with("replay ") {
            break;
        }
    }
    assert!(!lines.is_empty(), "no report:\n{text}");
    lines.join("\n")
}

#[test]
fn a_crate_outside_of_the_workspace_gets_its_own_lines_and_a_line_that_replays_them() {
    let bank = Outside::new();
    bank.write(TEST);
    let output = bank.run("cargo test");
    assert!(!output.status.success());
    let found = report(&output);
    let line_of = |text: &str| TEST.lines().position(|line| line.contains(text)).unwrap() + 1;
    for (text, what) in
        [("*current.lock", "ada waits for current"), ("*savings.lock", "MainThread waits for savings")]
    {
        let at = format!("{what} (transfers.rs:{})", line_of(text));
        assert!(found.contains(&at), "no `{at}` in\n{found}");
    }
    assert!(found.contains("*current.lock().unwrap() += 10;"), "its source:\n{found}");
    for frame in ["/rustc/", "checker/src", "panicking.rs", "mod.rs"] {
        assert!(!found.contains(frame), "somebody else's `{frame}`:\n{found}");
    }

    let document = Document::read(&bank.document()).unwrap();
    assert_eq!(document.verdict, Verdict::Failed);
    let finding = document.counterexample.unwrap();
    assert_eq!(finding.class, "deadlock");
    assert_eq!(finding.threads, ["MainThread", "ada"]);
    assert_eq!(finding.sources.len(), 1);
    assert_eq!(finding.sources[0].file, "tests/transfers.rs");
    let render = Command::new(env!("CARGO_BIN_EXE_cargo-selvedge"))
        .args(["selvedge", "render"])
        .arg(bank.document())
        .output()
        .unwrap();
    assert_eq!(render.status.code(), Some(1), "a report that is not verified");
    assert!(String::from_utf8_lossy(&render.stdout).contains("FAIL"), "{render:?}");

    let again = found.lines().last().and_then(|line| line.strip_prefix("replay ")).unwrap();
    assert!(again.ends_with("cargo test transfers_do_not_block_one_another"), "{again}");
    assert_eq!(report(&bank.run(again)), found, "a replay prints the same bytes");

    bank.write(&TEST.replace("*savings.lock().unwrap() += 20;", ""));
    let changed = bank.run(again);
    let text = String::from_utf8_lossy(&changed.stdout).into_owned();
    assert!(text.contains("no longer applies at step"), "where it no longer applies:\n{text}");
}
