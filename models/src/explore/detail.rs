//! One example after another, with interleavings and outcomes.

use anstream::{print, println};
use selvedge::Report;
use selvedge::report::{Sources, Terminal};

use super::style::{BAD, DIM, TITLE};
use super::{Explored, verdict_style};
use crate::registry::{self, Exploration, Model, Printed, Reachable};

pub(super) fn print(explored: &[Explored], all_steps: bool, ascii: bool) {
    let sources = registry::sources();
    let mut last = "";
    for e in explored {
        let Model { id, title, claim, .. } = e.exploration.model;
        if *id != last {
            println!("{TITLE}{id} {title}{TITLE:#}");
            println!("The document: {claim}\n");
            last = id;
        }
        print_variant(e, &sources, all_steps, ascii);
        println!();
    }
}

fn print_variant(e: &Explored, sources: &Sources, all_steps: bool, ascii: bool) {
    let Explored { exploration, report } = e;
    let Exploration { variant, reading, expected, .. } = exploration;
    let style = verdict_style(report);
    println!("{TITLE}{}{TITLE:#}, {reading} time: {}", variant.name, variant.note);
    if !exploration.agrees_on_verdict(report) {
        println!("{BAD}This is not the verdict on record: {:?}.{BAD:#}", expected);
    }
    let text = Terminal::new(report, sources).seen(true).all(all_steps).ascii(ascii).to_string();
    let (word, rest) = text.split_once("  ").unwrap_or((&text, ""));
    print!("{style}{word}{style:#}  {rest}");
    exploration.printed().for_each(|printed| print_printed(exploration, printed, report));
}

/// Whether a run that the document prints is among the outcomes.
fn print_printed(exploration: &Exploration, printed: &Printed, report: &Report) {
    let Printed { source, reachable, .. } = printed;
    if exploration.sees(printed, report) {
        println!("{DIM}{source} prints one of these:{DIM:#} {}", printed.outcome());
    } else {
        println!("{DIM}{source} prints none of these:{DIM:#} {}", printed.outcome());
    }
    if let Some(Reachable::No(why) | Reachable::Unexplored(why)) = reachable.of(exploration.reading) {
        println!("{why}.");
    }
    if !exploration.agrees_on(printed, report) {
        println!("{BAD}That is not as on record.{BAD:#}");
    }
}
