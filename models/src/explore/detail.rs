//! One example after another, with interleavings and outcomes.

use anstream::{print, println};
use selvedge::report::{Lanes, Sources};
use selvedge::{Report, Verdict};

use super::list::how_far;
use super::style::{BAD, DIM, TITLE};
use super::{Explored, Selected, thousands, verdict_style};
use crate::registry::{self, Model, Printed, Reachable, Reading};

/// The most outcomes that are listed for one variant.
const OUTCOMES: usize = 12;

pub(super) fn print(explored: &[Explored], all_steps: bool, ascii: bool) {
    let sources = registry::sources();
    let mut last = "";
    for e in explored {
        let Model { id, title, claim, .. } = e.selected.model;
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
    let Explored { selected: Selected { variant, reading, .. }, report } = e;
    let style = verdict_style(report);
    println!("{TITLE}{}{TITLE:#}: {}", variant.name, variant.note);
    println!(
        "{style}{}{style:#} ({reading} time, {}, {} executions, {:.2} s)",
        headline(report.verdict()),
        how_far(report),
        thousands(report.executions()),
        report.elapsed().as_secs_f64()
    );
    if !variant.agrees(*reading, report) {
        println!("{BAD}This is not the verdict on record: {:?}.{BAD:#}", variant.expected.of(*reading));
    }
    if let Some(counterexample) = report.counterexample() {
        println!();
        print!("{}", Lanes::new(counterexample, sources).all(all_steps).ascii(ascii));
        println!("{}", counterexample.failure());
    }
    print_outcomes(report);
    e.selected.printed().for_each(|printed| print_printed(printed, *reading, report));
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
fn print_printed(printed: &Printed, reading: Reading, report: &Report) {
    let Printed { source, reachable, .. } = printed;
    if report.outcomes().contains_key(&printed.outcome()) {
        println!("{DIM}{source} prints one of these:{DIM:#} {}", printed.outcome());
    } else {
        println!("{DIM}{source} prints none of these:{DIM:#} {}", printed.outcome());
    }
    if let Some(Reachable::No(why)) = reachable.of(reading) {
        println!("{why}.");
    }
    if !printed.agrees(reading, report) {
        println!("{BAD}That is not as on record.{BAD:#}");
    }
}
