//! One example on a screen: the interleaving that breaks it, a line for each version, and what to do next.
//!
//! Three things are told apart: what a program does, what was expected of it, and whether the one is as the other. Most programs
//! here fail on purpose or are known to: that is no news.

use selvedge::report::{Sources, Story, Terminal};
use selvedge::{Limit, Verdict};

use super::arguments::Look;
use super::exploring::{Found, Judgement};
use super::screen::{cell, columns, cut, paragraph, print_text, say};
use super::style::{BAD, DIM, DOUBT, FOUND, GOOD, TITLE};
use super::{Explored, detail, list, replay, thousands};
use crate::findings::Claim;
use crate::registry::{self, Evidence, Exploration, Model, Reading};

pub(super) fn print(found: &Found, look: Look) {
    let sources = registry::sources();
    for of_model in found.explored.chunk_by(|a, b| a.exploration.model.id == b.exploration.model.id) {
        print_head(of_model);
        if let Some(e) = worth_telling(found, of_model) {
            print_report(found, e, &sources, look);
        }
        print_versions(found, of_model, &sources);
        print_printed(of_model);
        say!();
    }
    print_next(found);
    detail::print_left(found);
}

fn print_head(of_model: &[Explored]) {
    let model @ Model { id, title, claim, .. } = of_model[0].exploration.model;
    say!("{TITLE}{id} {title}{TITLE:#}");
    say!("{}", paragraph("document  ", claim));
    if let Some(known) = Claim::known(model, of_model) {
        say!("{}", paragraph("          ", &format!("The claim {}.", known.words())));
    }
    say!();
}

/// The exploration whose interleaving is shown: one that is not as on record; else of those that fail the program as printed, or
/// the version that decides the claim, or the only one that was asked for.
fn worth_telling<'a>(found: &Found, of_model: &'a [Explored]) -> Option<&'a Explored> {
    let fails = |e: &&Explored| e.report.counterexample().is_some();
    let named = |e: &&Explored, name: &str| e.exploration.variant.name.starts_with(name);
    let model = of_model[0].exploration.model;
    let decides = |e: &&Explored| {
        let decides = |evidence: &Evidence| evidence.variant() == e.exploration.variant.name;
        model.evidence.iter().any(decides)
    };
    let failing = || of_model.iter().filter(fails);
    let news = failing().find(|e| found.judge(e) == Judgement::Differs);
    let only = || failing().next().filter(|_| found.is_of_some());
    news.or_else(|| failing().find(|e| named(e, "as-printed")))
        .or_else(|| failing().find(decides))
        .or_else(only)
}

fn print_report(found: &Found, e: &Explored, sources: &Sources, look: Look) {
    let Explored { exploration, report, .. } = e;
    let Exploration { variant, reading, .. } = exploration;
    say!("{}", paragraph("", &format!("{} in {reading} time: {}", variant.name, variant.note)));
    let text = Terminal::new(report, sources).again(replay::command(exploration));
    let text = text.all(look.all_steps).ascii(look.ascii).colour(true).columns(columns()).to_string();
    let (word, rest) = text.split_once("  ").unwrap_or((&text, ""));
    let style = if found.judge(e) == Judgement::Differs { BAD } else { FOUND };
    print_text(format_args!("{style}{word}{style:#}  {rest}"));
    say!();
}

/// A line for each version in each reading of time.
fn print_versions(found: &Found, of_model: &[Explored], sources: &Sources) {
    let names = of_model.iter().map(|e| e.exploration.variant.name.len());
    let name = names.max().unwrap_or(0).max("version".len());
    let (time, record) =
        ("adversarial".len(), if is_narrow() { "news?".len() } else { "as on record".len() });
    let does = columns().saturating_sub(name + time + record + 6).clamp(12, 60);
    say!(
        "{TITLE}{:<name$}  {:<time$}  {}  {}{TITLE:#}",
        "version",
        "time",
        cell("what it does", does),
        if is_narrow() { "news?" } else { "is that news?" }
    );
    for e in of_model {
        let Exploration { variant, reading, .. } = e.exploration;
        let style = style(found, e);
        say!(
            "{:<name$}  {reading:<time$}  {style}{}{style:#}  {}",
            variant.name,
            cell(&does_what(e, sources), does),
            news(found, e)
        );
    }
}

/// The colour of what a program does: red is for news alone.
pub(super) fn style(found: &Found, e: &Explored) -> clap::builder::styling::Style {
    match (found.judge(e), e.report.verdict()) {
        (Judgement::Differs, _) => BAD,
        (Judgement::Open, _) => DOUBT,
        (Judgement::AsRecorded, Verdict::Verified) => GOOD,
        (Judgement::AsRecorded, Verdict::Failed(_)) => FOUND,
        (Judgement::AsRecorded, Verdict::Incomplete(_)) => DOUBT,
    }
}

