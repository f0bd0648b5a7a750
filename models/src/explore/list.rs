//! All examples, a line a variant.

use anstream::println;
use selvedge::{Limit, Report, Verdict};

use super::style::{BAD, DIM, TITLE};
use super::{Explored, thousands, verdict_style};

pub(super) fn print(explored: &[Explored]) {
    let width = explored.iter().map(|e| e.variant.name.len()).max().unwrap_or(0);
    println!(
        "{TITLE}{:<4} {:<width$}  {:<10}  {:<16} {:>10} {:>9} {:>8}{TITLE:#}",
        "id", "variant", "verdict", "explored", "executions", "outcomes", "time"
    );
    for Explored { model, variant, report } in explored {
        let style = verdict_style(report);
        println!(
            "{:<4} {:<width$}  {style}{:<10}{style:#}  {:<16} {:>10} {:>9} {:>6.2} s{}",
            model.id,
            variant.name,
            report.verdict().word(),
            how_far(report),
            thousands(report.executions()),
            report.outcomes().len(),
            report.elapsed().as_secs_f64(),
            if variant.agrees(report) { String::new() } else { format!("  {BAD}not as recorded{BAD:#}") },
        );
    }
    let differing = explored.iter().filter(|e| !e.variant.agrees(&e.report)).count();
    match differing {
        0 => println!(
            "\n{DIM}Every verdict is the one on record. `cargo explore ID` shows the interleavings.{DIM:#}"
        ),
        n => println!("\n{BAD}{n} not as recorded{BAD:#}: see them with `cargo explore ID`."),
    }
}

/// `complete`, what bounded it, or that the engine stopped at the first failure.
pub(super) fn how_far(report: &Report) -> String {
    match report.verdict() {
        Verdict::Verified => "complete".to_owned(),
        Verdict::Failed(_) => "to first failure".to_owned(),
        Verdict::Incomplete(Limit::Preemptions(k)) => format!("≤ {k} preemptions"),
        Verdict::Incomplete(_) => "stopped".to_owned(),
    }
}
