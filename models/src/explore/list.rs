//! All examples: a line each, or a line for each variant in each reading of time.

use clap::builder::styling::Style;
use selvedge::{Limit, Verdict};

use super::exploring::{Found, Judgement};
use super::screen::{cell, columns, cut, paragraph, print_text, say};
use super::style::{BAD, DIM, DOUBT, FOUND, GOOD, TITLE};
use super::{Explored, brief, detail, select, thousands};
use crate::findings::Claim;
use crate::registry::{Exploration, Model, Reading};

/// What there is, unexplored.
pub(super) fn catalogue(models: &[&'static Model]) {
    say!("{TITLE}{:<4} {:<10}  {:<42}  versions{TITLE:#}", "id", "family", "example");
    for model in models {
        let versions: Vec<_> = model.variants.iter().map(|v| v.name).collect();
        say!(
            "{:<4} {:<10}  {:<42}  {}",
            model.id,
            select::family_of(model),
            model.title,
            versions.join(", ")
        );
    }
    say!("\n{DIM}`cargo explore ID` explores one of them, `cargo explore FAMILY` all of a family.{DIM:#}");
}

/// What a reader is about to see, before the first line of the table.
pub(super) fn introduce() {
    say!(
        "{}\n",
        paragraph(
            "",
            "Programs that threading tutorials print, each explored in every order of its threads' steps. `as printed` is the \
             document's program when every thread may be slow, `by clock` the same when none is; `repaired` is our repair. \
             Mutants are broken on purpose: `2/2` says that both are caught."
        )
    );
}

/// A column of the table: its head, its width, and what it says of an example.
struct Column {
    head: &'static str,
    width: usize,
    right: bool,
    cell: fn(&Found, &[Explored]) -> (String, Style),
}

/// What a narrow terminal has no room for is at the end.
const COLUMNS: [Column; 7] = [
    Column {
        head: "as printed",
        width: 10,
        right: false,
        cell: |f, e| worst(f, e, "as-printed", Reading::Adversarial),
    },
    Column {
        head: "by clock",
        width: 10,
        right: false,
        cell: |f, e| worst(f, e, "as-printed", Reading::Virtual),
    },
    Column {
        head: "repaired",
        width: 8,
        right: false,
        cell: |f, e| worst(f, e, "repaired", Reading::Adversarial),
    },
    Column { head: "the claim", width: 14, right: false, cell: claim },
    Column { head: "mutants", width: 7, right: false, cell: |_, e| (mutants(e), Style::new()) },
    Column { head: "executions", width: 10, right: true, cell: executions },
    Column { head: "took", width: 8, right: true, cell: took },
];

/// The least that the title of an example is cut down to, and the most that it takes.
const TITLES: (usize, usize) = (20, 42);

/// One line for each example, as wide as there is room for.
pub(super) fn print(found: &Found) {
    let (least, most) = TITLES;
    let mut room = columns().saturating_sub(5 + least);
    let mut room_left = |column: &&Column| {
        let left = room.checked_sub(column.width + 2);
        room = left.unwrap_or(0);
        left.is_some()
    };
    let shown: Vec<_> = COLUMNS.iter().take_while(|column| room_left(column)).collect();
    let taken: usize = shown.iter().map(|column| column.width + 2).sum();
    let title = (columns() - 5 - taken).min(most);
    print_text(format_args!("{TITLE}{:<4} {}", "id", cell("example", title)));
    shown.iter().for_each(|column| print_text(format_args!("  {}", column.of(column.head))));
    say!("{TITLE:#}");
    for of_model in found.explored.chunk_by(|a, b| a.exploration.model.id == b.exploration.model.id) {
        let model = of_model[0].exploration.model;
        print_text(format_args!("{:<4} {}", model.id, cell(model.title, title)));
        for column in &shown {
            let (text, style) = (column.cell)(found, of_model);
            print_text(format_args!("  {style}{}{style:#}", column.of(&text)));
        }
        say!("{}", remark(of_model.iter().map(|e| found.judge(e))));
    }
    conclude(
        found,
        &[
            ("cargo explore C01", "one example: the interleaving that breaks it"),
            ("cargo explore --variants", "a line for each exploration"),
            ("cargo explore --help", "more"),
        ],
    );
}

/// What the variants whose names begin so came to: failed where one did, then incomplete where one was, else verified;
/// nothing where there are none.
fn worst(found: &Found, explored: &[Explored], name: &str, reading: Reading) -> (String, Style) {
    let asked =
        |e: &&Explored| e.exploration.variant.name.starts_with(name) && e.exploration.reading == reading;
    let severity = |e: &&Explored| match e.report.verdict() {
        Verdict::Verified => 0,
        Verdict::Incomplete(_) => 1,
        Verdict::Failed(_) => 2,
    };
    match explored.iter().filter(asked).max_by_key(severity) {
        Some(worst) => (does(worst).to_owned(), brief::style(found, worst)),
        None => (String::new(), Style::new()),
    }
}

/// What a program does, in a word or two.
fn does(e: &Explored) -> &'static str {
    match e.report.verdict() {
        Verdict::Verified => "holds",
        Verdict::Failed(_) => "fails",
        Verdict::Incomplete(Limit::Loop { .. }) => "never ends",
        Verdict::Incomplete(Limit::Sampled(_)) => "drawn",
        Verdict::Incomplete(_) => "incomplete",
    }
}

