//! What the learner reads.

use std::path::Path;

use anstream::{print, println};
use clap::builder::styling::{AnsiColor, Style};
use selvedge::report;
use selvedge_exercises::Judgement;
use selvedge_exercises::description::{Course, Exercise};

use crate::Trouble;
use crate::check::Checked;
use crate::folder::{Folder, Progress};

pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
const DOUBT: Style = AnsiColor::Yellow.on_default().bold();
const TITLE: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Two lines: what this is, and how far you are.
pub(crate) fn welcome(course: &Course, folder: &Folder) {
    let all = course.exercises().count();
    let mended = course.exercises().filter(|exercise| folder.progress(exercise).mended).count();
    println!(
        "{TITLE}Programs with threads that look right and are not: you mend them, and every execution is explored.{TITLE:#}"
    );
    match course.exercises().find(|exercise| !folder.progress(exercise).mended) {
        Some(next) => println!("You have mended {mended} of {all}. The next is {}.", name(next)),
        None => println!("You have mended all {all}. Start one again with `cargo learn reset NAME`."),
    }
}

/// All exercises, part by part.
pub(crate) fn list(course: &Course, folder: &Folder) {
    let width = course.exercises().map(|exercise| exercise.name.len()).max().unwrap_or(0);
    let next = course.exercises().find(|exercise| !folder.progress(exercise).mended).map(|next| &next.name);
    for (number, part) in course.parts.iter().enumerate() {
        println!("{}{TITLE}{}. {}{TITLE:#}", if number == 0 { "" } else { "\n" }, number + 1, part.title);
        for exercise in &part.exercises {
            let Progress { mended, hints } = folder.progress(exercise);
            let (style, mark) = match mended {
                true => (GOOD, "mended"),
                false if Some(&exercise.name) == next => (DOUBT, "next"),
                false => (DIM, "open"),
            };
            let hints = match hints {
                0 => String::new(),
                1 => "  1 hint".to_owned(),
                n => format!("  {n} hints"),
            };
            println!(
                "  {style}{mark:<6}{style:#}  {:<width$}  {}{DIM}{hints}{DIM:#}",
                exercise.name, exercise.description.title
            );
        }
    }
    let mended = course.exercises().filter(|exercise| folder.progress(exercise).mended).count();
    println!("\n{mended} of {} mended.", course.exercises().count());
}

/// The story, and what to do.
pub(crate) fn show(exercise: &Exercise, folder: &Folder) -> Result<(), Trouble> {
    let program = folder.program(exercise)?;
    let description = &exercise.description;
    println!("{TITLE}{}: {}{TITLE:#}\n", exercise.name, description.title);
    println!("{}\n", wrapped(&description.story, ""));
    println!("Edit    {}", shown(&program));
    println!(
        "Read    {}  {DIM}(the check; read it, and leave it as it is){DIM:#}",
        shown(&exercise.file("check"))
    );
    println!("Check   cargo learn check {}", exercise.name);
    println!("Hint    cargo learn hint {}", exercise.name);
    Ok(())
}

/// What a check came to.
pub(crate) fn checked(exercise: &Exercise, folder: &Folder, checked: &Checked) -> Result<(), Trouble> {
    let program = folder.program(exercise)?;
    match checked {
        Checked::DoesNotCompile => {
            println!("\n{BAD}DOES NOT COMPILE{BAD:#}  Nothing was explored. rustc says above what is wrong.");
        }
        Checked::Misused(misused) => {
            println!("{DOUBT}NOT EXPLORED{DOUBT:#}  {}:{}: {}.", shown(&program), misused.line, misused.why)
        }
        Checked::Ended { said } => print!(
            "{said}{DOUBT}NOT EXPLORED{DOUBT:#}  The program crashed, or a loop in it never ends. Read what it said above.\n"
        ),
        Checked::Judged { judgement, explored, report } => {
            judged(exercise, judgement, explored.executions, report);
            if let Judgement::TooMuch { .. } = judgement {
                too_much(exercise, explored);
            }
        }
    }
    Ok(())
}

