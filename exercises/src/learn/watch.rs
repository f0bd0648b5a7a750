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

/// What is being watched.
struct Watch<'a> {
    course: &'a Course,
    folder: &'a mut Folder,
    libraries: Libraries,
    exercise: &'a Exercise,
    /// The program as it was when it was looked at last.
    seen: String,
}

/// Shows exercises and checks programs until the learner wants no more.
pub(crate) fn watch<'a>(
    course: &'a Course,
    folder: &'a mut Folder,
    exercise: &'a Exercise,
) -> Result<(), Trouble> {
    let libraries = Libraries::find()?;
    let typed = typed();
    let mut watch = Watch { course, folder, libraries, exercise, seen: String::new() };
    say::show(exercise, watch.folder)?;
    keys();
    watch.begin()?;
    loop {
        match wish(watch.folder, watch.exercise, &mut watch.seen, &typed)? {
            Wish::Saved => {
                println!("\n{}", "-".repeat(78));
                watch.look()?;
            }
            Wish::Typed(word) if word == "q" => return Ok(()),
            Wish::Typed(word) => watch.typed(&word)?,
            Wish::Quit => return Ok(()),
        }
    }
}

impl Watch<'_> {
    /// Begins with the exercise. A program that is as it was given is not checked: the learner is to break it first.
    fn begin(&mut self) -> Result<(), Trouble> {
        self.seen = text(self.folder, self.exercise)?;
        println!();
        if !is_as_at_first(self.exercise, &self.seen) {
            return self.look();
        }
        println!(
            "Break it yourself first: which order of steps makes it fail? In another terminal you can choose who goes next:\n  \
             cargo learn play {}\nThen type c, and see the checker's.",
            self.exercise.name
        );
        Ok(())
    }

    /// Checks the program, and says what to type next.
    fn look(&mut self) -> Result<(), Trouble> {
        self.seen = text(self.folder, self.exercise)?;
        match checks(&self.libraries, self.folder, self.exercise, None)? {
            Status::Done => println!("\nType a for the answer, n for the next exercise."),
            _ => println!(
                "\nSave {} to have it checked again; type h for a hint.",
                say::shown(&self.folder.program(self.exercise)?)
            ),
        }
        Ok(())
    }

    fn typed(&mut self, word: &str) -> Result<(), Trouble> {
        match word {
            "" | "c" => self.look(),
            "h" => hint(self.folder, self.exercise),
            "s" => say::show(self.exercise, self.folder),
            "n" => self.next(),
            "a" => {
                say::answer(self.exercise, self.folder.progress(self.exercise).mended);
                Ok(())
            }
            "l" => {
                say::list(self.course, self.folder);
                Ok(())
            }
            _ => {
                keys();
                Ok(())
            }
        }
    }

    /// Goes on to the next exercise.
    fn next(&mut self) -> Result<(), Trouble> {
        match next(self.course, self.folder) {
            Some(following) if following.name != self.exercise.name => {
                self.exercise = following;
                println!();
                say::show(following, self.folder)?;
                return self.begin();
            }
            Some(_) => println!("Mend this one first, or choose another: cargo learn watch NAME"),
            None => println!("You have mended all of them."),
        }
        Ok(())
    }
}

/// Whether the learner has not changed the program.
fn is_as_at_first(exercise: &Exercise, program: &str) -> bool {
    fs::read_to_string(exercise.file("start")).is_ok_and(|start| start == program)
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
