//! One example after another, with interleavings and outcomes.

use selvedge::report::{Sources, Terminal};

use super::arguments::Look;
use super::exploring::Found;
use super::screen::{columns, paragraph, print_text, say};
use super::style::{BAD, DIM, DOUBT, TITLE};
use super::{Explored, brief, replay};
use crate::registry::{self, Exploration, Model, Printed, Reachable};

pub(super) fn print(found: &Found, look: Look) {
    let sources = registry::sources();
    let mut last = "";
    for e in &found.explored {
        let Model { id, title, claim, .. } = e.exploration.model;
        if *id != last {
            say!("{TITLE}{id} {title}{TITLE:#}");
            say!("{}\n", paragraph("document  ", claim));
            last = id;
        }
        print_variant(found, e, &sources, look);
        say!();
    }
    print_left(found);
}

fn print_variant(found: &Found, e: &Explored, sources: &Sources, look: Look) {
    let Explored { exploration, report, .. } = e;
    let Exploration { variant, reading, .. } = exploration;
    let style = brief::style(found, e);
    say!(
        "{}",
        paragraph("", &format!("{TITLE}{}{TITLE:#} in {reading} time: {}", variant.name, variant.note))
    );
    say!("{DIM}Is that news?{DIM:#} {}", brief::news(found, e));
    let text = Terminal::new(report, sources).again(replay::command(exploration)).seen(true);
    let text = text.all(look.all_steps).ascii(look.ascii).colour(true).columns(columns()).to_string();
    let (word, rest) = text.split_once("  ").unwrap_or((&text, ""));
    print_text(format_args!("{style}{word}{style:#}  {rest}"));
    if report.shard().is_none() {
        e.printed().for_each(|(printed, seen)| print_printed(e, printed, seen));
    }
}

/// What was not begun before somebody stopped the command.
pub(super) fn print_left(found: &Found) {
    if found.stopped {
        say!("{DOUBT}Stopped by Ctrl-C: what is above is what was known by then.{DOUBT:#}");
        let left: Vec<_> = found.left.iter().map(ToString::to_string).collect();
        if !left.is_empty() {
            say!("{DOUBT}Not explored, {} of them{DOUBT:#}: {}", left.len(), left.join(", "));
        }
    }
}

/// Whether a run that the document prints is among the outcomes.
fn print_printed(e: &Explored, printed: &Printed, seen: bool) {
    let Printed { source, reachable, .. } = printed;
    let how = if seen { "prints one of these" } else { "prints none of these" };
    say!("{}", paragraph("", &format!("{DIM}{source} {how}:{DIM:#} {}", printed.outcome())));
    match reachable.of(e.exploration.reading) {
        Some(Reachable::No(why)) => say!("{}", paragraph("", &format!("{why}."))),
        Some(Reachable::Along(schedule)) => {
            say!("{DIM}again{DIM:#} {} {schedule}", replay::command(&e.exploration));
        }
        Some(Reachable::Yes) | None => {}
    }
    if !e.records(printed, seen) {
        say!("{BAD}That is not as on record.{BAD:#}");
    }
}
