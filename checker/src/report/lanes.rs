//! The interleaving as a table for a terminal: one lane for each thread, one row for each operation.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt::{self, Display};
use std::ops::RangeInclusive;

use super::story::line;
use super::text::{beginning, columns, end};
use super::{Interleaving, Sources, Story};
use crate::trace::Step;

/// How many operations are shown unless all are asked for.
const ROWS: usize = 15;

/// The widest that a lane gets, and the least that it is cut down to.
const LANE: usize = 34;
const NARROW: usize = 5;

/// The least that an object's name is cut down to.
const NAMED: usize = 2;

/// The least width of a lane where threads can share one.
const LEGIBLE: usize = 7;

/// How many columns a terminal is taken to have unless it is said.
pub(super) const COLUMNS: usize = 100;

/// How few and how many columns a table is drawn in.
const DRAWN: RangeInclusive<usize> = 60..=200;

/// The colours of lanes, as terminals number them: none that stands for a verdict.
const COLOURS: [u8; 4] = [36, 35, 34, 33];

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
    colour: bool,
    columns: usize,
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
            colour: false,
            columns: COLUMNS,
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

    /// Gives each lane a colour.
    pub fn colour(mut self, colour: bool) -> Self {
        self.colour = colour;
        self
    }

    /// Keeps to so many columns, within reason.
    pub fn columns(mut self, columns: usize) -> Self {
        self.columns = columns.clamp(*DRAWN.start(), *DRAWN.end());
        self
    }

    fn text(&self, at: usize) -> String {
        self.written(&self.interleaving.text(at, self.sources))
    }

    fn file(&self, step: &Step) -> String {
        self.written(&line(step.place))
    }

    fn written(&self, text: &str) -> String {
        if self.ascii { super::ascii(text) } else { text.to_owned() }
    }

    fn dots(&self) -> &'static str {
        if self.ascii { "~" } else { "…" }
    }

    /// As much of a call as there is room for. What became of it says more than on what it was made: so the object's name is cut
    /// first, and then the text from its beginning.
    fn cut(&self, text: &str, room: usize) -> String {
        let length = columns(text);
        if length <= room {
            return text.to_owned();
        }
        let call = text.split(' ').next().unwrap_or_default();
        if let Some((object, _)) = call.split_once('.')
            && let Some(left) = (room + columns(object)).checked_sub(length + 1)
            && left >= NAMED
        {
            return format!("{}{}{}", beginning(object, left), self.dots(), &text[object.len()..]);
        }
        format!("{}{}", self.dots(), end(text, room.saturating_sub(1)))
    }

    /// A remark, cut at its end.
    fn cut_end(&self, text: &str, room: usize) -> String {
        match columns(text) <= room {
            true => text.to_owned(),
            false => format!("{}{}", beginning(text, room.saturating_sub(1)), self.dots()),
        }
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
    fn lanes_of(&self, rows: &[Row<'_>], room: usize) -> Vec<Lane> {
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

/// The table with its widths.
struct Table<'a> {
    lanes: &'a Lanes<'a>,
    columns: Vec<Lane>,
    widths: Vec<usize>,
    names: Vec<String>,
}

impl<'a> Table<'a> {
    fn new(lanes: &'a Lanes<'a>, rows: &[Row<'_>]) -> Self {
        let names: Vec<_> = lanes.interleaving.threads().iter().map(|name| lanes.written(name)).collect();
        let files = rows.iter().map(|row| match row {
            Row::Step { step, .. } => columns(&lanes.file(step)),
            _ => 0,
        });
        let room = lanes.columns.saturating_sub(6 + files.max().unwrap_or(0) + 2);
        let columns = lanes.lanes_of(rows, room / (LEGIBLE + 3));
        let mut table = Table { lanes, columns, widths: Vec::new(), names };
        table.widths = shared(&table.wanted(rows), room);
        table
    }

    /// How many columns each lane would take.
    fn wanted(&self, rows: &[Row<'_>]) -> Vec<usize> {
        // An arrow takes a column more in ASCII.
        let most = if self.lanes.ascii { LANE + 2 } else { LANE };
        let wanted = |lane: &Lane| {
            let cells = rows.iter().filter_map(|row| match row {
                Row::Step { step, text, .. } if lane.threads.contains(&step.thread) => {
                    Some(columns(&self.cell(lane, step, text)))
                }
                _ => None,
            });
            cells.chain([columns(&self.head(lane))]).max().unwrap_or(0).min(most)
        };
        self.columns.iter().map(wanted).collect()
    }

    fn head(&self, lane: &Lane) -> String {
        match lane.threads[..] {
            [one] => self.names[one].clone(),
            _ => format!("{} others", lane.threads.len()),
        }
    }

    /// A call, and whose where threads share a lane.
    fn cell(&self, lane: &Lane, step: &Step, text: &str) -> String {
        match lane.threads.len() {
            1 => text.to_owned(),
            _ => format!("{}: {text}", self.names[step.thread]),
        }
    }

    /// A text of the lane with this number, in its colour, and what is missing of its width.
    fn coloured(&self, lane: usize, text: &str) -> (String, usize) {
        let text = self.lanes.cut(text, self.widths[lane]);
        let missing = self.widths[lane].saturating_sub(columns(&text));
        match COLOURS[lane % COLOURS.len()] {
            colour if self.lanes.colour => (format!("\u{1b}[{colour}m{text}\u{1b}[0m"), missing),
            _ => (text, missing),
        }
    }

    fn write_head(&self, f: &mut fmt::Formatter<'_>, bar: &str, dash: &str) -> fmt::Result {
        write!(f, "step  ")?;
        let mut before = 0;
        for (i, lane) in self.columns.iter().enumerate() {
            let head = self.lanes.cut_end(&self.head(lane), self.widths[i]);
            let (head, missing) = self.coloured(i, &head);
            write!(f, "{:before$} {bar} {head}", "")?;
            before = missing;
        }
        writeln!(f)?;
        let total: usize = 6 + self.widths.iter().map(|width| width + 3).sum::<usize>();
        writeln!(f, "{}", dash.repeat(total))
    }

    fn write_cells(&self, f: &mut fmt::Formatter<'_>, step: &Step, text: &str, bar: &str) -> fmt::Result {
        for (i, (lane, width)) in self.columns.iter().zip(&self.widths).enumerate() {
            match lane.threads.contains(&step.thread) {
                true => {
                    let (cell, missing) = self.coloured(i, &self.cell(lane, step, text));
                    write!(f, " {bar} {cell}{:missing$}", "")?;
                }
                false => write!(f, " {bar} {:width$}", "")?,
            }
        }
        writeln!(f, "  {}", self.lanes.file(step))
    }
}

/// Shares the room out: lanes that want little leave it to the others.
fn shared(wanted: &[usize], room: usize) -> Vec<usize> {
    let bars = 3 * wanted.len();
    let mut left = room.saturating_sub(bars);
    let mut widths = vec![0; wanted.len()];
    let mut by_want: Vec<_> = (0..wanted.len()).collect();
    by_want.sort_by_key(|lane| wanted[*lane]);
    for (done, lane) in by_want.into_iter().enumerate() {
        let fair = left / (wanted.len() - done);
        widths[lane] = wanted[lane].min(fair).max(NARROW);
        left = left.saturating_sub(widths[lane]);
    }
    widths
}

impl Display for Lanes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows();
        let table = Table::new(self, &rows);
        let (bar, dash, dots, preempted, turn) =
            if self.ascii { ("|", "-", "...", "*", "^") } else { ("│", "─", "…", "↷", "↳") };
        table.write_head(f, bar, dash)?;
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
            table.write_cells(f, step, text, bar)?;
            if let Some(note) = self.note(*at) {
                let note = self.cut_end(&self.written(note), self.columns - 8);
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
