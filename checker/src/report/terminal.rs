//! A report for a terminal: what was found, in one sentence, the interleaving, why it fails, what an observer could see.

use std::fmt::{self, Display, Write};

use super::lanes::COLUMNS;
use super::story::line;
use super::text::{beginning, columns, wrapped};
use super::{Lanes, Sources, Story};
use crate::engine::Schedule;
use crate::harness::{Limit, Report, Size, Verdict};

/// How many outcomes are listed.
const OUTCOMES: usize = 4;

/// How many lines a report has at the most, unless all is asked for.
const HEIGHT: usize = 30;

/// How many reasons are given.
const REASONS: usize = 5;

/// A report in at most thirty lines; [`Display`] writes it. Without colours: the caller that has a terminal adds them.
#[derive(Clone, Debug)]
pub struct Terminal<'a> {
    report: &'a Report,
    sources: &'a Sources,
    test: &'a str,
    again: Option<String>,
    seen: bool,
    all: bool,
    ascii: bool,
    colour: bool,
    columns: usize,
    /// Whether outcomes, too, are to fit.
    cuts: bool,
}

impl<'a> Terminal<'a> {
    /// The report in short.
    pub fn new(report: &'a Report, sources: &'a Sources) -> Self {
        Terminal {
            report,
            sources,
            test: "",
            again: None,
            seen: false,
            all: false,
            ascii: false,
            colour: false,
            columns: COLUMNS,
            cuts: false,
        }
    }

    /// Names the test that is to be run to see this again.
    pub fn test(mut self, test: &'a str) -> Self {
        self.test = test;
        self
    }

    /// The command that replays a schedule, which follows it as its last argument, where that is not the test's own.
    pub fn again(mut self, command: impl Into<String>) -> Self {
        self.again = Some(command.into());
        self
    }

    /// Tells after a failing execution, too, how many executions and which outcomes there were before the exploration ended,
    /// and which other bugs: a replay of the failing execution alone cannot know. Of one that holds, tells how to see each
    /// outcome, where [samples](crate::Checker::sample_outcomes) were asked for, and what was not looked at.
    pub fn seen(mut self, seen: bool) -> Self {
        self.seen = seen;
        self
    }

    /// Shows every step and every outcome.
    pub fn all(mut self, all: bool) -> Self {
        self.all = all;
        self
    }

    /// Keeps to ASCII.
    pub fn ascii(mut self, ascii: bool) -> Self {
        self.ascii = ascii;
        self
    }

    /// Gives each lane a colour.
    pub fn colour(mut self, colour: bool) -> Self {
        self.colour = colour;
        self
    }

    /// Keeps to so many columns, from 60 to 200, but for commands: those are to be copied. Without it a terminal is taken to have
    /// 100, so that what is printed does not hang on where, and outcomes are as long as they are.
    pub fn columns(mut self, columns: usize) -> Self {
        (self.columns, self.cuts) = (columns.clamp(60, 200), true);
        self
    }

    fn text(&self) -> String {
        let mut out = String::new();
        let _ = self.write(&mut out);
        if self.ascii { super::ascii(&out) } else { out }
    }

    fn counts(&self) -> String {
        let (executions, blocked) = (thousands(self.report.executions()), self.report.blocked());
        let plural = if self.report.executions() == 1 { "" } else { "s" };
        let over = if self.report.is_over_specifications() { ", primitives abstracted" } else { "" };
        match blocked {
            0 => format!("{executions} execution{plural}{over}"),
            _ => format!("{executions} execution{plural}, {} blocked{over}", thousands(blocked)),
        }
    }

