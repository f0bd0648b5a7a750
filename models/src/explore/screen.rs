//! What is printed: how wide it may be, and with which characters.

use std::env;
use std::fmt;
use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use anstream::print;
use console::Term;

/// Whether ASCII has to do. Like colour, it is the same for all that the process prints.
static ASCII: AtomicBool = AtomicBool::new(false);

/// From here on ASCII has to do.
pub(super) fn keep_to_ascii() {
    ASCII.store(true, Relaxed);
}

/// Prints a text, in the characters that there are.
pub(super) fn print_text(text: fmt::Arguments<'_>) {
    match ASCII.load(Relaxed) {
        true => print!("{}", selvedge::report::ascii(&text.to_string())),
        false => print!("{text}"),
    }
}

/// Prints a line, as `println!` does.
macro_rules! say {
    () => { $crate::explore::screen::print_text(format_args!("\n")) };
    ($text:literal $($arguments:tt)*) => {
        $crate::explore::screen::print_text(format_args!("{}\n", format_args!($text $($arguments)*)))
    };
}
pub(super) use say;

/// How many columns are taken for granted where output is no terminal: the same bytes wherever it goes.
const ELSEWHERE: usize = 100;

/// How many columns there are, within reason.
pub(super) fn columns() -> usize {
    let asked = || env::var("COLUMNS").ok()?.parse().ok();
    let terminal = || Some(usize::from(Term::stdout().size_checked()?.1));
    let columns = if io::stdout().is_terminal() { terminal().or_else(asked) } else { asked() };
    columns.unwrap_or(ELSEWHERE).clamp(60, 200)
}

/// As much of a text as there is room for.
pub(super) fn cut(text: &str, room: usize) -> String {
    // Before the width is measured: a sign may have a longer name.
    let text = if ASCII.load(Relaxed) { selvedge::report::ascii(text) } else { text.to_owned() };
    console::truncate_str(&text, room, if ASCII.load(Relaxed) { "~" } else { "…" }).into_owned()
}

/// A text in so many columns: cut, or with spaces after it.
pub(super) fn cell(text: &str, width: usize) -> String {
    console::pad_str(&cut(text, width), width, console::Alignment::Left, None).into_owned()
}

/// A text in lines that fit, all but the first below the beginning of the first one's text.
pub(super) fn paragraph(head: &str, text: &str) -> String {
    let room = columns().saturating_sub(head.len());
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is one");
        let taken = console::measure_text_width(line);
        if taken > 0 && taken + 1 + console::measure_text_width(word) > room {
            lines.push(word.to_owned());
        } else {
            line.push_str(if taken > 0 { " " } else { "" });
            line.push_str(word);
        }
    }
    format!("{head}{}", lines.join(&format!("\n{}", " ".repeat(head.len()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_is_cut_where_it_says_so() {
        assert_eq!([cut("品物 goods", 4), cell("品", 4)], ["品…", "品  "]);
        assert_eq!(cut("goods", 5), "goods");
    }

    #[test]
    fn a_paragraph_keeps_to_its_column() {
        let text = paragraph("why  ", &"word ".repeat(60));
        assert!(text.lines().skip(1).all(|line| line.starts_with("     ") && line.len() <= 200), "{text}");
        assert!(text.lines().count() > 1);
    }
}
