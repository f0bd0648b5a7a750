//! The tests of a crate as they are: built once, run one by one, each in a process of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use serde_json::Value;

use crate::document::{Document, Verdict};
use crate::kept;

/// A test of a test binary.
#[derive(Clone, Debug)]
pub(super) struct Test {
    /// The binary's target and the test's name: `primitives::lock::one_holder`.
    pub(super) name: String,
    binary: PathBuf,
    package: PathBuf,
    exact: String,
}

/// How a test ended.
#[derive(Debug)]
pub(super) enum End {
    /// It passed, and left these reports.
    Passed(Vec<Document>),
    /// It did not, for this reason.
    Failed(String),
    /// It was stopped.
    Late,
}

/// Builds with `cargo`, which is `cargo test` and its arguments, and lists the tests.
pub(super) fn built(mut cargo: Command) -> Result<Vec<Test>, super::Trouble> {
    cargo.args(["--no-run", "--message-format=json-render-diagnostics"]);
    let output = cargo.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err("the tests do not build".into());
    }
    let mut tests = Vec::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let message: Value = serde_json::from_str(line)?;
        let is_test = message["reason"] == "compiler-artifact" && message["profile"]["test"] == true;
        let (Some(binary), true) = (message["executable"].as_str(), is_test) else { continue };
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or("cargo says less than it should");
        let (target, manifest) = (text(&message["target"]["name"])?, text(&message["manifest_path"])?);
        let package = Path::new(&manifest).parent().ok_or("a manifest is in no folder")?.to_owned();
        let listed =
            Command::new(binary).args(["--list", "--format=terse"]).current_dir(&package).output()?;
        let names = String::from_utf8(listed.stdout)?;
        tests.extend(names.lines().filter_map(|line| line.strip_suffix(": test")).map(|exact| Test {
            name: format!("{target}::{exact}"),
            binary: binary.into(),
            package: package.clone(),
            exact: exact.to_owned(),
        }));
    }
    Ok(tests)
}

impl Test {
    /// Runs the test with its orderings weakened as `weaken` says, for at most so long. `folder` is for its reports, and is
    /// emptied.
    pub(super) fn run(&self, weaken: &str, budget: Duration, folder: &Path) -> Result<End, super::Trouble> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        let mut command = Command::new(&self.binary);
        command.args(["--exact", &self.exact, "--test-threads=1"]).current_dir(&self.package);
        command.env("CARGO_MANIFEST_DIR", &self.package).env("RUST_BACKTRACE", "0");
        command.env("SELVEDGE_REPORTS", folder).env("SELVEDGE_WEAKEN", weaken);
        // Snapshots of what was weakened are nothing to keep.
        command.env("INSTA_UPDATE", "no").env_remove("SELVEDGE_REPLAY");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let (begin, mut pause) = (Instant::now(), Duration::from_micros(200));
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if begin.elapsed() >= budget {
                child.kill()?;
                child.wait()?;
                return Ok(End::Late);
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        };
        let reports = documents(folder)?;
        if status.success() {
            return Ok(End::Passed(reports));
        }
        let finding =
            reports.into_iter().filter(|report| report.verdict == Verdict::Failed).find_map(|report| {
                let finding = report.counterexample?;
                Some(if finding.kind == "panic" { "assertion".to_owned() } else { finding.kind })
            });
        // No exploration failed: what the test says of its report does not hold.
        Ok(End::Failed(finding.unwrap_or_else(|| "the test's own assertion".to_owned())))
    }
}

fn documents(folder: &Path) -> Result<Vec<Document>, super::Trouble> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    Ok(kept::read(&kept::files(folder)?)?)
}