/// `fails in 8 of 16: lost wake-up`.
fn does_what(e: &Explored, sources: &Sources) -> String {
    let executions = thousands(e.report.executions());
    match e.report.verdict() {
        Verdict::Verified => format!("holds in all {executions}{}", outcomes(e)),
        Verdict::Failed(failure) => {
            let class = e.report.counterexample().map(|c| Story::of(c, sources).class.name());
            let class = class.map_or_else(|| failure.kind.to_string(), str::to_owned);
            let drawn = if e.report.sample().is_some() { " drawn" } else { "" };
            format!("fails in {} of {executions}{drawn}: {class}", thousands(e.report.failing()))
        }
        Verdict::Incomplete(Limit::Loop { .. }) => "never ends".to_owned(),
        Verdict::Incomplete(Limit::Sampled(_)) => format!("none of {executions} drawn fails: no proof"),
        Verdict::Incomplete(limit) => format!("incomplete: {limit}"),
    }
}

fn outcomes(e: &Explored) -> String {
    match e.report.outcomes().iter().filter(|(outcome, _)| !outcome.is_empty()).count() {
        0 => String::new(),
        1 => ", one outcome".to_owned(),
        n => format!(", {n} outcomes"),
    }
}

/// Whether there is no room for more than a word.
fn is_narrow() -> bool {
    columns() < 90
}

/// Whether what a version does is as it was expected.
pub(super) fn news(found: &Found, e: &Explored) -> String {
    let expected = if e.exploration.expected.fails() { "fails" } else { "holds" };
    match found.judge(e) {
        Judgement::AsRecorded if is_narrow() => format!("{DIM}no{DIM:#}"),
        Judgement::Differs if is_narrow() => format!("{BAD}YES{BAD:#}"),
        Judgement::AsRecorded => format!("{DIM}no: on record{DIM:#}"),
        Judgement::Differs if e.agrees_on_verdict() => format!("{BAD}YES: a printed run{BAD:#}"),
        Judgement::Differs => format!("{BAD}YES: on record it {expected}{BAD:#}"),
        Judgement::Open => format!("{DOUBT}not known{DOUBT:#}"),
    }
}

/// Whether the runs that the document prints are among the outcomes, those that are not each with the reason.
fn print_printed(of_model: &[Explored]) {
    let whole = of_model
        .iter()
        .filter(|e| e.report.shard().is_none() && e.exploration.reading == Reading::Adversarial);
    for (e, (printed, seen)) in whole.flat_map(|e| e.printed().map(move |printed| (e, printed))) {
        let how = if seen { "happens" } else { "never happens" };
        let record = if e.records(printed, seen) { "" } else { ", which is not as on record" };
        let text = format!("the run that {} prints {how}{record}: ", printed.source);
        say!("{DIM}{}{DIM:#}", cut(&format!("{text}{}", printed.outcome()), columns()));
    }
}

/// What to do next, with the commands as they are typed.
fn print_next(found: &Found) {
    let Some(first) = found.explored.first() else { return };
    let id = first.exploration.model.id;
    let has = |name: &str| {
        found.explored.iter().any(|e| e.exploration.model.id == id && e.exploration.variant.name == name)
    };
    let mut next = vec![];
    if has("repaired") {
        next.push((format!("cargo explore show {id} --variant repaired"), "why the repaired version passes"));
    }
    next.push((format!("cargo explore show {id}"), "each version in full: interleavings and outcomes"));
    next.push((format!("cargo explore {id} --html target/pages"), "the same as pages for a browser"));
    let next: Vec<_> = next.iter().map(|(command, what)| (command.as_str(), *what)).collect();
    list::print_next(&next);
}

#[cfg(all(test, loom, not(feature = "upstream-loom")))]
mod tests {
    use super::*;
    use crate::registry::Expected;

    /// What is said of the broken notification where that is on record.
    fn told(expected: Expected) -> (String, clap::builder::styling::Style) {
        let model = registry::find("C01").expect("it is there");
        let broken = Exploration::of(model).find(|e| e.variant.name == "mutant-notify-one");
        let exploration = Exploration { expected, ..broken.expect("it is there") };
        let e = Explored::new(exploration, exploration.run());
        let found = Found::default();
        (news(&found, &e), style(&found, &e))
    }

    #[test]
    fn a_failure_is_news_where_it_is_not_on_record_and_then_alone_it_is_red() {
        let (known, colour) = told(Expected::Fails(&[selvedge::FailureKind::Deadlock]));
        assert!(known.contains("no: on record"), "{known}");
        assert_eq!(colour, FOUND);
        let (news, colour) = told(Expected::Holds);
        assert!(news.contains("YES: on record it holds"), "{news}");
        assert_eq!(colour, BAD);
    }
}
