//! Playing the learner's program: it is compiled as for a check, and plays itself.

use std::fs;
use std::process::Command;

use selvedge_exercises::description::Exercise;
use selvedge_exercises::{PLAY, misused};
use selvedge_play::terminal;

use crate::check::Checked;
use crate::compile::{Libraries, compile, root};
use crate::folder::Folder;
use crate::{Status, Trouble, say};

/// Plays the program until the learner wants no more.
pub(crate) fn play(folder: &Folder, exercise: &Exercise, ascii: bool) -> Result<Status, Trouble> {
    terminal::check().map_err(|trouble| Trouble::Other(trouble.to_string()))?;
    let program = folder.program(exercise)?;
    let text = fs::read_to_string(&program).map_err(|error| Trouble::file("read", &program, &error))?;
    if let Some(misused) = misused(&text) {
        say::checked(exercise, folder, &Checked::Misused(misused))?;
        return Ok(Status::Trouble);
    }
    let Some(compiled) = compile(&Libraries::find()?, folder, exercise, &program)? else {
        say::checked(exercise, folder, &Checked::DoesNotCompile)?;
        return Ok(Status::Trouble);
    };
    let mut command = Command::new(compiled);
    command.arg(PLAY).arg(about(exercise)).arg(if ascii { "ascii" } else { "all" }).current_dir(root());
    command.env_remove("SELVEDGE_REPLAY").env_remove("SELVEDGE_REPORTS").env_remove("SELVEDGE_SCHEDULES");
    let status = command.status();
    let status = status.map_err(|error| Trouble::Other(format!("cannot run the program: {error}")))?;
    Ok(if status.success() { Status::Done } else { Status::Trouble })
}

/// The title and the story, in a line.
fn about(exercise: &Exercise) -> String {
    let story = exercise.description.story.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{}. {story}", exercise.description.title)
}
