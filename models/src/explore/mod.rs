//! The command `explore`: which models to explore, with progress, and what to print.

mod arguments;
mod as_test;
mod brief;
mod detail;
mod exploring;
mod json;
mod list;
mod play;
mod progress;
mod replay;
mod screen;
mod select;
mod status;
mod sum;

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use anstream::{eprintln, print};
use cargo_selvedge::html::thousands;
use cargo_selvedge::{Document, Outputs};
use clap::{CommandFactory, Parser};
use selvedge::Report;

use arguments::{Arguments, Explore, Format, What};
use exploring::Found;
use select::Misuse;
use status::Status;
use style::BAD;

use crate::findings;
use crate::registry::{self, Exploration, Explored, MODELS, Model};

/// Why the command ends without a verdict.
#[derive(Debug)]
enum Trouble {
    Misuse(Misuse),
    /// Something cannot be read or written, or is not what it should be.
    Other(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Misuse(misuse) => write!(f, "{misuse}\n\nFor help: cargo explore --help"),
            Trouble::Other(message) => f.write_str(message),
        }
    }
}

impl From<Misuse> for Trouble {
    fn from(misuse: Misuse) -> Self {
        Trouble::Misuse(misuse)
    }
}

/// Runs the command with the process's arguments.
pub fn main() -> ExitCode {
    let Arguments { what, explore } = Arguments::parse();
    let asked = match &what {
        Some(What::Run(explore) | What::Show(explore)) => explore,
        _ => &explore,
    };
    if asked.look.ascii {
        screen::keep_to_ascii();
    }
    let done = match what {
        None if explore.select.ids.is_empty() => run(&explore),
        None if explore.variants => run(&explore),
        None if explore.all => show(&explore),
        None => brief(&explore),
        Some(What::Run(explore)) => run(&explore),
        Some(What::Show(explore)) => show(&explore),
        Some(What::List { select, format }) => list(&select, format),
        Some(What::Replay(asked)) => explores().and_then(|()| replay::replay(&asked)),
        Some(What::Play(asked)) => explores().and_then(|()| play::play(&asked)),
        Some(What::Sum { shards, format, outputs }) => sum::sum(&shards, format, &outputs),
        Some(What::Completions { shell }) => {
            let offers = |ids: clap::Arg| ids.value_parser(select::offered()).ignore_case(true);
            let mut command = Arguments::command().name("explore").bin_name("explore").mut_arg("ids", offers);
            print!("{}", cargo_selvedge::completions::script(shell, &mut command, "explore"));
            Ok(Status::AsRecorded)
        }
    };
    match done {
        Ok(status) => status.into(),
        Err(trouble) => {
            eprintln!("{BAD}error{BAD:#}: {trouble}");
            Status::Trouble.into()
        }
    }
}

/// Whether this build explores at all.
fn explores() -> Result<(), Trouble> {
    if cfg!(loom) { Ok(()) } else { Err(Misuse::RealThreads.into()) }
}

fn list(select: &select::Select, format: Format) -> Result<Status, Trouble> {
    let models = select.models()?;
    match format {
        Format::Text => list::catalogue(&models),
        Format::Json => json::catalogue(&models),
    }
    Ok(Status::AsRecorded)
}

/// Explores, and prints a line for each example or each exploration.
fn run(asked: &Explore) -> Result<Status, Trouble> {
    explores()?;
    let is_table = asked.format == Format::Text && !asked.findings && !asked.as_test && !asked.variants;
    if is_table && asked.select.ids.is_empty() {
        list::introduce();
    }
    let found = exploring::explore(asked, false)?;
    match asked.format {
        _ if asked.findings && found.left.is_empty() => print!("{}", findings::page(&found.explored)),
        _ if asked.as_test => print!("{}", as_test::all(&found.explored)),
        Format::Json => json::print(&found),
        Format::Text if asked.variants || found.is_of_some() => list::print_variants(&found),
        Format::Text => list::print(&found),
    }
    conclude(asked, &found)
}

/// Explores, and prints for each example what fits a screen.
fn brief(asked: &Explore) -> Result<Status, Trouble> {
    explores()?;
    let found = exploring::explore(asked, false)?;
    match asked.format {
        _ if asked.as_test => print!("{}", as_test::all(&found.explored)),
        Format::Json => json::print(&found),
        Format::Text => brief::print(&found, asked.look),
    }
    conclude(asked, &found)
}

/// Explores, and prints each interleaving that fails, or why it passes.
fn show(asked: &Explore) -> Result<Status, Trouble> {
    explores()?;
    let found = exploring::explore(asked, asked.format == Format::Text && !asked.as_test)?;
    match asked.format {
        _ if asked.as_test => print!("{}", as_test::all(&found.explored)),
        Format::Json => json::print(&found),
        Format::Text => detail::print(&found, asked.look),
    }
    conclude(asked, &found)
}

fn conclude(asked: &Explore, found: &Found) -> Result<Status, Trouble> {
    let named: Vec<_> = found.explored.iter().map(|e| (e.exploration.to_string(), &e.report)).collect();
    write(&asked.outputs, &named)?;
    Ok(found.status())
}

/// Writes the pages and files that are asked for.
fn write(outputs: &Outputs, named: &[(String, &Report)]) -> Result<(), Trouble> {
    if outputs.is_empty() {
        return Ok(());
    }
    let sources = registry::sources();
    let document = |(name, report): &(String, &Report)| {
        let text = selvedge::report::json(name, report, &sources);
        Document::parse(&text, Path::new(name)).expect("what was just written can be read")
    };
    let documents: Vec<_> = named.iter().map(document).collect();
    let written =
        outputs.write("documents", &documents).map_err(|error| Trouble::Other(error.to_string()))?;
    for file in written {
        eprintln!("wrote {}", file.display());
    }
    Ok(())
}

/// Colours, which the streams drop where they are not wanted.
mod style {
    use clap::builder::styling::{AnsiColor, Style};

    pub(super) const GOOD: Style = AnsiColor::Green.on_default();
    pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
    pub(super) const DOUBT: Style = AnsiColor::Yellow.on_default();
    /// What fails as it is known to.
    pub(super) const FOUND: Style = AnsiColor::Cyan.on_default().bold();
    pub(super) const TITLE: Style = Style::new().bold();
    pub(super) const DIM: Style = Style::new().dimmed();
}
