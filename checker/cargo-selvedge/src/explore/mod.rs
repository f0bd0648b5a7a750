//! `cargo selvedge explore`: the tests of any package, each explored as a model.
//!
//! Nothing in the package changes. The compiler is told to take the crates of `checker/std` for `std`, `core` and `alloc` in the
//! package and all that it depends on ([`facade`]); their attribute `test` makes a model of each test. Cargo builds the tests and
//! hands each binary to this program again, as its runner ([`runner`]), which gives each test a process of its own.

mod facade;
mod flags;
mod probe;
mod result;
pub(crate) mod runner;
pub(crate) mod watch;
pub(crate) mod wrapper;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anstream::println;
use cargo_selvedge::{Outputs, kept};
use clap::{Args, ValueEnum};

use crate::{FAILED, INCOMPLETE, PASSED, TROUBLE, Trouble};
use facade::Facade;
use result::{Outcome, Word};
use watch::Watch;

/// How the tests of a package are explored.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    outputs: Outputs,
    /// How long each test may be explored, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0)]
    max_duration: f64,
    /// How many executions of each test may be explored
    #[arg(long, value_name = "N")]
    max_executions: Option<u64>,
    /// How many executions to draw at random of a test that was not explored to its end
    #[arg(long, value_name = "N", default_value_t = 1000)]
    draws: u64,
    /// Which clock the tests see
    #[arg(long, value_enum, default_value_t = Time::Adversarial)]
    time: Time,
    /// Whose loads and stores of plain memory are watched: `all`, `none`, or crates by their names, with commas between
    #[arg(long, value_name = "CRATES", default_value_t = Watch::All)]
    watch: Watch,
    /// Fails where memory is leaked: it was not freed, and nothing leads to it
    #[arg(long)]
    leaks: bool,
    /// Uses memory again that was freed, as allocators do: finds bugs of the ABA kind
    #[arg(long)]
    reuse: bool,
    /// How many tests to explore at once
    #[arg(long, value_name = "N", default_value_t = 1)]
    workers: usize,
    /// Where the reports go as JSON
    #[arg(long, value_name = "FOLDER", default_value = "target/selvedge")]
    reports: PathBuf,
    /// Follows one schedule alone, which a report shows
    #[arg(long, value_name = "SCHEDULE")]
    replay: Option<String>,
    /// Only the tests whose names contain this
    #[arg(value_name = "FILTER")]
    filter: Option<String>,
    /// Further arguments for `cargo test`: packages, features, targets
    #[arg(last = true)]
    cargo: Vec<String>,
}

/// As selvedge's `Time`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Time {
    /// Any timeout may expire at any moment
    Adversarial,
    /// Time passes only while all threads wait
    Virtual,
}

/// Where cargo finds what it builds here: neither build throws the other's work away.
const TARGET: &str = "target/explore";

/// Explores, and says how it went as an exit status.
pub(crate) fn run(options: &Options) -> Result<u8, Trouble> {
    let reports = std::path::absolute(&options.reports)?;
    empty(&reports)?;
    options.watch.check()?;
    let facade = Facade::build()?;
    probe::check(&facade)?;
    let flags = flags::of(&facade, &options.watch);
    let status = command(options, &facade, &flags, &reports)?.status()?;
    let outcomes = result::read_all(&results_in(&reports))?;
    if outcomes.is_empty() {
        if !status.success() {
            return Ok(TROUBLE);
        }
        return Err("no test was explored: are there tests that the filter lets through?".into());
    }
    print_summary(&outcomes);
    let documents = kept::read(&kept::files(&reports)?)?;
    for file in options.outputs.write("selvedge", &documents)? {
        println!("wrote {}", file.display());
    }
    let any = |words: &[Word]| outcomes.iter().any(|outcome| words.contains(&outcome.word));
    Ok(match () {
        () if any(&[Word::Failed]) => FAILED,
        () if any(&[Word::Trouble]) || !status.success() => TROUBLE,
        () if any(&[Word::Incomplete]) => INCOMPLETE,
        () => PASSED,
    })
}

/// `cargo test`, with our crates in std's place and this program as the runner of what it builds.
fn command(options: &Options, facade: &Facade, flags: &[String], reports: &Path) -> Result<Command, Trouble> {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let own = env::current_exe()?;
    let own = own.to_str().ok_or("the path of this program is not UTF-8")?;
    let runner = format!("target.{}.runner = [{}, \"run-tests\"]", quoted(facade.target()), quoted(own));
    let mut command = cargo_selvedge::cargo();
    command.args(["test", "--no-fail-fast", "--target", facade.target(), "--config", &runner]);
    if !options.cargo.iter().any(|argument| flags::chooses_targets(argument)) {
        command.arg("--tests");
    }
    command.args(&options.filter).args(&options.cargo);
    if env::var_os("CARGO_TARGET_DIR").is_none() {
        command.env("CARGO_TARGET_DIR", TARGET);
    }
    flags::set(&mut command, flags);
    command.env("RUSTC_WRAPPER", own).env(wrapper::ALLOC, facade.alloc());
    command.env(watch::WATCH, options.watch.to_string());
    let variables = [
        ("SELVEDGE_EXPLORE_DURATION", options.max_duration.to_string()),
        ("SELVEDGE_EXPLORE_DRAWS", options.draws.to_string()),
        (runner::WORKERS, options.workers.to_string()),
        ("SELVEDGE_EXPLORE_TIME", format!("{:?}", options.time).to_lowercase()),
    ];
    command.envs(variables);
    if let Some(executions) = options.max_executions {
        command.env("SELVEDGE_EXPLORE_EXECUTIONS", executions.to_string());
    }
    if options.leaks {
        command.env("SELVEDGE_EXPLORE_LEAKS", "1");
    }
    if options.reuse {
        command.env("SELVEDGE_EXPLORE_REUSE", "1");
    }
    if let Some(schedule) = &options.replay {
        command.env("SELVEDGE_REPLAY", schedule);
    }
    command.env("SELVEDGE_REPORTS", reports).env(runner::RESULTS, results_in(reports));
    Ok(command)
}

/// Where the processes of the tests say how it went.
fn results_in(reports: &Path) -> PathBuf {
    reports.join("results")
}

/// Makes the folder of the reports, without what an earlier run has found.
fn empty(reports: &Path) -> Result<(), Trouble> {
    let results = results_in(reports);
    if results.exists() {
        fs::remove_dir_all(&results)?;
    }
    fs::create_dir_all(&results)?;
    kept::empty(reports)?;
    Ok(())
}

fn print_summary(outcomes: &[Outcome]) {
    let count = |word| outcomes.iter().filter(|outcome| outcome.word == word).count();
    let counts = Word::ALL.map(|word| (count(word), word.name()));
    let told: Vec<_> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, name)| format!("{n} {name}")).collect();
    println!("\n{} tests: {}", outcomes.len(), told.join(", "));
}
