//! All examples, a line a variant.

use anstream::println;
use selvedge::{Limit, Verdict};

use super::style::{BAD, DIM, TITLE};
use super::{Explored, thousands, verdict_style};
use crate::registry::Exploration;

pub(super) fn print(explored: &[Explored]) {
    let width = explored.iter().map(|e| e.exploration.variant.name.len()).max().unwrap_or(0);
    println!(
        "{TITLE}{:<4} {:<width$}  {:<11}  {:<10}  {:<16} {:>10} {:>9} {:>8}{TITLE:#}",
        "id", "variant", "time", "verdict", "explored", "executions", "outcomes", "took"
    );
    for e in explored {
        let Explored { exploration: Exploration { model, variant, reading, .. }, report } = e;
        let style = verdict_style(report);
        println!(
            "{:<4} {:<width$}  {reading:<11}  {style}{:<10}{style:#}  {:<16} {:>10} {:>9} {:>6.2} s{}",
            model.id,
            variant.name,
            report.verdict().word(),
            how_far(e),
            thousands(report.executions()),
            report.outcomes().len(),
            report.elapsed().as_secs_f64(),
            if e.agrees() { String::new() } else { format!("  {BAD}not as recorded{BAD:#}") },
        );
    }
    let differing = explored.iter().filter(|e| !e.agrees()).count();
    match differing {
        0 => println!(
            "\n{DIM}Every verdict is the one on record, and so is every printed run. `cargo explore ID` shows the interleavings.{DIM:#}"
        ),
        n => println!("\n{BAD}{n} not as recorded{BAD:#}: see them with `cargo explore ID`."),
    }
}

/// `complete`, what bounded it, or whether the engine stopped at the first failure.
pub(super) fn how_far(e: &Explored) -> String {
    match e.report.verdict() {
        Verdict::Verified => "complete".to_owned(),
        Verdict::Failed(_) if e.exploration.keeps_going() => "past failures".to_owned(),
        Verdict::Failed(_) => "to first failure".to_owned(),
        Verdict::Incomplete(Limit::Preemptions(k)) => format!("≤ {k} preemptions"),
        Verdict::Incomplete(_) => "stopped".to_owned(),
    }
}
