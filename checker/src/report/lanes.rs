//! The interleaving as a table for a terminal: one lane for each thread, one row for each operation.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt::{self, Display};

use super::story::line;
use super::{Interleaving, Sources, Story};
use crate::trace::Step;

/// How many operations are shown unless all are asked for.
const ROWS: usize = 15;

/// The widest that a lane gets, and the least that it is cut down to.
const LANE: usize = 34;
const NARROW: usize = 5;

/// The least width of a lane where threads can share one.
const LEGIBLE: usize = 7;

/// How many columns a terminal has, at the least.
const COLUMNS: usize = 100;

/// A table of who did what; [`Display`] writes it.
///
/// Of a long interleaving the steps with remarks are shown, those around them, and the last ones.
#[derive(Clone, Debug)]
pub struct Lanes<'a> {
    interleaving: &'a Interleaving,
    failing: Option<&'a str>,
    sources: &'a Sources,
    story: Option<&'a Story>,
    all: bool,
    ascii: bool,
    most: usize,
}

/// A column of the table: a thread's, or that of those that share one.
struct Lane {
    threads: Vec<usize>,
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
    pub fn new(interleaving: &'a Interleaving, sources: &'a Sources) -> Self {
        Lanes {
            interleaving,
            failing: None,
            sources,
            story: None,
            all: false,
            ascii: false,
            most: usize::MAX,
        }
    }

    /// Adds the story's remarks to the steps.
    pub fn story(mut self, story: &'a Story) -> Self {
        self.story = Some(story);
        self
    }

    /// Shows what this thread, which fails, did last, however long the interleaving is.
    pub(super) fn failing(mut self, thread: Option<&'a str>) -> Self {
        self.failing = thread;
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
        let step = &self.interleaving.steps()[at];
        let call = self.interleaving.call(at, self.sources);
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
        let (steps, operations) = (self.interleaving.steps(), self.interleaving.operations());
        let does: Vec<usize> = operations.iter().copied().filter(|i| !is_housekeeping(&steps[*i])).collect();
        let candidates = match (self.all, does.is_empty()) {
            (true, _) => (0..steps.len()).collect(),
            (false, true) => operations.to_vec(),
            (false, false) => does,
        };
        let mut shown: BTreeSet<usize> = (0..candidates.len()).collect();
        let noted = |i: usize| self.note(candidates[i]).is_some();
        if !self.all && candidates.len() > ROWS {
            shown =
                (0..candidates.len()).filter(|i| noted(*i)).flat_map(|i| [i.saturating_sub(1), i]).collect();
            let name = |i: usize| self.interleaving.threads()[steps[candidates[i]].thread].as_str();
            let fails = |i: &usize| self.failing == Some(name(*i));
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
        let (steps, operations) = (self.interleaving.steps(), self.interleaving.operations());
        let mut rows = Vec::new();
        let mut before = 0;
        for &i in shown {
            if i > before {
                rows.push(Row::Gap(i - before));
            }
            let at = candidates[i];
            let number = operations.binary_search(&at).ok().map(|n| n + 1);
            rows.push(Row::Step { at, number, step: &steps[at], text: self.text(at) });
            rows.extend(self.interleaving.again(at).filter(|_| !self.all).map(Row::Again));
            before = i + 1;
        }
        rows
    }

    /// A lane for each thread that does something in what is shown. Where more threads do than there is room for, those that
    /// have no part in the story share one.
    fn columns(&self, rows: &[Row<'_>], room: usize) -> Vec<Lane> {
        let threads = self.interleaving.threads();
        let does =
            |t: usize| rows.iter().filter(move |r| matches!(r, Row::Step { step, .. } if step.thread == t));
        let acting: Vec<usize> = (0..threads.len()).filter(|t| does(*t).next().is_some()).collect();
        let alone = |t: &usize| Lane { threads: vec![*t] };
        if acting.len() <= room {
            return acting.iter().map(alone).collect();
        }
        let remarks = |t: usize| {
            does(t).filter(|row| matches!(row, Row::Step { at, .. } if self.note(*at).is_some())).count()
        };
        let fails = |t: usize| self.failing == Some(threads[t].as_str());
        let mut by_part = acting.clone();
        by_part.sort_by_key(|t| Reverse((fails(*t), remarks(*t))));
        let (told, others) = by_part.split_at(room.saturating_sub(1));
        let mut lanes: Vec<Lane> = acting.iter().filter(|t| told.contains(t)).map(alone).collect();
        lanes.push(Lane { threads: others.to_vec() });
        lanes
    }
}

impl Display for Lanes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, threads) = (self.rows(), self.interleaving.threads());
        let names: Vec<_> = threads.iter().map(|name| self.written(name)).collect();
        let file = |step: &Step| self.written(&line(step.place));
        let files = rows.iter().map(|row| match row {
            Row::Step { step, .. } => file(step).chars().count(),
            _ => 0,
        });
        let files = files.max().unwrap_or(0);
        let room = COLUMNS.saturating_sub(6 + files + 2);
        let lanes = self.columns(&rows, room / (LEGIBLE + 3));
        let lane_of = |thread: usize| lanes.iter().position(|l| l.threads.contains(&thread));
        let cell = |step: &Step, text: &str| match lane_of(step.thread).map(|l| &lanes[l]) {
            Some(lane) if lane.threads.len() > 1 => format!("{}: {text}", names[step.thread]),
            _ => text.to_owned(),
        };
        let heads: Vec<String> = lanes
            .iter()
            .map(|lane| match lane.threads[..] {
                [one] => names[one].clone(),
                _ => format!("{} others", lane.threads.len()),
            })
            .collect();
        let most = (room / lanes.len().max(1)).saturating_sub(3).clamp(NARROW, LANE);
        let widths: Vec<usize> = lanes
            .iter()
            .zip(&heads)
            .map(|(lane, head)| {
                let cells = rows.iter().filter_map(|row| match row {
                    Row::Step { step, text, .. } if lane.threads.contains(&step.thread) => {
                        Some(cell(step, text).chars().count())
                    }
                    _ => None,
                });
                cells.chain([head.chars().count()]).max().unwrap_or(0).min(most)
            })
            .collect();

        let (bar, dash, dots, preempted, turn) =
            if self.ascii { ("|", "-", "...", "*", "^") } else { ("│", "─", "…", "↷", "↳") };
        write!(f, "step  ")?;
        for (head, w) in heads.iter().zip(&widths) {
            write!(f, " {bar} {:w$}", self.cut(head, *w))?;
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
            let preempts = self.interleaving.preempts(*at);
            switched |= preempts;
            let number = number.map_or(String::new(), |n| n.to_string());
            write!(f, "{number:>4} {}", if preempts { preempted } else { " " })?;
            for (lane, w) in lanes.iter().zip(&widths) {
                let is_here = lane.threads.contains(&step.thread);
                let cell = if is_here { self.cut(&cell(step, text), *w) } else { String::new() };
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