/// What becomes of the document's claim, which is not always that the program holds.
fn claim(_: &Found, explored: &[Explored]) -> (String, Style) {
    match Claim::known(explored[0].exploration.model, explored) {
        Some(Claim::Survives | Claim::GoesWrong) => ("holds".to_owned(), GOOD),
        Some(Claim::SurvivesByTheClock) => ("holds by luck".to_owned(), FOUND),
        Some(Claim::DoesNotSurvive) => ("does not hold".to_owned(), FOUND),
        None => (String::new(), Style::new()),
    }
}

fn executions(_: &Found, explored: &[Explored]) -> (String, Style) {
    (thousands(explored.iter().map(|e| e.report.executions()).sum()), Style::new())
}

fn took(_: &Found, explored: &[Explored]) -> (String, Style) {
    let took: f64 = explored.iter().map(|e| e.report.elapsed().as_secs_f64()).sum();
    (format!("{took:.2} s"), Style::new())
}

impl Column {
    fn of(&self, text: &str) -> String {
        if self.right { format!("{text:>0$}", self.width) } else { cell(text, self.width) }
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
    say!(
        "{TITLE}{:<4} {:<width$}  {:<11}  {:<10}  {:<16} {:>10} {:>9} {:>8}{TITLE:#}",
        "id",
        "variant",
        "time",
        "does",
        "explored",
        "executions",
        "outcomes",
        "took"
    );
    for e in explored {
        let Explored { exploration: Exploration { model, variant, reading, .. }, report, .. } = e;
        let style = brief::style(found, e);
        say!(
            "{:<4} {:<width$}  {reading:<11}  {style}{:<10}{style:#}  {:<16} {:>10} {:>9} {:>6.2} s{}",
            model.id,
            variant.name,
            does(e),
            how_far(e),
            thousands(report.executions()),
            report.outcomes().len(),
            report.elapsed().as_secs_f64(),
            remark([found.judge(e)]),
        );
    }
    conclude(found, &[("cargo explore ID", "the interleaving that breaks an example")]);
}

/// What a line ends with where something is not as on record.
fn remark(judged: impl IntoIterator<Item = Judgement>) -> String {
    let judged: Vec<_> = judged.into_iter().collect();
    if judged.contains(&Judgement::Differs) {
        format!("  {BAD}NEWS{BAD:#}")
    } else if judged.contains(&Judgement::Open) {
        format!("  {DOUBT}incomplete{DOUBT:#}")
    } else {
        String::new()
    }
}

/// Whether something is news, and what to do next.
fn conclude(found: &Found, next: &[(&str, &str)]) {
    let count = |wanted| found.explored.iter().filter(|e| found.judge(e) == wanted).count();
    say!();
    let verdict = match (count(Judgement::Differs), count(Judgement::Open)) {
        (0, 0) if found.stopped => None,
        (0, 0) => Some(format!(
            "{GOOD}No news: every verdict is the one on record, and so is every printed run.{GOOD:#}"
        )),
        (0, open) => Some(format!("{DOUBT}{open} incomplete{DOUBT:#}: no proof.")),
        (n, _) => Some(format!("{BAD}{n} not as recorded{BAD:#}: see them with `cargo explore ID`.")),
    };
    if let Some(verdict) = verdict {
        say!("{}", paragraph("", &verdict));
    }
    detail::print_left(found);
    print_next(next);
}

/// Commands as they are typed, each with what it shows.
pub(super) fn print_next(next: &[(&str, &str)]) {
    let width = next.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
    for (i, (command, what)) in next.iter().enumerate() {
        let line = format!("{:<4}  {command:<width$}  {what}", if i == 0 { "next" } else { "" });
        say!("{DIM}{}{DIM:#}", cut(&line, columns().max(width + 6)).trim_end());
    }
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
