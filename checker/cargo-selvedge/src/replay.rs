//! `cargo selvedge replay`: one interleaving of a test again, or the Rust test that replays it.

use std::fs;
use std::path::{Path, PathBuf};

use anstream::{eprintln, print, println};
use cargo_selvedge::{Document, Finding, Verdict, kept};
use clap::Args;

use crate::patch::Patch;
use crate::{FAILED, INAPPLICABLE, PASSED, TROUBLE, Trouble, model_checking};

/// What is replayed.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// A report that was kept, such as target/selvedge/NAME.json, or the name of a test
    #[arg(value_name = "REPORT|TEST")]
    what: String,
    /// What a report ends with, such as 1.0ss.1r.2rw.1w; where a report is named, it has its own
    schedule: Option<String>,
    /// Print a Rust test that replays it, in place of running it
    #[arg(long)]
    as_test: bool,
    /// Run a crate that is written with loom on this folder's `loom` instead: the shim of selvedge
    #[arg(long, value_name = "FOLDER")]
    loom: Option<PathBuf>,
    /// Further arguments for `cargo test`
    #[arg(last = true)]
    cargo: Vec<String>,
}

/// Replays, and says how it went as an exit status.
pub(crate) fn run(options: &Options) -> Result<u8, Trouble> {
    let (test, schedule, finding) = asked(options)?;
    if options.as_test {
        print!("{}", as_test(&test, &schedule, finding.as_ref()));
        return Ok(PASSED);
    }
    let reports = std::path::absolute("target/selvedge/replay")?;
    fs::create_dir_all(&reports)?;
    kept::empty(&reports)?;
    let patch = options.loom.as_deref().map(|loom| Patch::new(loom, &options.cargo)).transpose()?;
    let mut command = model_checking(patch.as_ref());
    command.args(&options.cargo).arg(&test);
    if !options.cargo.iter().any(|argument| argument == "--") {
        command.args(["--", "--exact"]);
    }
    command.env("SELVEDGE_REPLAY", &schedule).env("SELVEDGE_REPORTS", &reports);
    command.status()?;
    told(&test, &reports)
}

/// The test, the schedule, and what is known of it.
fn asked(options: &Options) -> Result<(String, String, Option<Finding>), Trouble> {
    let Options { what, schedule, .. } = options;
    if !what.ends_with(".json") {
        let schedule = schedule.clone().ok_or("a test needs the schedule that is to be replayed")?;
        return Ok((what.clone(), schedule, None));
    }
    let Document { name, counterexample, .. } = Document::read(Path::new(what))?;
    let kept = counterexample.as_ref().and_then(|finding| finding.schedule.clone());
    let schedule =
        schedule.clone().or(kept).ok_or_else(|| format!("{what}: nothing fails, so give a schedule"))?;
    Ok((of_test(&name).to_owned(), schedule, counterexample))
}

/// The test of an exploration: from its second one on they have numbers.
fn of_test(name: &str) -> &str {
    match name.rsplit_once(' ') {
        Some((test, number)) if number.parse::<u32>().is_ok() => test,
        _ => name,
    }
}

/// What became of it, from the reports that the test has left.
fn told(test: &str, reports: &Path) -> Result<u8, Trouble> {
    let documents = kept::read(&kept::files(reports)?)?;
    let failing = documents.iter().find_map(|document| document.counterexample.as_ref());
    match failing {
        Some(finding) if finding.kind == "schedule" => {
            eprintln!("{test}: the schedule replays nothing: {}", finding.message);
            Ok(INAPPLICABLE)
        }
        Some(finding) => {
            println!("FAIL        {test}: {}: {}", finding.class, finding.sentence);
            Ok(FAILED)
        }
        None if documents.iter().any(|document| document.verdict == Verdict::Incomplete) => {
            println!("PASS        {test}: this one execution does not fail, which is no proof");
            Ok(PASSED)
        }
        None => {
            eprintln!("error: no test `{test}` has explored anything");
            Ok(TROUBLE)
        }
    }
}

/// A test for the same test binary: it runs the other test again, along the schedule.
fn as_test(test: &str, schedule: &str, finding: Option<&Finding>) -> String {
    let what = finding
        .map_or("an execution".to_owned(), |f| format!("{}: {}", f.class, f.sentence.trim_end_matches('.')));
    let expected = finding.map_or("FAIL  ".to_owned(), |finding| format!("FAIL  {}", finding.class));
    let name = test.rsplit("::").next().unwrap_or(test);
    format!(
        "/// {what}.\n\
         ///\n\
         /// It passes while the bug is there, by its `should_panic`. When the bug is mended, that line goes.\n\
         #[test]\n\
         #[should_panic(expected = {expected:?})]\n\
         fn {name}_replayed() {{\n    \
             let program = std::env::current_exe().expect(\"tests run from a file\");\n    \
             let output = std::process::Command::new(program)\n        \
                 .args([{test:?}, \"--exact\", \"--nocapture\"])\n        \
                 .env(\"SELVEDGE_REPLAY\", {schedule:?})\n        \
                 .output()\n        \
                 .expect(\"the test runs again\");\n    \
             let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();\n    \
             assert!(said.contains(\"running 1 test\"), \"no such test: {{said}}\");\n    \
             assert!(!said.contains(\"FAIL  \"), \"{{said}}\");\n\
         }}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exploration_is_of_the_test_that_its_number_follows() {
        assert_eq!([of_test("bank::adds_up"), of_test("bank::adds_up 2")], ["bank::adds_up"; 2]);
        assert_eq!(of_test("two words"), "two words");
    }
}
