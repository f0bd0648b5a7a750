//! One example after another, with interleavings and outcomes.

use anstream::{print, println};
use selvedge::report::{Lanes, Sources};
use selvedge::{Report, Verdict};

use super::list::how_far;
use super::style::{BAD, DIM, TITLE};
use super::{Explored, thousands, verdict_style};
use crate::registry;

/// The most outcomes that are listed for one variant.
const OUTCOMES: usize = 12;

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
    println!(
        "{style}{}{style:#} ({}, {} executions, {:.2} s)",
        headline(report.verdict()),
        how_far(report),
        thousands(report.executions()),
        report.elapsed().as_secs_f64()
    );
    if !e.variant.agrees(report) {
        println!("{BAD}This is not the verdict on record: {:?}.{BAD:#}", e.variant.expected);
    }
    if let Some(counterexample) = report.counterexample() {
        println!();
        print!("{}", Lanes::new(counterexample, sources).all(all_steps).ascii(ascii));
        println!("{}", counterexample.failure());
    }
    print_outcomes(report);
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
