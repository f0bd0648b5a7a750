//! `cargo selvedge`: explores the tests of any package, runs a crate's loom tests with their reports kept, and renders reports.

mod explore;
mod patch;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, io};

use anstream::{eprintln, println};
use cargo_selvedge::{Document, Outputs, Verdict, audit};
use clap::{Parser, Subcommand};
use patch::Patch;

/// All passed.
const PASSED: u8 = 0;
/// A test failed, or a report is not verified.
const FAILED: u8 = 1;
/// The command was not understood, nothing was explored, or something could not be read or written.
const TROUBLE: u8 = 2;
/// Nothing failed, but not everything was explored.
const INCOMPLETE: u8 = 3;

/// Run a crate's loom tests on selvedge, and show what they find.
#[derive(Debug, Parser)]
#[command(
    name = "cargo selvedge",
    bin_name = "cargo selvedge",
    after_help = "Exit status: 0 when all passed, 1 when something failed, 2 on trouble or where nothing was explored, 3 when nothing failed but not all was \
                  explored.\n\n\
                  Examples:\n  cargo selvedge explore                  the tests of any package, explored as models\n  cargo selvedge test                     the tests, with --cfg loom, in release\n  cargo \
                  selvedge test --html target/found   and a page for each exploration\n  cargo selvedge render \
                  target/selvedge/*.json --sarif found.sarif"
)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Explore the tests of any package, which need know nothing of selvedge
    Explore(explore::Options),
    /// What cargo calls to run the tests that `explore` has it build
    #[command(hide = true)]
    RunTests {
        binary: PathBuf,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run `cargo test --release` in the model-checking build, and keep the reports
    Test {
        #[command(flatten)]
        outputs: Outputs,
        /// Where the reports go as JSON
        #[arg(long, value_name = "FOLDER", default_value = "target/selvedge")]
        reports: PathBuf,
        /// Where schedules that failed are kept, to be replayed first the next time; `schedules` beside the reports if
        /// not given. A folder that is committed makes regression tests of them
        #[arg(long, value_name = "FOLDER")]
        schedules: Option<PathBuf>,
        /// Run a crate that is written with loom on this folder's `loom` instead: the shim of selvedge
        #[arg(long, value_name = "FOLDER")]
        loom: Option<PathBuf>,
        /// Further arguments for `cargo test`
        #[arg(last = true)]
        cargo: Vec<String>,
    },
    /// Find the weakest memory orderings that all tests pass with
    Audit(audit::Options),
    /// Render reports that were kept
    Render {
        #[command(flatten)]
        outputs: Outputs,
        /// The reports
        #[arg(required = true, value_name = "FILE")]
        reports: Vec<PathBuf>,
    },
}

fn main() -> ExitCode {
    let plain: Vec<_> = env::args_os().skip(1).collect();
    if explore::wrapper::is_asked(&plain) {
        return ended(explore::wrapper::run(&plain));
    }
    // Cargo gives a subcommand its own name as the first argument.
    let own = env::args_os().nth(1).is_some_and(|first| first == "selvedge");
    let arguments =
        Arguments::parse_from(env::args_os().take(1).chain(env::args_os().skip(1 + usize::from(own))));
    let done = match arguments.what {
        What::Explore(options) => explore::run(&options),
        What::RunTests { binary, arguments } => explore::runner::run(&binary, &arguments),
        What::Audit(options) => audited(&options),
        What::Test { outputs, reports, schedules, loom, cargo } => {
            let schedules = schedules.unwrap_or_else(|| reports.join("schedules"));
            test(&outputs, &reports, &schedules, loom.as_deref(), &cargo)
        }
        What::Render { outputs, reports } => render(&outputs, &reports),
    };
    ended(done)
}

fn ended(done: Result<u8, Trouble>) -> ExitCode {
    match done {
        Ok(status) => ExitCode::from(status),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(TROUBLE)
        }
    }
}

fn audited(options: &audit::Options) -> Result<u8, Trouble> {
    let patch = options.loom.as_deref().map(|loom| Patch::new(loom, &options.cargo)).transpose()?;
    let passed = audit::run(options, model_checking(patch.as_ref()))?;
    Ok(if passed { PASSED } else { FAILED })
}

type Trouble = Box<dyn std::error::Error + Send + Sync>;

fn test(
    outputs: &Outputs,
    reports: &Path,
    schedules: &Path,
    loom: Option<&Path>,
    cargo: &[String],
) -> Result<u8, Trouble> {
    if reports.exists() {
        // What an earlier run has found would be taken for this one's.
        for old in kept(reports)? {
            fs::remove_file(old)?;
        }
    }
    fs::create_dir_all(reports)?;
    let patch = loom.map(|loom| Patch::new(loom, cargo)).transpose()?;
    let mut command = model_checking(patch.as_ref());
    command.args(cargo);
    command.env("SELVEDGE_REPORTS", std::path::absolute(reports)?);
    command.env("SELVEDGE_SCHEDULES", std::path::absolute(schedules)?);
    let status = command.status()?;
    drop(patch);
    let documents = kept(reports)?;
    if documents.is_empty() {
        if !status.success() {
            return Ok(FAILED);
        }
        return Err("no test has explored anything: are there loom tests among those that ran, and do they use selvedge, or loom with --loom?".into());
    }
    let rendered = render(outputs, &documents)?;
    Ok(if status.success() { rendered } else { FAILED })
}

/// `cargo test` in the model-checking build, with the shim of `patch` in place of loom.
fn model_checking(patch: Option<&Patch>) -> Command {
    let flags = env::var("RUSTFLAGS").unwrap_or_default();
    let flags = [flags.trim(), "--cfg loom"].join(" ");
    let mut command = cargo_selvedge::cargo();
    command.args(["test", "--release"]);
    if let Some(patch) = patch {
        command.args(["--config", patch.setting()]);
    }
    if env::var_os("CARGO_TARGET_DIR").is_none() {
        // Neither build throws the other's work away.
        command.env("CARGO_TARGET_DIR", "target/loom");
    }
    command.env("RUSTFLAGS", flags.trim());
    command
}

fn kept(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path()));
    let mut files: Vec<_> = entries.collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|e| e == "json"));
    files.sort();
    Ok(files)
}

fn render(outputs: &Outputs, reports: &[PathBuf]) -> Result<u8, Trouble> {
    let documents: Vec<_> = reports.iter().map(|path| Document::read(path)).collect::<Result<_, _>>()?;
    for document in &documents {
        println!("{:<10}  {}: {}", document.word(), document.name, document.headline());
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
