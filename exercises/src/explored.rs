//! Exploring a program, and judging what was found.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs};

use selvedge::report::{Sources, Terminal, json};
use selvedge::{Checker, Report, Verdict};
use selvedge_play::{Game, Look, Program, terminal};
use serde::Deserialize;

use crate::description::{Description, Good};

/// How an exercise is explored.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The exercise's name.
    pub name: String,
    /// How many waits may end without a reason in an execution.
    pub spurious_wakeups: u32,
}

/// How long a learner waits at the most.
const PATIENCE: Duration = Duration::from_secs(20);

/// Explores a program. Primitives are explored as their specifications, for they are not what an exercise is about.
pub fn explore(settings: &Settings, check: fn()) -> Report {
    checker(settings).run(check)
}

fn checker(settings: &Settings) -> Checker {
    Checker::new()
        .name(&settings.name)
        .spurious_wakeups(settings.spurious_wakeups)
        .max_duration(PATIENCE)
        .specifications()
}

/// What the first argument is where a learner's program is to be played, and not explored.
pub const PLAY: &str = "--play";

/// A program to play. What it is about, in a sentence or two, is said by `about`.
pub fn program(settings: &Settings, about: String, check: fn()) -> Program {
    let name = &settings.name;
    Program {
        title: name.clone(),
        about,
        replay: format!("cargo learn check {name} --replay"),
        ..Program::explore(&checker(settings), check, Sources::default())
    }
}

/// Plays a learner's program.
fn play(settings: &Settings, check: fn()) -> ExitCode {
    let about = env::args().nth(2).unwrap_or_default();
    let ascii = env::args().nth(3).is_some_and(|look| look == "ascii");
    let played = terminal::check().and_then(|()| {
        eprintln!("Exploring {}, for the schedule to measure yours by …", settings.name);
        selvedge_play::play(Game::new(program(settings, about, check)), Look { ascii })
    });
    match played {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("error: {trouble}");
            ExitCode::from(2)
        }
    }
}

/// What `learn` makes of a learner's program: it explores the program, prints the report, and writes it as JSON into the file
/// that the first argument names. With [`PLAY`] as that, it plays the program.
pub fn main(settings: &Settings, check: fn()) -> ExitCode {
    if env::args().nth(1).is_some_and(|first| first == PLAY) {
        return play(settings, check);
    }
    let report = explore(settings, check);
    let sources = Sources::default();
    let name = &settings.name;
    let again = format!("cargo learn check {name} --replay");
    print!("{}", Terminal::new(&report, &sources).again(again));
    let Some(file) = env::args_os().nth(1).map(PathBuf::from) else {
        return ExitCode::from(u8::from(!report.verdict().is_verified()));
    };
    match fs::write(&file, json(name, &report, &sources)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write {}: {error}", file.display());
            ExitCode::from(2)
        }
    }
}

/// What was found, as far as a mend is judged by it. It can be read from a report in JSON.
#[derive(Clone, Debug, Deserialize)]
pub struct Explored {
    verdict: String,
    limit: Option<String>,
    /// How many executions there were.
    pub executions: u64,
    outcomes: Vec<Outcome>,
    counterexample: Option<Found>,
}

#[derive(Clone, Debug, Deserialize)]
struct Outcome {
    outcome: String,
    executions: u64,
}

#[derive(Clone, Debug, Deserialize)]
struct Found {
    kind: String,
    class: String,
}

/// What is said of a mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// No execution fails, all were explored, and what was good is still possible.
    Mended,
    /// An execution fails.
    Fails {
        /// The kind of failure.
        kind: String,
        /// The class of bug that the report names.
        class: String,
    },
    /// Nothing fails, but this good outcome is gone.
    TooMuch {
        /// The outcome.
        gone: String,
    },
    /// Not all was explored, and this is why.
    Unknown {
        /// The limit that was reached.
        limit: String,
    },
}

impl Explored {
    /// Reads a report in JSON.
    ///
    /// # Errors
    ///
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// What a report says.
    ///
    /// # Panics
    ///
    /// When the checker writes what it cannot read.
    pub fn of(report: &Report) -> Self {
        let text = json("", report, &Sources::default());
        let explored = Self::parse(&text).expect("what the checker writes can be read");
        debug_assert_eq!(explored.verdict == "verified", matches!(report.verdict(), Verdict::Verified));
        explored
    }

    /// Judges a mend.
    pub fn judge(&self, description: &Description) -> Judgement {
        if let Some(Found { kind, class }) = &self.counterexample {
            return Judgement::Fails { kind: kind.clone(), class: class.clone() };
        }
        if self.verdict != "verified" {
            return Judgement::Unknown { limit: self.limit.clone().unwrap_or_default() };
        }
        match self.gone(description).first() {
            Some(good) => Judgement::TooMuch { gone: good.outcome.clone() },
            None => Judgement::Mended,
        }
    }

    /// The good outcomes that no execution has.
    pub fn gone<'a>(&self, description: &'a Description) -> Vec<&'a Good> {
        description.good.iter().filter(|good| !self.shows(&good.outcome)).collect()
    }

    /// Whether an execution shows `wanted`, alone or among others.
    fn shows(&self, wanted: &str) -> bool {
        self.outcomes.iter().any(|seen| seen.outcome.split("; ").any(|part| part == wanted))
    }

    /// Every outcome, with the number of executions that show it.
    pub fn outcomes(&self) -> BTreeMap<&str, u64> {
        self.outcomes.iter().map(|seen| (seen.outcome.as_str(), seen.executions)).collect()
    }
}
