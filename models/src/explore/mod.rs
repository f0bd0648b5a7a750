//! The command `explore`: which models to explore, with progress, and what to print.

mod detail;
mod json;
mod list;
mod progress;

use std::path::Path;
use std::process::ExitCode;

use cargo_selvedge::html::thousands;
use cargo_selvedge::{Document, Outputs};
use clap::{Parser, ValueEnum};
use selvedge::Report;

use crate::findings;
use crate::registry::{self, Exploration, Explored, MODELS, Model, Variant};

/// Everything is as on record.
const AS_RECORDED: u8 = 0;
/// A verdict is not the one on record.
const DIFFERS: u8 = 1;
/// The command was not understood.
const USAGE: u8 = 2;

/// Explore every interleaving of the documents' examples, and show the ones that break them.
///
/// Without an id, lists every example with its verdict. With ids, shows for each variant the interleaving that fails, as
/// one lane for each thread, and everything that an observer could see.
#[derive(Debug, Parser)]
#[command(
    name = "cargo explore",
    bin_name = "cargo explore",
    after_help = "Exit status: 0 when every verdict is the one on record, 1 when one is not, 2 when the command is not \
                  understood.\n\nExamples:\n  cargo explore                 all examples, a line each\n  cargo explore \
                  E03             the gate and the collector, in detail\n  cargo explore --format json   for machines"
)]
struct Arguments {
    /// Examples to show in detail, by id, such as E03; all of them in a list if none is given
    ids: Vec<String>,
    /// Only this variant: as-printed, repaired, or a mutant's name
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Print the page of findings, of all examples
    #[arg(long, conflicts_with_all = ["ids", "variant", "format"])]
    findings: bool,
    /// A line for each variant in each reading of time, not for each example
    #[arg(long)]
    variants: bool,
    /// Show every step of an interleaving, not the last two dozen only
    #[arg(long)]
    all_steps: bool,
    #[command(flatten)]
    outputs: Outputs,
    /// Draw with ASCII characters only
    #[arg(long)]
    ascii: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
}

/// Runs the command with the process's arguments.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if !cfg!(loom) {
        return misused(
            "this build runs the examples on real threads; `cargo explore` selects the one that explores",
        );
    }
    let selected = match select(&arguments) {
        Ok(selected) => selected,
        Err(message) => return misused(&message),
    };

    let bar = progress::Bar::new(selected.len());
    let explored: Vec<_> = selected
        .into_iter()
        .map(|exploration| Explored { exploration, report: bar.explore(&exploration) })
        .collect();
    bar.finish();

    match arguments.format {
        _ if arguments.findings => print!("{}", findings::page(&explored)),
        Format::Json => json::print(&explored),
        Format::Text if arguments.variants => list::print_variants(&explored),
        Format::Text if arguments.ids.is_empty() => list::print(&explored),
        Format::Text => detail::print(&explored, arguments.all_steps, arguments.ascii),
    }
    if let Err(message) = write(&arguments.outputs, &explored) {
        anstream::eprintln!("{BAD}error{BAD:#}: {message}");
        return ExitCode::from(USAGE);
    }
    let differs = explored.iter().any(|e| !e.agrees());
    ExitCode::from(if differs { DIFFERS } else { AS_RECORDED })
}

/// Writes the pages and files that are asked for.
fn write(outputs: &Outputs, explored: &[Explored]) -> Result<(), String> {
    let sources = registry::sources();
    let document = |e: &Explored| {
        let name = e.exploration.to_string();
        let text = selvedge::report::json(&name, &e.report, &sources);
        Document::parse(&text, Path::new(&name)).expect("what was just written can be read")
    };
    let documents: Vec<_> = explored.iter().map(document).collect();
    let written = outputs.write("documents", &documents).map_err(|error| error.to_string())?;
    for file in written {
        anstream::eprintln!("wrote {}", file.display());
    }
    Ok(())
}

fn select(arguments: &Arguments) -> Result<Vec<Exploration>, String> {
    let models: Vec<&Model> = match &arguments.ids[..] {
        [] => MODELS.iter().collect(),
        ids => {
            ids.iter().map(|id| registry::find(id).ok_or_else(|| unknown_id(id))).collect::<Result<_, _>>()?
        }
    };
    let wanted = |v: &Variant| arguments.variant.as_ref().is_none_or(|name| v.name == name);
    let selected: Vec<_> =
        models.iter().flat_map(|model| Exploration::of(model)).filter(|e| wanted(e.variant)).collect();
    match (&arguments.variant, selected.is_empty()) {
        (Some(name), true) => {
            let names: Vec<_> = models.iter().flat_map(|m| m.variants).map(|v| v.name).collect();
            Err(format!("no variant is called `{name}`; there are {}", names.join(", ")))
        }
        _ => Ok(selected),
    }
}

fn unknown_id(id: &str) -> String {
    format!("no example is called `{id}`; the closest are {}", registry::closest(id).join(", "))
}

fn misused(message: &str) -> ExitCode {
    anstream::eprintln!("{BAD}error{BAD:#}: {message}\n\nFor help: cargo explore --help");
    ExitCode::from(USAGE)
}

use style::BAD;

/// Colours, which the streams drop where they are not wanted.
mod style {
    use clap::builder::styling::{AnsiColor, Style};

    pub(super) const GOOD: Style = AnsiColor::Green.on_default();
    pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
    pub(super) const DOUBT: Style = AnsiColor::Yellow.on_default();
    pub(super) const TITLE: Style = Style::new().bold();
    pub(super) const DIM: Style = Style::new().dimmed();
}

/// The style of a verdict.
fn verdict_style(report: &Report) -> clap::builder::styling::Style {
    match report.verdict().word() {
        "verified" => style::GOOD,
        "failed" => style::BAD,
        _ => style::DOUBT,
    }
}
