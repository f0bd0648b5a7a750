//! `cargo selvedge`: explores the tests of any package, runs a crate's loom tests with their reports kept, and renders reports.

mod explore;
mod patch;
mod replay;
mod test;

use std::env;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anstream::{eprintln, print};
use cargo_selvedge::{Outputs, audit, completions};
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use patch::Patch;
use test::render;

/// All passed.
const PASSED: u8 = 0;
/// A test failed, or a report is not verified.
const FAILED: u8 = 1;
/// The command was not understood, nothing was explored, or something could not be read or written.
const TROUBLE: u8 = 2;
/// Nothing failed, but not everything was explored.
const INCOMPLETE: u8 = 3;
/// The schedule that was to be replayed does not apply.
const INAPPLICABLE: u8 = 4;

/// Run a crate's loom tests on selvedge, and show what they find.
#[derive(Debug, Parser)]
#[command(
    name = "cargo selvedge",
    bin_name = "cargo selvedge",
    version,
    after_help = AFTER
)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

const AFTER: &str = "\
Exit status: 0 when all passed, 1 when something failed, 2 on trouble or where nothing was explored, 3 when nothing failed but
not all was explored, 4 when a schedule does not apply.

Examples:
  cargo selvedge explore                             the tests of any package, explored as models
  cargo selvedge test                                a crate's models: its tests with --cfg loom, in release
  cargo selvedge test --html target/found            and a page for each exploration
  cargo selvedge replay target/selvedge/NAME.json    the interleaving of a report again
  cargo selvedge replay NAME SCHEDULE                the same of a test
  cargo selvedge replay target/selvedge/NAME.json --as-test    as a Rust test that replays it
  cargo selvedge render target/selvedge/*.json --sarif found.sarif";

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
    /// Run `cargo test --release` in the model-checking build, and keep the reports; all test binaries, also after one fails
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
    /// Run one interleaving of a test again
    Replay(replay::Options),
    /// Print a script that completes `cargo selvedge` for a shell
    #[command(
        after_help = "For bash: cargo selvedge completions bash > ~/.local/share/bash-completion/completions/cargo-selvedge, and `source` \
                            that file in ~/.bashrc: it adds to what completes `cargo`."
    )]
    Completions {
        /// The shell
        shell: Shell,
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
            test::run(&outputs, &reports, &schedules, loom.as_deref(), &cargo)
        }
        What::Replay(options) => replay::run(&options),
        What::Completions { shell } => {
            let mut command = Arguments::command().name("selvedge").bin_name("selvedge");
            print!("{}", completions::script(shell, &mut command, "selvedge"));
            Ok(PASSED)
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

/// `cargo test` in the model-checking build, of all test binaries, with the shim of `patch` in place of loom.
fn model_checking(patch: Option<&Patch>) -> Command {
    let flags = env::var("RUSTFLAGS").unwrap_or_default();
    let flags = [flags.trim(), "--cfg loom"].join(" ");
    let mut command = cargo_selvedge::cargo();
    command.args(["test", "--release", "--no-fail-fast"]);
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
