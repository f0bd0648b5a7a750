//! One example after another, with interleavings and outcomes.

use anstream::{print, println};
use selvedge::report::{Lanes, Sources};
use selvedge::{Report, Verdict};

use super::list::how_far;
use super::style::{BAD, DIM, TITLE};
use super::{Explored, thousands, verdict_style};
use crate::registry::{self, Exploration, Model, Printed, Reachable};

/// The most outcomes that are listed for one variant.
const OUTCOMES: usize = 12;

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
    println!("{TITLE}{}{TITLE:#}: {}", variant.name, variant.note);
    println!(
        "{style}{}{style:#} ({reading} time, {}, {} executions, {:.2} s)",
        headline(report.verdict()),
        how_far(e),
        thousands(report.executions()),
        report.elapsed().as_secs_f64()
    );
    if !exploration.agrees_on_verdict(report) {
        println!("{BAD}This is not the verdict on record: {:?}.{BAD:#}", expected);
    }
    if let Some(counterexample) = report.counterexample() {
        println!();
        print!("{}", Lanes::new(counterexample, sources).all(all_steps).ascii(ascii));
        println!("{}", counterexample.failure());
    }
    print_outcomes(report);
    exploration.printed().for_each(|printed| print_printed(exploration, printed, report));
}

fn headline(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Verified => "verified".to_owned(),
        Verdict::Failed(failure) => format!("failed: {}", failure.kind),
        Verdict::Incomplete(limit) => format!("incomplete: {limit}"),
    }
}

fn print_outcomes(report: &Report) {
    let seen: Vec<_> = report.outcomes().iter().filter(|(outcome, _)| !outcome.is_empty()).collect();
    if seen.is_empty() {
        return;
    }
    let partly = if report.complete() { "" } else { " so far" };
    println!("{DIM}What an observer could see{partly}, and in how many executions:{DIM:#}");
    for (outcome, count) in seen.iter().take(OUTCOMES) {
        println!("{:>12}  {outcome}", thousands(**count));
    }
    if seen.len() > OUTCOMES {
        println!("{:>12}  {} more", "", seen.len() - OUTCOMES);
    }
}

/// Whether a run that the document prints is among the outcomes.
fn print_printed(exploration: &Exploration, printed: &Printed, report: &Report) {
    let Printed { source, reachable, .. } = printed;
    if report.outcomes().contains_key(&printed.outcome()) {
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
