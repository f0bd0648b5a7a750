//! The page of findings: what the explorations say about the documents, as text that is kept.

use std::fmt::Write as _;

use selvedge::report::{Sources, Story};
use selvedge::{Limit, Report, Verdict};

use crate::hazards::HAZARDS;
use crate::registry::{self, Evidence, Explored, MODELS, Model, Printed, Reachable, Reading, Variant};
use cargo_selvedge::html::thousands;

/// Whether what a document claims is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The claim is that the program goes wrong, and it does.
    GoesWrong,
    /// In every execution.
    Survives,
    /// Where threads are as fast as their sleeps and timeouts suppose.
    SurvivesByTheClock,
    /// Not even there; or time has no part in it.
    DoesNotSurvive,
}

impl Claim {
    /// The claim of `model`, by the verdicts on its evidence.
    ///
    /// # Panics
    ///
    /// Where the model is not among what was explored.
    pub fn of(model: &Model, explored: &[Explored]) -> Self {
        Self::known(model, explored).expect("all evidence is explored")
    }

    /// The same, where all that it takes was explored.
    pub fn known(model: &Model, explored: &[Explored]) -> Option<Self> {
        let stands_in = |reading| {
            let stand = model.evidence.iter().map(|evidence| stands(model, *evidence, reading, explored));
            Some(stand.collect::<Option<Vec<_>>>()?.into_iter().all(|stands| stands))
        };
        Some(match (stands_in(Reading::Adversarial)?, stands_in(Reading::Virtual)?) {
            (true, true) if model.evidence.iter().all(|e| matches!(e, Evidence::Fails(_))) => {
                Claim::GoesWrong
            }
            (true, true) => Claim::Survives,
            (false, true) => Claim::SurvivesByTheClock,
            (_, false) => Claim::DoesNotSurvive,
        })
    }

    /// What a reader is told of the claim.
    pub fn words(self) -> &'static str {
        match self {
            Claim::GoesWrong => "is right: the program goes wrong",
            Claim::Survives => "survives",
            Claim::SurvivesByTheClock => "holds only with lucky timing",
            Claim::DoesNotSurvive => "does not survive",
        }
    }
}

/// Whether a piece of evidence is as the claim needs it; `None` where it was not explored.
fn stands(model: &Model, evidence: Evidence, reading: Reading, explored: &[Explored]) -> Option<bool> {
    let found = find(model, evidence.variant(), reading, explored)?;
    Some(match evidence {
        Evidence::Holds(_) => found.report.verdict().is_verified(),
        Evidence::Fails(_) => found.goes_wrong(),
    })
}

/// What was explored of a variant in that reading, or in the only one that there is.
fn find<'a>(
    model: &Model,
    variant: &str,
    reading: Reading,
    explored: &'a [Explored],
) -> Option<&'a Explored> {
    let readings = [reading, Reading::Adversarial];
    readings.into_iter().find_map(|reading| {
        explored.iter().find(|e| {
            let it = &e.exploration;
            it.model.id == model.id && it.variant.name == variant && it.reading == reading
        })
    })
}

/// The page, of all explorations.
///
/// # Panics
///
/// Where a model is missing.
pub fn page(explored: &[Explored]) -> String {
    let mut page = String::from(HEAD);
    for model in MODELS {
        let bugs: Vec<_> = bugs(model, explored).iter().map(|e| class(&e.report)).collect();
        let mut classes: Vec<_> = bugs.into_iter().flatten().collect();
        classes.dedup();
        line(
            &mut page,
            format_args!(
                "| [{id}](#{anchor}) | {} | {} | {} |",
                model.title,
                Claim::of(model, explored).words(),
                classes.join(", "),
                id = model.id,
                anchor = anchor(model),
            ),
        );
    }
    let sources = registry::sources();
    for model in MODELS {
        section(&mut page, model, explored, &sources);
    }
    page
}

const HEAD: &str = "# Findings

What the exploration of the documents' examples says about them. `cargo explore --findings` prints this page; the gate compares
it with what it finds. `cargo explore ID` shows the interleavings.

- A version that **holds** was explored completely, and no execution fails. The number is that of its executions.
- A version that **fails** does so in that many of all its executions, or of the *drawn* ones where all are too many. The class of the
  bug is that of the first failure.
- A version that *never ends* has an execution in which a loop does something new in each round, past any limit.
- *0 of N random samples failed* is no proof: the document's own size is too large to explore, so executions were drawn at random. The
  same program is explored completely in a smaller size.
- *Primitives are abstracted*: locks, semaphores, events and the ends of threads do what their specifications say. Their own tests show
  that the implementations do the same.
- In *adversarial* time a sleep or a timeout says nothing about order; in *virtual* time computing takes no time. Where only the first
  is given, the program has no sleep and no timeout.
- A claim holds *only with lucky timing* where it holds in virtual time alone: on a machine that is fast and idle.
- `as-printed` is the document's program; one that is `sampled` is of the document's own size; a `mutant` is broken on purpose, or
  asserts a claim that the program does not keep.

| id | example | what the document claims | bugs |
|---|---|---|---|
";

fn line(page: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(page, "{text}").expect("a string takes all");
}

