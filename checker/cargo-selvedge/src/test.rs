//! `cargo selvedge test`: a crate's models, with their reports kept; and `render`, which shows reports that were kept.

use std::fs;
use std::path::{Path, PathBuf};

use anstream::println;
use cargo_selvedge::{Document, Outputs, Verdict, kept};

use crate::patch::Patch;
use crate::{FAILED, INCOMPLETE, PASSED, Trouble, model_checking};

/// Runs the tests in the model-checking build, and renders what they leave.
pub(crate) fn run(
    outputs: &Outputs,
    reports: &Path,
    schedules: &Path,
    loom: Option<&Path>,
    cargo: &[String],
) -> Result<u8, Trouble> {
    if reports.exists() {
        kept::empty(reports)?;
    }
    fs::create_dir_all(reports)?;
    let patch = loom.map(|loom| Patch::new(loom, cargo)).transpose()?;
    let mut command = model_checking(patch.as_ref());
    // Twice is an error of cargo's.
    command.args(cargo.iter().filter(|argument| *argument != "--no-fail-fast"));
    command.env("SELVEDGE_REPORTS", std::path::absolute(reports)?);
    command.env("SELVEDGE_SCHEDULES", std::path::absolute(schedules)?);
    let status = command.status()?;
    drop(patch);
    let documents = kept::files(reports)?;
    if documents.is_empty() {
        if !status.success() {
            return Ok(FAILED);
        }
        return Err("no test has explored anything: are there loom tests among those that ran, and do they use selvedge, or loom with --loom?".into());
    }
    let rendered = render(outputs, &documents)?;
    Ok(if status.success() { rendered } else { FAILED })
}

/// A line for each report, and what is to be made of them.
pub(crate) fn render(outputs: &Outputs, reports: &[PathBuf]) -> Result<u8, Trouble> {
    let documents = kept::read(reports)?;
    for document in &documents {
        println!("{:<10}  {}: {}", document.word(), document.name, told(document));
    }
    for file in outputs.write("selvedge", &documents)? {
        println!("wrote {}", file.display());
    }
    let any = |verdict| documents.iter().any(|d| d.verdict == verdict);
    Ok(match () {
        () if any(Verdict::Failed) => FAILED,
        () if any(Verdict::Incomplete) => INCOMPLETE,
        () => PASSED,
    })
}

/// What was found, and how much was explored for it.
fn told(document: &Document) -> String {
    match document.verdict {
        Verdict::Verified => format!("complete: {}", document.counts()),
        Verdict::Failed | Verdict::Incomplete => format!("{} ({})", document.headline(), document.counts()),
    }
}
