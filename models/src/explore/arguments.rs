//! The command line: what can be asked, and how.

use std::path::PathBuf;

use cargo_selvedge::Outputs;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use selvedge::Schedule;

use super::select::Select;

/// Explore every interleaving of the documents' examples, and show the ones that break them.
///
/// Without ids, a line for each example. With ids or families, for each of those examples the interleaving that breaks it, with
/// one lane for each thread, and a line for each version of the program.
#[derive(Debug, Parser)]
#[command(
    name = "cargo explore",
    bin_name = "cargo explore",
    args_conflicts_with_subcommands = true,
    after_help = STATUSES,
    after_long_help = LONG
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) what: Option<What>,
    #[command(flatten)]
    pub(super) explore: Explore,
}

const STATUSES: &str = "Exit status: 0 all is as on record, 1 something is not, 2 the command cannot be carried out, 3 not all \
                        was explored, 4 a schedule no longer applies, 130 stopped by Ctrl-C.\n`cargo explore --help` says \
                        more, with examples.";

const LONG: &str = "\
Exit status:
    0  every verdict is the one on record; of a replay: the execution does not fail
    1  a verdict is another; of a replay: the execution fails
    2  the command is not understood, or a file cannot be read or written
    3  nothing fails that should not, but not everything was explored
    4  the schedule that was to be replayed no longer applies
  130  stopped by Ctrl-C: what is known so far was printed, as incomplete