fn judged(exercise: &Exercise, judgement: &Judgement, executions: u64, report: &str) {
    match judgement {
        Judgement::Mended => {
            println!(
                "{GOOD}MENDED{GOOD:#}  {} was explored in all its {executions} executions: none fails.\n        \
                 What was good can still happen.",
                exercise.name
            );
            println!("\n{}", wrapped(&exercise.description.guards, ""));
            println!("\n{TITLE}Why?{TITLE:#}  {}", wrapped(&exercise.description.why, "      "));
            println!("      Answer for yourself first. Then: cargo learn answer {}", exercise.name);
        }
        Judgement::Fails { .. } => {
            println!("{}", coloured(report).trim_end());
            println!("\nThis is one execution in which the program fails. Mend it, so that there is none.");
            println!("For a hint: cargo learn hint {}", exercise.name);
        }
        Judgement::TooMuch { .. } => {
            println!(
                "{DOUBT}TOO MUCH{DOUBT:#}  None of the {executions} executions fails. But something good is gone."
            );
        }
        Judgement::Unknown { .. } => {
            println!("{}", coloured(report).trim_end());
            println!("\nNo execution that was explored fails, but not all were explored. That is no pass.");
        }
    }
}

fn too_much(exercise: &Exercise, explored: &selvedge_exercises::Explored) {
    for good in explored.gone(&exercise.description) {
        println!("\n  This can no longer happen: {TITLE}{}{TITLE:#}", good.outcome);
        println!("  {}", wrapped(&good.gone, "  "));
    }
}

/// A report, with its verdict in colour.
fn coloured(report: &str) -> String {
    match report.split_once("  ") {
        Some((verdict @ "FAIL", rest)) => format!("{BAD}{verdict}{BAD:#}  {rest}"),
        Some((verdict, rest)) if verdict.chars().all(char::is_uppercase) => {
            format!("{DOUBT}{verdict}{DOUBT:#}  {rest}")
        }
        _ => report.to_owned(),
    }
}

/// The first hints.
pub(crate) fn hints(exercise: &Exercise, given: usize) {
    let all = &exercise.description.hints;
    for (number, hint) in all.iter().take(given).enumerate() {
        println!("{TITLE}Hint {} of {}{TITLE:#}  {}", number + 1, all.len(), wrapped(hint, "             "));
    }
    if given >= all.len() {
        println!("These are all hints.");
    } else {
        println!("For the next one: cargo learn hint {}", exercise.name);
    }
}

/// The question, and the answer to it if the program is mended.
pub(crate) fn answer(exercise: &Exercise, mended: bool) {
    println!("{TITLE}Why?{TITLE:#}  {}\n", wrapped(&exercise.description.why, "      "));
    if mended {
        println!("{}", wrapped(&exercise.description.answer, ""));
    } else {
        println!("The answer is there when your program is mended: cargo learn check {}", exercise.name);
    }
}

/// An exercise by its name and its title.
fn name(exercise: &Exercise) -> String {
    format!("{TITLE}{}{TITLE:#}, \"{}\"", exercise.name, exercise.description.title)
}

/// How wide a text is at the most.
const COLUMNS: usize = 92;

/// A text in lines that fit, its paragraphs set apart. The first line follows something that is as wide as `indent`, with which the
/// others begin.
fn wrapped(text: &str, indent: &str) -> String {
    let paragraphs = text.trim().split("\n\n").map(|paragraph| {
        let words = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        report::wrapped(&words, COLUMNS - indent.len()).join(&format!("\n{indent}"))
    });
    paragraphs.collect::<Vec<_>>().join(&format!("\n\n{indent}"))
}

/// A path from where the learner is.
pub(crate) fn shown(path: &Path) -> String {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_wrapped_and_keeps_its_paragraphs() {
        let long = "word ".repeat(40);
        let text = wrapped(&format!("{long}\n{long}\n\nend"), "  ");
        assert!(text.lines().all(|line| line.len() <= COLUMNS), "{text}");
        assert!(text.ends_with("word\n\n  end"), "{text}");
        assert_eq!(text.split_whitespace().count(), 81);
    }
}
