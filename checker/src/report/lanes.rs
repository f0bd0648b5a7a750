//! The interleaving as a table for a terminal: one lane for each thread, one row for each operation.

use std::collections::BTreeSet;
use std::fmt::{self, Display};

use super::story::line;
use super::{Counterexample, Sources, Story};
use crate::trace::Step;

/// How many operations are shown unless all are asked for.
const ROWS: usize = 15;

/// The widest that a lane gets, and the least that it is cut down to.
const LANE: usize = 34;
const NARROW: usize = 5;

/// How many columns a terminal has, at the least.
const COLUMNS: usize = 100;

/// A table of who did what; [`Display`] writes it.
///
/// Of a long interleaving the steps with remarks are shown, those around them, and the last ones.
#[derive(Clone, Debug)]
pub struct Lanes<'a> {
    counterexample: &'a Counterexample,
    sources: &'a Sources,
    story: Option<&'a Story>,
    all: bool,
    ascii: bool,
    most: usize,
}

/// A line of the table.
enum Row<'a> {
    Step {
        at: usize,
        number: Option<usize>,
        step: &'a Step,
        text: String,
    },
    /// Steps that are left out.
    Gap(usize),
    /// That steps come again and again.
    Again(String),
}

impl<'a> Lanes<'a> {
    /// The operations that matter most.
    pub fn new(counterexample: &'a Counterexample, sources: &'a Sources) -> Self {
        Lanes { counterexample, sources, story: None, all: false, ascii: false, most: usize::MAX }
    }

    /// Adds the story's remarks to the steps.
    pub fn story(mut self, story: &'a Story) -> Self {
        self.story = Some(story);
        self
    }

    /// Shows every operation.
    pub fn all(mut self, all: bool) -> Self {
        self.all = all;
        self
    }

    /// Takes at most so many lines, and four at the least, unless every operation is asked for.
    pub(super) fn most(mut self, lines: usize) -> Self {
        self.most = lines;
        self
    }

    /// Keeps to ASCII.
    pub fn ascii(mut self, ascii: bool) -> Self {
        self.ascii = ascii;
        self
    }

    fn text(&self, at: usize) -> String {
        let step = &self.counterexample.steps()[at];
        let call = self.counterexample.call(at, self.sources);
        // A thread is mostly called what the source calls it.
        let says_more = !call.to_lowercase().starts_with(&format!("{}.", step.result.to_lowercase()));
        self.written(&match step.result.as_str() {
            "" => call,
            // The remark says what it has not seen.
            stale if stale.contains(" (stale") => {
                format!("{call} → {} (stale)", stale.split(" (stale").next().unwrap_or_default())
            }
            name if step.operation == "start" && !says_more && !name.is_empty() => call,
            result => format!("{call} → {result}"),
        })
    }

    fn written(&self, text: &str) -> String {
        if self.ascii { super::ascii(text) } else { text.to_owned() }
    }

    /// The end of a text that is too long: what became of a call says more than on what it was made.
    fn cut(&self, text: &str, width: usize) -> String {
        let length = text.chars().count();
        if length <= width {
            return text.to_owned();
        }
        let end: String = text.chars().skip(length + 1 - width).collect();
        format!("{}{end}", if self.ascii { "~" } else { "…" })
    }

