//! All examples: a line each, or a line for each variant in each reading of time.

use anstream::println;
use clap::builder::styling::Style;
use selvedge::{Limit, Verdict};

use super::exploring::{Found, Judgement};
use super::style::{BAD, DIM, DOUBT, GOOD, TITLE};
use super::{Explored, detail, select, thousands, verdict_style};
use crate::registry::{Exploration, Model, Reading};

/// What there is, unexplored.
pub(super) fn catalogue(models: &[&'static Model]) {
    println!("{TITLE}{:<4} {:<10}  {:<42}  versions{TITLE:#}", "id", "family", "example");
    for model in models {
        let versions: Vec<_> = model.variants.iter().map(|v| v.name).collect();
        println!(
            "{:<4} {:<10}  {:<42}  {}",
            model.id,
            select::family_of(model),
            model.title,
            versions.join(", ")
        );
    }
    println!(
        "\n{DIM}`cargo explore ID` explores one of them, `cargo explore FAMILY` all of a family.{DIM:#}"
    );
}

/// One line for each example, which fits a page.
pub(super) fn print(found: &Found) {
    println!(
        "{TITLE}{:<4} {:<38}  {:<10}  {:<10}  {:<10}  {:<8} {:>10} {:>8}{TITLE:#}",
        "id", "example", "as printed", "by clock", "repaired", "mutants", "executions", "took"
    );
    for of_model in found.explored.chunk_by(|a, b| a.exploration.model.id == b.exploration.model.id) {
        let model = of_model[0].exploration.model;
        let (printed, style) = worst(of_model, "as-printed", Reading::Adversarial);
        let (by_clock, clock_style) = worst(of_model, "as-printed", Reading::Virtual);
        let (repaired, repaired_style) = worst(of_model, "repaired", Reading::Adversarial);
        let executions: u64 = of_model.iter().map(|e| e.report.executions()).sum();
        let took: f64 = of_model.iter().map(|e| e.report.elapsed().as_secs_f64()).sum();
        println!(
            "{:<4} {:<38.38}  {style}{printed:<10}{style:#}  {clock_style}{by_clock:<10}{clock_style:#}  \
             {repaired_style}{repaired:<10}{repaired_style:#}  {:<8} {:>10} {took:>6.2} s{}",
            model.id,
            model.title,
            mutants(of_model),
            thousands(executions),
            remark(of_model.iter().map(|e| found.judge(e))),
        );
    }
    conclude(found, "`cargo explore ID` shows the interleavings, `--variants` a line for each exploration.");
}

/// What the variants whose names begin so came to: failed where one did, then incomplete where one was, else verified;
/// nothing where there are none.
fn worst(explored: &[Explored], name: &str, reading: Reading) -> (&'static str, Style) {
    let asked =
        |e: &&Explored| e.exploration.variant.name.starts_with(name) && e.exploration.reading == reading;
    let severity = |e: &&Explored| match e.report.verdict() {
        Verdict::Verified => 0,
        Verdict::Incomplete(_) => 1,
        Verdict::Failed(_) => 2,
    };
    match explored.iter().filter(asked).max_by_key(severity) {
        Some(worst) => (worst.report.verdict().word(), verdict_style(&worst.report)),
        None => ("", Style::new()),
    }
}

/// How many of the mutants were caught, in some reading.
fn mutants(explored: &[Explored]) -> String {
    let mutants = explored.iter().filter(|e| e.exploration.variant.name.starts_with("mutant-"));
    let mut caught: Vec<(&str, bool)> = Vec::new();
    for e in mutants {
        let fails = matches!(e.report.verdict(), Verdict::Failed(_));
        match caught.iter_mut().find(|(name, _)| *name == e.exploration.variant.name) {
            Some((_, known)) => *known |= fails,
            None => caught.push((e.exploration.variant.name, fails)),
        }
    }
    let all = caught.len();
    if all == 0 { String::new() } else { format!("{}/{all}", caught.iter().filter(|(_, c)| *c).count()) }
}

/// A line for each variant in each reading of time.
pub(super) fn print_variants(found: &Found) {
    let explored = &found.explored;
    let width = explored.iter().map(|e| e.exploration.variant.name.len()).max().unwrap_or(0);
    println!(
        "{TITLE}{:<4} {:<width$}  {:<11}  {:<10}  {:<16} {:>10} {:>9} {:>8}{TITLE:#}",
        "id", "variant", "time", "verdict", "explored", "executions", "outcomes", "took"
    );
    for e in explored {
        let Explored { exploration: Exploration { model, variant, reading, .. }, report, .. } = e;
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
            remark([found.judge(e)]),
        );
    }
    conclude(found, "`cargo explore ID` shows the interleavings.");
}

/// What a line ends with where something is not as on record.
fn remark(judged: impl IntoIterator<Item = Judgement>) -> String {
    let judged: Vec<_> = judged.into_iter().collect();
    if judged.contains(&Judgement::Differs) {
        format!("  {BAD}not as recorded{BAD:#}")
    } else if judged.contains(&Judgement::Open) {
        format!("  {DOUBT}incomplete{DOUBT:#}")
    } else {
        String::new()
    }
}

fn conclude(found: &Found, further: &str) {
    let count = |wanted| found.explored.iter().filter(|e| found.judge(e) == wanted).count();
    println!();
    match (count(Judgement::Differs), count(Judgement::Open)) {
        (0, 0) if found.stopped => {}
        (0, 0) => println!(
            "{GOOD}Every verdict is the one on record, and so is every printed run.{GOOD:#} {DIM}{further}{DIM:#}"
        ),
        (0, open) => println!("{DOUBT}{open} incomplete{DOUBT:#}: no proof. {DIM}{further}{DIM:#}"),
        (n, _) => println!("{BAD}{n} not as recorded{BAD:#}: see them with `cargo explore ID`."),
    }
    detail::print_left(found);
}

/// `complete`, what bounded it, or whether the engine stopped at the first failure.
pub(super) fn how_far(e: &Explored) -> String {
    match e.report.verdict() {
        Verdict::Verified => "complete".to_owned(),
        Verdict::Failed(_) => format!("{} fail", thousands(e.report.failing())),
        Verdict::Incomplete(Limit::Sampled(_)) => "drawn at random".to_owned(),
        Verdict::Incomplete(Limit::Shard { number, of }) => format!("shard {number}/{of}"),
        Verdict::Incomplete(Limit::Preemptions(k)) => format!("≤ {k} preemptions"),
        Verdict::Incomplete(_) => "stopped".to_owned(),
    }
}