    fn headline(&self, story: Option<&Story>) -> String {
        match self.report.verdict() {
            Verdict::Verified if self.report.is_symmetric() => {
                format!("PASS  complete up to renaming: {}", self.counts())
            }
            Verdict::Verified => format!("PASS  complete: {}", self.counts()),
            Verdict::Incomplete(Limit::Sampled(sample)) => {
                let over = if self.report.is_over_specifications() { ", primitives abstracted" } else { "" };
                format!("SAMPLED  {sample}{over}: not a proof")
            }
            Verdict::Incomplete(Limit::Preemptions(k)) => {
                format!("BOUNDED  at most {k} preemptions: {}; more were not looked at", self.counts())
            }
            Verdict::Incomplete(limit) => format!("INCOMPLETE  {limit}: {}", self.counts()),
            Verdict::Failed(failure) => match story {
                Some(story) => format!("FAIL  {}: {}", story.class.name(), story.sentence),
                None => format!("FAIL  {failure}"),
            },
        }
    }
}

impl Terminal<'_> {
    fn write(&self, f: &mut String) -> fmt::Result {
        let story = self.report.counterexample().map(|c| Story::of(c, self.sources));
        self.lines(f, "", "      ", &self.headline(story.as_ref()))?;
        if let (Some(counterexample), Some(story)) = (self.report.counterexample(), &story) {
            let failure = counterexample.failure();
            let thread = failure.thread.as_ref().map_or(String::new(), |thread| format!(" in {thread}"));
            let place = failure.place.map_or(String::new(), |place| format!(" at {place}"));
            let memory = counterexample.memory().map_or(String::new(), |memory| format!("; {memory}"));
            self.lines(f, "      ", "      ", &format!("{}{thread}{place}{memory}", failure.kind))?;
            writeln!(f)?;
            let mut after = String::new();
            let reasons = if self.all { story.because.len() } else { REASONS };
            for (i, reason) in story.because.iter().take(reasons).enumerate() {
                self.lines(&mut after, if i == 0 { "why   " } else { "      " }, "        ", reason)?;
            }
            self.write_lines(&mut after, story)?;
            let others = f.lines().count() + after.lines().count() + 1;
            let lanes = Lanes::new(counterexample, self.sources).story(story);
            let lanes = lanes.failing(failure.thread.as_deref());
            let lanes = lanes
                .all(self.all)
                .ascii(self.ascii)
                .colour(self.colour)
                .columns(self.columns)
                .most(HEIGHT.saturating_sub(others));
            write!(f, "{lanes}{after}")?;
        }
        if let Some(schedule) = self.report.counterexample().and_then(|c| c.schedule()) {
            writeln!(f, "replay {}", self.command(schedule))?;
        }
        if self.seen {
            if self.report.failing() > 1 {
                let failing = thousands(self.report.failing());
                self.lines(f, "fail  ", "      ", &format!("{failing} of {}", self.counts()))?;
            }
            self.write_others(f)?;
        }
        if let Some(passing) = self.report.passing() {
            let lanes = Lanes::new(passing, self.sources).all(self.all).ascii(self.ascii);
            let lanes = lanes.colour(self.colour).columns(self.columns);
            write!(f, "\n{}", lanes.most(HEIGHT - 2 * OUTCOMES))?;
        }
        if self.seen || self.report.counterexample().is_none() {
            self.write_seen(f)?;
        }
        if self.seen && self.report.verdict().is_verified() {
            self.write_unchecked(f)?;
        }
        Ok(())
    }

    /// Other bugs that were met.
    fn write_others(&self, f: &mut String) -> fmt::Result {
        for other in self.report.others() {
            let story = Story::of(other, self.sources);
            self.lines(f, "also  ", "        ", &format!("{}: {}", story.class.name(), story.sentence))?;
            if let Some(schedule) = other.schedule() {
                writeln!(f, "      {}", self.command(schedule))?;
            }
        }
        Ok(())
    }

    /// What replays a schedule.
    fn command(&self, schedule: &Schedule) -> String {
        if let Some(command) = &self.again {
            return format!("{command} {schedule}");
        }
        let build = if cfg!(loom) { "RUSTFLAGS=\"--cfg loom\" " } else { "" };
        let test = if self.test.is_empty() { String::new() } else { format!(" {}", self.test) };
        // The schedule is of the program with these weakenings.
        let weakened = std::env::var("SELVEDGE_WEAKEN").ok().filter(|text| !text.is_empty());
        let weakened = weakened.map_or(String::new(), |text| format!("SELVEDGE_WEAKEN='{text}' "));
        format!("{build}{weakened}SELVEDGE_REPLAY={schedule} cargo test{test}")
    }

    /// What an observer could see.
    fn write_seen(&self, f: &mut String) -> fmt::Result {
        let outcomes = self.report.outcomes();
        let seen: Vec<_> = outcomes.iter().filter(|(outcome, _)| !outcome.is_empty()).collect();
        let shown = if self.all { seen.len() } else { OUTCOMES };
        let mut head = "outcomes ";
        if self.report.counterexample().is_some() {
            writeln!(f, "{head}{}", self.counts())?;
            head = "      ";
        }
        for (outcome, count) in seen.iter().take(shown) {
            let line = format!("{head}{:>1$} × {outcome}", thousands(**count), 18 - head.len());
            writeln!(f, "{}", if self.cuts && !self.all { self.cut(line) } else { line })?;
            head = "      ";
            if let Some(schedule) = self.report.samples().get(*outcome).filter(|_| self.seen) {
                writeln!(f, "                  {}", self.command(schedule))?;
            }
        }
        if seen.len() > shown {
            writeln!(f, "      {:>12} other outcomes", seen.len() - shown)?;
        }
        if let Some(schedule) = self.report.samples().get("").filter(|_| self.seen && seen.is_empty()) {
            writeln!(f, "example {}", self.command(schedule))?;
        }
        Ok(())
    }

    /// What the verdict is not about.
    fn write_unchecked(&self, f: &mut String) -> fmt::Result {
        let Size { threads, events } = self.report.size();
        let plural = if threads == 1 { "" } else { "s" };
        let size = format!(
            "{threads} thread{plural}, at most {events} events in an execution: of more nothing is known"
        );
        self.lines(f, "size  ", "      ", &size)?;
        let renamed = "which of the threads that are declared symmetric is which".to_owned();
        let renamed = self.report.is_symmetric().then_some(renamed);
        for (i, unchecked) in self.report.scope().unchecked().into_iter().chain(renamed).enumerate() {
            self.lines(f, if i == 0 { "not checked " } else { "      " }, "        ", &unchecked)?;
        }
        Ok(())
    }
}