/// As GitHub and mdBook derive it from the heading.
fn anchor(model: &Model) -> String {
    let heading = format!("{} {}", model.id, model.title).to_lowercase();
    heading
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ')
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

fn section(page: &mut String, model: &'static Model, explored: &[Explored], sources: &Sources) {
    line(page, format_args!("\n## {} {}\n", model.id, model.title));
    let evidence: Vec<_> =
        model.evidence.iter().map(|evidence| format!("`{}`", evidence.variant())).collect();
    line(
        page,
        format_args!(
            "The document: {}. The claim **{}** ({}).\n",
            model.claim,
            Claim::of(model, explored).words(),
            evidence.join(", "),
        ),
    );
    line(page, format_args!("| version | adversarial | virtual | |\n|---|---|---|---|"));
    for variant in model.variants {
        line(
            page,
            format_args!(
                "| `{}` | {} | {} | {} |",
                variant.name,
                cell(model, variant, Reading::Adversarial, explored),
                cell(model, variant, Reading::Virtual, explored),
                variant.note,
            ),
        );
    }
    let bugs = bugs(model, explored);
    if !bugs.is_empty() {
        line(page, format_args!(""));
    }
    for e in bugs {
        let Some(counterexample) = e.report.counterexample() else { continue };
        let Story { class, sentence, .. } = Story::of(counterexample, sources);
        let sentence = sentence.trim_start_matches("assertion `left == right` failed: ");
        let (name, reading) = (e.exploration.variant.name, e.exploration.reading);
        let (failing, executions) = (thousands(e.report.failing()), thousands(e.report.executions()));
        line(
            page,
            format_args!(
                "- `{name}` in {reading} time, **{}**, {failing} of {executions} executions{}: {sentence}",
                class.name(),
                drawn(&e.report),
            ),
        );
        if e.report.failures().len() > 1 {
            line(page, format_args!("  They fail in {} ways:", e.report.failures().len()));
        }
        for (way, executions) in e.report.failures().iter().filter(|_| e.report.failures().len() > 1) {
            line(page, format_args!("  - {way}: {}", thousands(*executions)));
        }
    }
    let repaired: Vec<_> = model.variants.iter().filter(|v| v.name.starts_with("repaired")).collect();
    for variant in repaired {
        line(page, format_args!("\nThe repair (`{}`): {}.", variant.name, variant.note));
    }
    line(
        page,
        format_args!(
            "\nThe interleavings: `cargo explore {0}`; as pages: `cargo explore {0} --html FOLDER`.",
            model.id
        ),
    );
    let hazards = HAZARDS.iter().filter(|hazard| hazard.id == model.id);
    for (i, hazard) in hazards.enumerate() {
        if i == 0 {
            line(page, format_args!("\nHazards:\n"));
        }
        let verdict = if hazard.is_confirmed(explored) { "confirmed" } else { "refuted" };
        line(page, format_args!("- {}: **{verdict}** (`{}`).", hazard.what, hazard.variant));
    }
    if !model.printed.is_empty() {
        line(page, format_args!("\nPrinted runs:\n"));
    }
    for printed in model.printed {
        line(page, format_args!("- {}: {}", printed.source, reachable(printed)));
    }
}

/// What fails of what the document says and of what it prints: each variant in the first reading in which it does.
fn bugs<'a>(model: &Model, explored: &'a [Explored]) -> Vec<&'a Explored> {
    let asserts = |variant: &Variant| model.evidence.contains(&Evidence::Holds(variant.name));
    let about = model.variants.iter().filter(|v| v.name.starts_with("as-printed") || asserts(v));
    about
        .filter_map(|variant| {
            let failing = |e: &&Explored| matches!(e.report.verdict(), Verdict::Failed(_));
            Reading::ALL
                .into_iter()
                .filter_map(|reading| find(model, variant.name, reading, explored))
                .find(failing)
        })
        .collect()
}

fn cell(model: &Model, variant: &Variant, reading: Reading, explored: &[Explored]) -> String {
    if variant.expected.of(reading).is_none() {
        return String::new();
    }
    let report = &find(model, variant.name, reading, explored).expect("all is explored").report;
    let executions = thousands(report.executions());
    match report.verdict() {
        Verdict::Verified => format!("holds, {executions}"),
        Verdict::Failed(_) => {
            let (failing, drawn) = (thousands(report.failing()), drawn(report));
            let class = class(report).unwrap_or("no counterexample");
            format!("fails, {failing} of {executions}{drawn}: {class}")
        }
        Verdict::Incomplete(Limit::Preemptions(k)) => format!("at most {k} preemptions, {executions}"),
        Verdict::Incomplete(Limit::Sampled(_)) => format!("0 of {executions} random samples failed"),
        Verdict::Incomplete(Limit::Loop { .. }) => "never ends".to_owned(),
        Verdict::Incomplete(limit) => format!("incomplete, {executions}: {limit}"),
    }
}

fn drawn(report: &Report) -> &'static str {
    if report.sample().is_some() { " drawn" } else { "" }
}

fn class(report: &Report) -> Option<&'static str> {
    report.counterexample().map(|c| Story::of(c, &Sources::default()).class.name())
}

/// What is on record, which the gate compares with the outcomes.
fn reachable(printed: &Printed) -> String {
    let words = |reachable| match reachable {
        Reachable::Yes => "reachable".to_owned(),
        Reachable::Along(schedule) => format!("reachable, along `{schedule}`"),
        Reachable::No(why) => format!("not reachable. {why}"),
    };
    let mut readings = printed.reachable.iter();
    let (_, adversarial) = readings.next().expect("there is an adversarial reading");
    match readings.next() {
        None => format!("{}.", words(adversarial)),
        Some((_, by_clock)) if by_clock == adversarial => format!("in both readings {}.", words(adversarial)),
        Some((_, by_clock)) => {
            format!("in adversarial time {}; in virtual time {}.", words(adversarial), words(by_clock))
        }
    }
}
