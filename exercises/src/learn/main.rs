//! `cargo learn`: shows exercises, and checks what the learner makes of them.

mod arguments;
mod check;
mod compile;
mod folder;
mod play;
mod say;
mod watch;

use std::fmt;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

use anstream::{eprintln, println};
use clap::Parser;
use selvedge_exercises::Judgement;
use selvedge_exercises::description::{Course, Exercise};

use arguments::{Arguments, What};
use check::Checked;
use compile::Libraries;
use folder::{Folder, Progress};

/// Why a command cannot be carried out.
#[derive(Debug)]
enum Trouble {
    /// There is no exercise of this name; these are like it.
    Name {
        asked: String,
        closest: Vec<String>,
    },
    Other(String),
}

impl Trouble {
    fn file(what: &str, file: &Path, error: &io::Error) -> Self {
        Trouble::Other(format!("cannot {what} {}: {error}", file.display()))
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Name { asked, closest } => write!(
                f,
                "no exercise is called `{asked}`; the closest are {}. `cargo learn list` has all of them",
                closest.join(", ")
            ),
            Trouble::Other(message) => f.write_str(message),
        }
    }
}

/// What a caller is told by the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Done = 0,
    NotMended = 1,
    Trouble = 2,
    Unknown = 3,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let status = done(arguments).unwrap_or_else(|trouble| {
        eprintln!("{}error{:#}: {trouble}", say::BAD, say::BAD);
        Status::Trouble
    });
    ExitCode::from(status as u8)
}

fn done(Arguments { what, folder }: Arguments) -> Result<Status, Trouble> {
    let course = Course::read().map_err(|error| Trouble::Other(error.to_string()))?;
    let mut folder = Folder::open(folder)?;
    match what {
        None => return begin(&course, &mut folder),
        Some(What::List) => say::list(&course, &folder),
        Some(What::Show { name }) => say::show(named(&course, &folder, name.as_deref())?, &folder)?,
        Some(What::Check { name, replay }) => {
            explores()?;
            let exercise = named(&course, &folder, name.as_deref())?;
            return checks(&Libraries::find()?, &mut folder, exercise, replay.as_deref());
        }
        Some(What::Play { name, ascii }) => {
            explores()?;
            let exercise = named(&course, &folder, name.as_deref())?;
            return play::play(&folder, exercise, ascii);
        }
        Some(What::Hint { name }) => {
            let exercise = named(&course, &folder, name.as_deref())?;
            hint(&mut folder, exercise)?;
        }
        Some(What::Answer { name }) => {
            let exercise = named(&course, &folder, name.as_deref())?;
            say::answer(exercise, folder.progress(exercise).mended);
        }
        Some(What::Reset { name }) => {
            let exercise = named(&course, &folder, Some(&name))?;
            folder.reset(exercise)?;
            folder.set(exercise, Progress::default())?;
            println!("{} is as it was at the beginning.", say::shown(&folder.program(exercise)?));
        }
        Some(What::Watch { name }) => {
            explores()?;
            let exercise = named(&course, &folder, name.as_deref())?;
            watch::watch(&course, &mut folder, exercise)?;
        }
    }
    Ok(Status::Done)
}

/// What is done without a command: in a terminal, the next exercise.
fn begin(course: &Course, folder: &mut Folder) -> Result<Status, Trouble> {
    say::welcome(course, folder);
    let Some(exercise) = next(course, folder) else { return Ok(Status::Done) };
    println!();
    if cfg!(explores) && io::stdin().is_terminal() && io::stdout().is_terminal() {
        watch::watch(course, folder, exercise)?;
    } else {
        say::show(exercise, folder)?;
    }
    Ok(Status::Done)
}

/// Whether this build explores at all.
fn explores() -> Result<(), Trouble> {
    match cfg!(explores) {
        true => Ok(()),
        false => {
            Err(Trouble::Other("this build explores nothing; `cargo learn` selects the one that does, where RUSTFLAGS is not set".into()))
        }
    }
}

/// The first exercise that is not mended.
fn next<'a>(course: &'a Course, folder: &Folder) -> Option<&'a Exercise> {
    course.exercises().find(|exercise| !folder.progress(exercise).mended)
}

/// The exercise that is asked for, or else the next.
fn named<'a>(course: &'a Course, folder: &Folder, name: Option<&str>) -> Result<&'a Exercise, Trouble> {
    let Some(asked) = name else {
        let next = next(course, folder);
        return next.ok_or_else(|| Trouble::Other("you have mended all exercises; name one".to_owned()));
    };
    let found = course.exercises().find(|exercise| exercise.name == asked);
    found.ok_or_else(|| {
        let mut names: Vec<_> = course.exercises().map(|exercise| exercise.name.clone()).collect();
        names.sort_by_key(|name| strsim::damerau_levenshtein(&asked.to_lowercase(), name));
        names.truncate(3);
        Trouble::Name { asked: asked.to_owned(), closest: names }
    })
}

/// Gives one more hint.
fn hint(folder: &mut Folder, exercise: &Exercise) -> Result<(), Trouble> {
    let progress = folder.progress(exercise);
    let hints = (progress.hints + 1).min(exercise.description.hints.len());
    folder.set(exercise, Progress { hints, ..progress })?;
    say::hints(exercise, hints);
    Ok(())
}

/// Checks the program, says what was found, and remembers a mend.
fn checks(
    libraries: &Libraries,
    folder: &mut Folder,
    exercise: &Exercise,
    replay: Option<&str>,
) -> Result<Status, Trouble> {
    let checked = check::check(libraries, folder, exercise, replay)?;
    say::checked(exercise, folder, &checked)?;
    Ok(match checked {
        Checked::Judged { judgement: Judgement::Mended, .. } => {
            let progress = folder.progress(exercise);
            folder.set(exercise, Progress { mended: true, ..progress })?;
            Status::Done
        }
        Checked::Judged { judgement: Judgement::Unknown { .. }, .. } => Status::Unknown,
        Checked::Judged { .. } => Status::NotMended,
        Checked::DoesNotCompile | Checked::Misused(_) | Checked::Ended { .. } => Status::Trouble,
    })
}