impl Terminal<'_> {
    /// The lines of the model between which it went wrong.
    fn write_lines(&self, f: &mut String, story: &Story) -> fmt::Result {
        let shown = story.lines.iter().filter_map(|at| {
            let text = self.sources.text(at.file)?;
            let source = text.lines().nth(at.line as usize - 1)?.trim().to_owned();
            Some((line(*at), source))
        });
        let shown: Vec<_> = shown.collect();
        let width = shown.iter().map(|(place, _)| columns(place)).max().unwrap_or(0);
        for (i, (place, line)) in shown.iter().enumerate() {
            let head = if i == 0 { "lines" } else { "     " };
            let text = format!("{head} {place:width$}  {line}");
            writeln!(f, "{}", self.cut(text).trim_end())?;
        }
        Ok(())
    }
}

impl Terminal<'_> {
    /// As much of a line as there is room for.
    fn cut(&self, text: String) -> String {
        let text = if self.ascii { super::ascii(&text) } else { text };
        match columns(&text) <= self.columns {
            true => text,
            false => {
                format!("{}{}", beginning(&text, self.columns - 1), if self.ascii { "~" } else { "…" })
            }
        }
    }

    /// Writes a text in lines that fit, the first after `head`, the others after `indent`.
    fn lines(&self, f: &mut String, head: &str, indent: &str, text: &str) -> fmt::Result {
        let text = if self.ascii { super::ascii(text) } else { text.to_owned() };
        let room = self.columns - head.len().max(indent.len());
        for (i, line) in wrapped(&text, room).iter().enumerate() {
            writeln!(f, "{}{line}", if i == 0 { head } else { indent })?;
        }
        Ok(())
    }
}

impl Display for Terminal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

/// A count with its thousands set apart.
pub(crate) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