Examples, to be typed one after the other:
  cargo explore list                       what there is
  cargo explore                            all of it, a line each
  cargo explore C01                        two consumers and a producer: the interleaving, a line for each version
  cargo explore C01 --all                  the same, each version in full
  cargo explore locks --variants           a family, a line for each version
  cargo explore show L02 --variant as-printed-sum
                                           one exploration, the lines that it ends with are to be copied:
  cargo explore replay L02 SCHEDULE --variant as-printed-sum
                                           that one interleaving again, the same to the byte
  cargo explore show L02 --variant as-printed-sum --as-test
                                           the same as a Rust test, for a file below `models/tests`
  cargo explore show C01 --variant repaired  why it passes: an execution for each outcome, and what was not looked at
  cargo explore play L02                   choose yourself who goes next, and break it
  cargo explore E03 --html target/pages    pages for a browser
  cargo explore run Q01 --shard 1/3 --save target/shards, then 2/3 and 3/3, on three machines; then
  cargo explore sum target/shards/*        their sum, checked to be complete

Colour is off where output is no terminal, where NO_COLOR is set, and where CLICOLOR=0; CLICOLOR_FORCE=1 turns it on.";

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// What there is, without exploring it: ids, titles and versions
    List {
        #[command(flatten)]
        select: Select,
        /// How to print
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Explore, and print a line for each example; this is what is done without a command and without ids
    Run(Explore),
    /// Explore, and show each version in full: interleavings, outcomes, what was not looked at; as `--all` does
    Show(Explore),
    /// Execute one interleaving again: a copied line, the same output to the byte
    Replay(Replay),
    /// You are the scheduler: choose who goes next in a full-screen terminal, and break it
    Play(Play),
    /// Add up the shards that `--save` kept, and check that none is missing
    Sum {
        /// The files
        #[arg(required = true, value_name = "FILE")]
        shards: Vec<PathBuf>,
        /// How to print
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
        #[command(flatten)]
        outputs: Outputs,
    },
    /// Print a script that completes options for a shell; bash and zsh complete ids and families too
    #[command(
        after_help = "For bash: cargo explore completions bash > ~/.local/share/bash-completion/completions/explore, and `source` that \
                      file in ~/.bashrc: it adds to what completes `cargo`."
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// What to explore, how far, and what to print.
#[derive(Clone, Debug, Args)]
pub(super) struct Explore {
    #[command(flatten)]
    pub(super) select: Select,
    #[command(flatten)]
    pub(super) effort: Effort,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    /// Each version in full, as `show` does
    #[arg(long, conflicts_with = "variants")]
    pub(super) all: bool,
    /// A line for each version in each reading of time, not for each example
    #[arg(long)]
    pub(super) variants: bool,
    /// Print the page of findings, of all examples
    #[arg(long, conflicts_with_all = ["ids", "variant", "format", "time", "variants"])]
    pub(super) findings: bool,
    /// Print Rust tests that replay what fails, in place of the reports
    #[arg(long, conflicts_with_all = ["findings", "format", "variants"])]
    pub(super) as_test: bool,
    #[command(flatten)]
    pub(super) look: Look,
    #[command(flatten)]
    pub(super) outputs: Outputs,
    /// Explore this shard of each exploration alone, such as 2/3
    #[arg(long, value_name = "M/N", value_parser = shard, requires = "save")]
    pub(super) shard: Option<(usize, usize)>,
    /// Keep each report as a file in this folder, for `cargo explore sum`
    #[arg(long, value_name = "FOLDER")]
    pub(super) save: Option<PathBuf>,
}

/// How to look at an interleaving.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Look {
    /// Show every step of an interleaving and every outcome, not what fits a terminal only
    #[arg(long)]
    pub(super) all_steps: bool,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub(super) ascii: bool,
}

/// How, and how far to explore.
#[derive(Clone, Debug, Args)]
pub(super) struct Effort {
    /// The engine; which of them is there is decided when the command is built
    #[arg(long, value_enum)]
    pub(super) engine: Option<Engine>,
    /// Explore on so many threads of the machine; 0: on as many as it runs at once
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) workers: usize,
    /// Stop each exploration after so many executions
    #[arg(long, value_name = "N")]
    pub(super) max_executions: Option<u64>,
    /// Stop each exploration after so many seconds
    #[arg(long, value_name = "S")]
    pub(super) max_seconds: Option<f64>,
    /// Explore executions with at most so many preemptions only
    #[arg(long, value_name = "K")]
    pub(super) preemptions: Option<usize>,
    /// Keep schedules that fail in this folder, and replay those that are there first
    #[arg(long, value_name = "FOLDER")]
    pub(super) schedules: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Replay {
    /// The example, such as E03
    pub(super) id: String,
    /// What a report ends with, such as 1.0ss.1r.2rw.1w
    pub(super) schedule: Schedule,
    /// The version: as-printed, repaired, or a mutant's name
    #[arg(long, value_name = "NAME", default_value = "as-printed")]
    pub(super) variant: String,
    /// How sleeps and timeouts are read
    #[arg(long, value_enum, default_value_t = Time::Adversarial)]
    pub(super) time: Time,
    /// Print a Rust test that replays it, in place of the report
    #[arg(long)]
    pub(super) as_test: bool,
    #[command(flatten)]
    pub(super) look: Look,
    #[command(flatten)]
    pub(super) outputs: Outputs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "You choose which thread goes next, and where a step can go in several ways, which. Break it in as few switches as you can: \
                  the checker's shortest schedule is shown beside yours. Press ? for the keys. docs/play.md says more."
)]
pub(super) struct Play {
    /// The example, such as L02
    pub(super) id: String,
    /// The version: as-printed, repaired, or a mutant's name; the first that breaks if not given
    #[arg(long, value_name = "NAME")]
    pub(super) variant: Option<String>,
    /// How sleeps and timeouts are read
    #[arg(long, value_enum, default_value_t = Time::Both)]
    pub(super) time: Time,
    /// Explore at most so many seconds for the checker's shortest schedule
    #[arg(long, value_name = "S", default_value_t = 20.0)]
    pub(super) max_seconds: f64,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub(super) ascii: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Time {
    /// They say nothing about order
    Adversarial,
    /// A clock tells them apart, and computing takes no time
    Virtual,
    /// Each reading by itself
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Engine {
    /// The one of this project, which explores everything
    Selvedge,
    /// loom, as a second opinion, as far as it gets
    Loom,
}

impl Engine {
    /// The one that this command was built with.
    pub(super) const BUILT: Engine =
        if cfg!(feature = "upstream-loom") { Engine::Loom } else { Engine::Selvedge };

    pub(super) fn name(self) -> &'static str {
        match self {
            Engine::Selvedge => "selvedge",
            Engine::Loom => "loom",
        }
    }

    /// The command that is built with it.
    pub(super) fn command(self) -> &'static str {
        match self {
            Engine::Selvedge => "cargo explore",
            Engine::Loom => "cargo explore-on-loom",
        }
    }
}

/// `2/3`.
fn shard(text: &str) -> Result<(usize, usize), String> {
    let parsed = text.split_once('/').and_then(|(m, n)| Some((m.parse().ok()?, n.parse().ok()?)));
    match parsed {
        Some((m, n)) if (1..=n).contains(&m) => Ok((m, n)),
        _ => Err("a shard is written M/N, from 1/N to N/N".to_owned()),
    }
}
