//! Watching the program that the learner edits.

use std::io::{self, BufRead};
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::time::Duration;
use std::{fs, thread};

use anstream::println;
use selvedge_exercises::description::{Course, Exercise};

use crate::compile::Libraries;
use crate::folder::Folder;
use crate::{Status, Trouble, checks, hint, next, say};

/// How often the file is looked at.
const PAUSE: Duration = Duration::from_millis(50);

/// What the learner does.
enum Wish {
    Saved,
    Typed(String),
    Quit,
}

/// Shows exercises and checks programs until the learner wants no more.
pub(crate) fn watch<'a>(
    course: &'a Course,
    folder: &mut Folder,
    mut exercise: &'a Exercise,
) -> Result<(), Trouble> {
    let libraries = Libraries::find()?;
    let typed = typed();
    say::show(exercise, folder)?;
    keys();
    // Whether the learner wants to see how the program fails.
    let mut asked = false;
    loop {
        let mut checked = text(folder, exercise)?;
        println!();
        if !asked && is_as_at_first(exercise, &checked) {
            println!(
                "Break it yourself first: which order of steps makes it fail? Then type c, and see the checker's."
            );
        } else {
            look(&libraries, folder, exercise)?;
        }
        loop {
            match wish(folder, exercise, &mut checked, &typed)? {
                Wish::Saved => {
                    println!("\n{}", "-".repeat(78));
                    look(&libraries, folder, exercise)?;
                }
                Wish::Quit => return Ok(()),
                Wish::Typed(word) => match word.as_str() {
                    "" | "c" => {
                        asked = true;
                        break;
                    }
                    "h" => hint(folder, exercise)?,
                    "a" => say::answer(exercise, folder.progress(exercise).mended),
                    "s" => say::show(exercise, folder)?,
                    "l" => say::list(course, folder),
                    "q" => return Ok(()),
                    "n" => match next(course, folder) {
                        Some(following) if following.name != exercise.name => {
                            exercise = following;
                            asked = false;
                            println!();
                            say::show(exercise, folder)?;
                            break;
                        }
                        Some(_) => println!("Mend this one first, or choose another: cargo learn watch NAME"),
                        None => println!("You have mended all of them."),
                    },
                    _ => keys(),
                },
            }
        }
    }
}

/// Whether the learner has not changed the program.
fn is_as_at_first(exercise: &Exercise, program: &str) -> bool {
    fs::read_to_string(exercise.file("start")).is_ok_and(|start| start == program)
}

/// Checks the program, and says what to type next.
fn look(libraries: &Libraries, folder: &mut Folder, exercise: &Exercise) -> Result<(), Trouble> {
    match checks(libraries, folder, exercise, None)? {
        Status::Done => println!("\nType a for the answer, n for the next exercise."),
        _ => println!(
            "\nSave {} to have it checked again; type h for a hint.",
            say::shown(&folder.program(exercise)?)
        ),
    }
    Ok(())
}

fn keys() {
    println!(
        "\nSave the file to have it checked. Or type, and press Enter:\n  \
         h a hint, a the answer to 'why', n the next exercise, s this story, l the list, c check, q quit"
    );
}

fn text(folder: &Folder, exercise: &Exercise) -> Result<String, Trouble> {
    // An editor may take the file away for a moment while it saves.
    Ok(fs::read_to_string(folder.program(exercise)?).unwrap_or_default())
}

/// Waits for what the learner does next. `checked` is the program that was checked last.
fn wish(
    folder: &Folder,
    exercise: &Exercise,
    checked: &mut String,
    typed: &Receiver<String>,
) -> Result<Wish, Trouble> {
    let mut last = checked.clone();
    loop {
        match typed.try_recv() {
            Ok(line) => return Ok(Wish::Typed(line.trim().to_owned())),
            Err(TryRecvError::Disconnected) => return Ok(Wish::Quit),
            Err(TryRecvError::Empty) => {}
        }
        let now = text(folder, exercise)?;
        // The same twice, so that a file that is half written is not checked.
        if now != *checked && now == last && !now.is_empty() {
            *checked = now;
            return Ok(Wish::Saved);
        }
        last = now;
        thread::sleep(PAUSE);
    }
}

/// The lines that are typed, until there are no more.
fn typed() -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
