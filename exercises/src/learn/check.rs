//! Checking a mend: compile it, explore it, judge it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use selvedge_exercises::description::Exercise;
use selvedge_exercises::{Explored, Judgement, Misused, misused};

use crate::Trouble;
use crate::compile::{Libraries, compile, root};
use crate::folder::Folder;

/// What a check came to.
pub(crate) enum Checked {
    /// The program was explored.
    Judged { judgement: Judgement, explored: Explored, report: String },
    /// rustc has said why not.
    DoesNotCompile,
    /// The program uses what it may not.
    Misused(Misused),
    /// The exploration ended without a report: the program has crashed, or hangs outside of the checker's sight.
    Ended { said: String },
}

/// How long an exploration may take in all: longer than the checker gives itself, and a thread of the program.
const PATIENCE: Duration = Duration::from_secs(45);

/// How often is looked whether it has ended.
const PAUSE: Duration = Duration::from_millis(5);

/// Checks the program. With a schedule, only this execution is run.
pub(crate) fn check(
    libraries: &Libraries,
    folder: &Folder,
    exercise: &Exercise,
    replay: Option<&str>,
) -> Result<Checked, Trouble> {
    let program = folder.program(exercise)?;
    let text = fs::read_to_string(&program).map_err(|error| Trouble::file("read", &program, &error))?;
    if let Some(misused) = misused(&text) {
        return Ok(Checked::Misused(misused));
    }
    match compile(libraries, folder, exercise, &program)? {
        Some(compiled) => explored(&compiled, exercise, replay),
        None => Ok(Checked::DoesNotCompile),
    }
}

fn explored(compiled: &Path, exercise: &Exercise, replay: Option<&str>) -> Result<Checked, Trouble> {
    let file = |ending: &str| compiled.with_extension(ending);
    let report = file("json");
    // A report that is there afterwards is then of this run.
    let _ = fs::remove_file(&report);
    let mut command = Command::new(compiled);
    command.arg(&report).stdin(Stdio::null()).current_dir(root());
    command.env_remove("SELVEDGE_REPLAY").env_remove("SELVEDGE_REPORTS").env_remove("SELVEDGE_SCHEDULES");
    if let Some(schedule) = replay {
        command.env("SELVEDGE_REPLAY", schedule);
    }
    command.stdout(create(file("out"))?).stderr(create(file("err"))?);
    let status = run(command)?;
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).map_err(|error| Trouble::file("read", &path, &error))?;
        Ok::<_, Trouble>(String::from_utf8_lossy(&bytes).into_owned())
    };
    let Some(explored) = fs::read_to_string(&report).ok().and_then(|text| Explored::parse(&text).ok()) else {
        let how = match status {
            Some(status) => format!("The program ended with {status}, before it was explored."),
            None => format!("The program did not end within {} s, and was stopped.", PATIENCE.as_secs()),
        };
        return Ok(Checked::Ended { said: format!("{}{}{how}\n", read(file("out"))?, read(file("err"))?) });
    };
    let judgement = explored.judge(&exercise.description);
    Ok(Checked::Judged { judgement, explored, report: read(file("out"))? })
}

/// Runs the program to its end; nothing where it took too long.
fn run(mut command: Command) -> Result<Option<ExitStatus>, Trouble> {
    let cannot = |error| Trouble::Other(format!("cannot run the program: {error}"));
    let mut child = command.spawn().map_err(cannot)?;
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(cannot)? {
            return Ok(Some(status));
        }
        if begin.elapsed() > PATIENCE {
            child.kill().map_err(cannot)?;
            child.wait().map_err(cannot)?;
            return Ok(None);
        }
        thread::sleep(PAUSE);
    }
}

fn create(file: PathBuf) -> Result<File, Trouble> {
    File::create(&file).map_err(|error| Trouble::file("write", &file, &error))
}