    fn note(&self, at: usize) -> Option<&'a str> {
        self.story.and_then(|story| story.notes.get(&at)).map(String::as_str)
    }

    fn rows(&self) -> Vec<Row<'a>> {
        let (steps, operations) = (self.counterexample.steps(), self.counterexample.operations());
        let candidates: Vec<usize> = if self.all {
            (0..steps.len()).collect()
        } else {
            operations.iter().copied().filter(|i| !is_housekeeping(&steps[*i])).collect()
        };
        let mut shown: BTreeSet<usize> = (0..candidates.len()).collect();
        let noted = |i: usize| self.note(candidates[i]).is_some();
        if !self.all && candidates.len() > ROWS {
            shown =
                (0..candidates.len()).filter(|i| noted(*i)).flat_map(|i| [i.saturating_sub(1), i]).collect();
            let failing = &self.counterexample.failure().thread;
            let fails = |i: &usize| {
                failing.as_ref() == Some(&self.counterexample.threads()[steps[candidates[*i]].thread])
            };
            shown.extend((0..candidates.len()).rev().filter(fails).take(ROWS / 3));
            let mut last = candidates.len();
            while shown.len() < ROWS && last > 0 {
                last -= 1;
                shown.insert(last);
            }
        }
        loop {
            let rows = self.rows_of(&candidates, &shown);
            let remarks = |row: &&Row<'_>| matches!(row, Row::Step { at, .. } if self.note(*at).is_some());
            // A head, its line, and what the sign of a switch means.
            let lines = 3 + rows.len() + rows.iter().filter(remarks).count();
            if self.all || lines <= self.most || shown.len() <= 1 {
                return rows;
            }
            let least = shown.iter().copied().find(|i| !noted(*i)).or(shown.first().copied());
            least.map(|i| shown.remove(&i));
        }
    }

    fn rows_of(&self, candidates: &[usize], shown: &BTreeSet<usize>) -> Vec<Row<'a>> {
        let (steps, operations) = (self.counterexample.steps(), self.counterexample.operations());
        let mut rows = Vec::new();
        let mut before = 0;
        for &i in shown {
            if i > before {
                rows.push(Row::Gap(i - before));
            }
            let at = candidates[i];
            let number = operations.binary_search(&at).ok().map(|n| n + 1);
            rows.push(Row::Step { at, number, step: &steps[at], text: self.text(at) });
            rows.extend(self.counterexample.again(at).filter(|_| !self.all).map(Row::Again));
            before = i + 1;
        }
        rows
    }

    /// Whether the step before `at` was its thread's last for now although the thread could go on.
    fn preempts(&self, at: usize) -> bool {
        let steps = self.counterexample.steps();
        // The end of a thread's start is no choice of its own.
        let Some(before) = steps[..at].iter().rfind(|s| !is_housekeeping(s) && !s.place.is_of_rust()) else {
            return false;
        };
        before.thread != steps[at].thread
            && !before.blocks
            && steps[at..].iter().any(|s| s.thread == before.thread)
    }
}

impl Display for Lanes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, threads) = (self.rows(), self.counterexample.threads());
        let names: Vec<_> = threads.iter().map(|name| self.written(name)).collect();
        let does = |t: usize| {
            rows.iter().filter_map(move |row| match row {
                Row::Step { step, text, .. } if step.thread == t => Some(text.chars().count()),
                _ => None,
            })
        };
        // A thread that does nothing in what is shown gets no lane.
        let lanes: Vec<usize> = (0..threads.len()).filter(|t| does(*t).next().is_some()).collect();
        let file = |step: &Step| self.written(&line(step.place));
        let files = rows.iter().map(|row| match row {
            Row::Step { step, .. } => file(step).chars().count(),
            _ => 0,
        });
        let files = files.max().unwrap_or(0);
        let room = COLUMNS.saturating_sub(6 + files + 2) / lanes.len().max(1);
        let most = room.saturating_sub(3).clamp(NARROW, LANE);
        let widths: Vec<usize> = lanes
            .iter()
            .map(|t| does(*t).chain([names[*t].chars().count()]).max().unwrap_or(0).min(most))
            .collect();

        let (bar, dash, dots, preempted, turn) =
            if self.ascii { ("|", "-", "...", "*", "^") } else { ("│", "─", "…", "↷", "↳") };
        write!(f, "step  ")?;
        for (t, w) in lanes.iter().zip(&widths) {
            write!(f, " {bar} {:w$}", self.cut(&names[*t], *w))?;
        }
        writeln!(f)?;
        let total: usize = 6 + widths.iter().map(|w| w + 3).sum::<usize>();
        writeln!(f, "{}", dash.repeat(total))?;
        let mut switched = false;
        for row in &rows {
            let (at, number, step, text) = match row {
                Row::Step { at, number, step, text } => (at, number, step, text),
                Row::Gap(n) => {
                    writeln!(f, "{dots:>4}   {n} step{} left out", if *n == 1 { "" } else { "s" })?;
                    continue;
                }
                Row::Again(what) => {
                    writeln!(f, "{dots:>4}   {what}")?;
                    continue;
                }
            };
            let preempts = self.preempts(*at);
            switched |= preempts;
            let number = number.map_or(String::new(), |n| n.to_string());
            write!(f, "{number:>4} {}", if preempts { preempted } else { " " })?;
            for (t, w) in lanes.iter().zip(&widths) {
                let cell = if *t == step.thread { self.cut(text, *w) } else { String::new() };
                write!(f, " {bar} {cell:w$}")?;
            }
            writeln!(f, "  {}", file(step))?;
            if let Some(note) = self.note(*at) {
                let note = self.cut(&self.written(note), COLUMNS - 8);
                writeln!(f, "      {turn} {note}")?;
            }
        }
        if switched {
            writeln!(f, "   {preempted}: the thread of the line before could have gone on")?;
        }
        Ok(())
    }
}

/// Whether a step only begins or ends a thread, which a reader takes for granted.
pub(super) fn is_housekeeping(step: &Step) -> bool {
    match step.operation {
        "start" | "spawn" | "end" => true,
        "join" | "join_timeout" => !step.blocks && step.result != "alive",
        _ => false,
    }
}
