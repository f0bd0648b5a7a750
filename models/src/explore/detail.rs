//! One example after another, with interleavings and outcomes.

use anstream::{print, println};
use selvedge::report::{Sources, Terminal};

use super::style::{BAD, TITLE};
use super::{Explored, verdict_style};
use crate::registry;

pub(super) fn print(explored: &[Explored], all_steps: bool, ascii: bool) {
    let sources = registry::sources();
    let mut last = "";
    for e in explored {
        if e.model.id != last {
            println!("{TITLE}{} {}{TITLE:#}", e.model.id, e.model.title);
            println!("The document: {}\n", e.model.claim);
            last = e.model.id;
        }
        print_variant(e, &sources, all_steps, ascii);
        println!();
    }
}

fn print_variant(e: &Explored, sources: &Sources, all_steps: bool, ascii: bool) {
    let report = &e.report;
    let style = verdict_style(report);
    println!("{TITLE}{}{TITLE:#}: {}", e.variant.name, e.variant.note);
    if !e.variant.agrees(report) {
        println!("{BAD}This is not the verdict on record: {:?}.{BAD:#}", e.variant.expected);
    }
    let text = Terminal::new(report, sources).all(all_steps).ascii(ascii).to_string();
    let (word, rest) = text.split_once("  ").unwrap_or((&text, ""));
    print!("{style}{word}{style:#}  {rest}");
}
