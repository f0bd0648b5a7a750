//! Runs the tests of a binary that cargo has built, each in a process of its own.
//!
//! So statics are new in each, and one that crashes or hangs takes no other with it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::{env, process, thread};

use anstream::println;

use super::result::{self, Outcome, Word};
use crate::{PASSED, TROUBLE, Trouble};

/// The folder of the results of all tests.
pub(crate) const RESULTS: &str = "SELVEDGE_EXPLORE_RESULTS";

/// The file of the result of one.
pub(crate) const RESULT: &str = "SELVEDGE_EXPLORE_RESULT";

/// How many tests are explored at once.
pub(crate) const WORKERS: &str = "SELVEDGE_EXPLORE_WORKERS";

/// Runs the tests in `binary` that its `arguments` choose. What they found is in their results: cargo hears of trouble alone.
pub(crate) fn run(binary: &Path, arguments: &[String]) -> Result<u8, Trouble> {
    let results: PathBuf =
        env::var_os(RESULTS).ok_or("this is for cargo: use `cargo selvedge explore`")?.into();
    let Some(tests) = tests(binary, arguments)? else {
        println!("not explored  {}: it has a test harness of its own", binary.display());
        return Ok(PASSED);
    };
    let workers = env::var(WORKERS).ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let explore = |number: usize| {
        let file = results.join(format!("{:08}-{number:04}", process::id()));
        explore(binary, &tests[number], &file)
    };
    in_order(tests.len(), workers, explore, |outcome| {
        show(&outcome?);
        Ok(())
    })?;
    Ok(PASSED)
}

/// Does so many things, some at once, and hands what comes of them on in their order.
fn in_order<T: Send>(
    count: usize,
    workers: usize,
    does: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..workers.clamp(1, count.max(1)) {
            let (sender, next, does) = (sender.clone(), &next, &does);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    // Where nobody takes any more, nothing is left to do.
                    if number >= count || sender.send((number, does(number))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut taken = 0;
        for (number, result) in receiver {
            waiting.insert(number, result);
            while let Some(result) = waiting.remove(&taken) {
                take(result)?;
                taken += 1;
            }
        }
        Ok(())
    })
}

/// The names of the tests that are to run; `None` where the binary is no harness of the compiler's.
fn tests(binary: &Path, arguments: &[String]) -> Result<Option<Vec<String>>, Trouble> {
    let list = |more: &[&str]| -> Result<Option<Vec<String>>, Trouble> {
        let output =
            Command::new(binary).args(arguments).args(["--list", "--format", "terse"]).args(more).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let kinds = [": test", ": benchmark"];
        let is_list = text.lines().all(|line| kinds.iter().any(|kind| line.ends_with(kind)));
        let tests = text.lines().filter_map(|line| line.strip_suffix(kinds[0])).map(str::to_owned).collect();
        Ok((output.status.success() && is_list).then_some(tests))
    };
    let Some(mut tests) = list(&[])? else { return Ok(None) };
    let asks = |flag: &str| arguments.iter().any(|argument| argument == flag);
    if !asks("--ignored") && !asks("--include-ignored") {
        let ignored = list(&["--ignored"])?.unwrap_or_default();
        tests.retain(|test| !ignored.contains(test));
    }
    Ok(Some(tests))
}

/// Explores a test in a process of its own.
fn explore(binary: &Path, test: &str, file: &Path) -> Result<Outcome, Trouble> {
    let output = Command::new(binary)
        .args([test, "--exact", "--include-ignored", "--test-threads", "1"])
        .env(RESULT, file)
        // What was never written is the same each time, with the C library of GNU: mallopt(3), M_PERTURB.
        .env("MALLOC_PERTURB_", "165")
        .output()?;
    if file.exists() {
        return result::read(file);
    }
    let outcome = without_result(test, &output);
    outcome.write(file)?;
    Ok(outcome)
}

/// Of a process that has left no result.
fn without_result(test: &str, output: &Output) -> Outcome {
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let said = said.trim().lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n");
    let ended = end_of(output.status);
    if output.status.success() {
        let why = "it is no function that the attribute `test` can explore".to_owned();
        return Outcome::of_trouble(test, Word::Trouble, why);
    }
    // What the checker ends a process with in which a thread waits for what is outside.
    let (word, why) = if output.status.code() == Some(i32::from(TROUBLE)) {
        (Word::Trouble, "a thread of it waits for what is outside of the model".to_owned())
    } else {
        (Word::Failed, format!("its process {ended}"))
    };
    let mut outcome = Outcome::of_trouble(test, word, why);
    outcome.report = said;
    outcome
}

fn end_of(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("was ended by signal {signal}");
    }
    status.code().map_or_else(|| "was ended".to_owned(), |code| format!("ended with status {code}"))
}

/// A line for each test, and the report of one that fails.
fn show(outcome: &Outcome) {
    let Outcome { name, word, executions, explored, elapsed, why, report } = outcome;
    let mut line = format!("{:<10}  {name}", word.name());
    let plural = if *executions == 1 { "" } else { "s" };
    let written = match word {
        Word::Verified => write!(line, ": {executions} execution{plural} in {elapsed:.1?}"),
        Word::Sequential => Ok(()),
        Word::Incomplete if explored.unwrap_or(0) == 0 && *executions == 0 => {
            write!(line, ": its time was over before it was executed once; --max-duration gives it more")
        }
        Word::Incomplete => write!(line, ": {} executions explored, {why}", explored.unwrap_or(*executions)),
        Word::Failed | Word::Trouble => write!(line, ": {why}"),
    };
    written.expect("a string takes what is written");
    println!("{line}");
    if !report.is_empty() {
        println!("\n{}\n", report.trim_end());
    }
}
