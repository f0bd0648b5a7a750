//! The interleaving as a table for a terminal: one lane for each thread, one row for each operation.

use std::fmt::{self, Display};

use super::{Counterexample, Sources};
use crate::trace::Step;

/// How many of the last operations are shown unless all are asked for.
const TAIL: usize = 24;

/// The widest that a lane gets.
const LANE: usize = 34;

/// A table of who did what; [`Display`] writes it.
#[derive(Clone, Debug)]
pub struct Lanes<'a> {
    counterexample: &'a Counterexample,
    sources: &'a Sources,
    all: bool,
    ascii: bool,
}

impl<'a> Lanes<'a> {
    /// The last operations before the failure.
    pub fn new(counterexample: &'a Counterexample, sources: &'a Sources) -> Self {
        Lanes { counterexample, sources, all: false, ascii: false }
    }

    /// Shows every operation, not the last two dozen only.
    pub fn all(mut self, all: bool) -> Self {
        self.all = all;
        self
    }

    /// Keeps to ASCII.
    pub fn ascii(mut self, ascii: bool) -> Self {
        self.ascii = ascii;
        self
    }

    /// The operations, and not the accesses that they are made of; those too where all is to be shown, or where there is
    /// nothing else; and a last access in which a thread waits for ever.
    fn told<'s>(&self, steps: &'s [Step]) -> Vec<&'s Step> {
        let everything = self.all || steps.iter().all(|s| s.inner);
        let last = |i: usize| !steps[i + 1..].iter().any(|s| s.thread == steps[i].thread);
        let told = |i: usize, s: &Step| everything || !s.inner || (s.blocks && last(i));
        steps.iter().enumerate().filter(|(i, s)| told(*i, s)).map(|(_, s)| s).collect()
    }

    fn cell(&self, step: &Step) -> String {
        let arrow = if self.ascii { "->" } else { "→" };
        let call = self.sources.describe(step);
        let text = if step.result.is_empty() { call } else { format!("{call} {arrow} {}", step.result) };
        match text.char_indices().nth(LANE - 1) {
            Some((cut, _)) if text.chars().count() > LANE => {
                format!("{}{}", &text[..cut], if self.ascii { "~" } else { "…" })
            }
            _ => text,
        }
    }
}

impl Display for Lanes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (steps, threads) = (self.counterexample.steps(), self.counterexample.threads());
        let told = self.told(steps);
        let hidden = if self.all { 0 } else { told.len().saturating_sub(TAIL) };
        let shown: Vec<_> = (1..).zip(told).skip(hidden).map(|(n, s)| (n, s, self.cell(s))).collect();

        // A thread that does nothing in what is shown gets no lane.
        let lanes: Vec<usize> =
            (0..threads.len()).filter(|t| shown.iter().any(|(_, s, _)| s.thread == *t)).collect();
        let width = |t: usize| {
            let cells = shown.iter().filter(|(_, s, _)| s.thread == t).map(|(_, _, c)| c.chars().count());
            cells.chain([threads[t].chars().count()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = lanes.iter().map(|t| width(*t)).collect();

        let (bar, dash, dots) = if self.ascii { ("|", "-", "...") } else { ("│", "─", "…") };
        write!(f, "step ")?;
        for (t, w) in lanes.iter().zip(&widths) {
            write!(f, " {bar} {:w$}", threads[*t])?;
        }
        writeln!(f)?;
        let total: usize = 5 + widths.iter().map(|w| w + 3).sum::<usize>();
        writeln!(f, "{}", dash.repeat(total))?;
        if hidden > 0 {
            writeln!(f, "{dots:>4}  {hidden} earlier steps")?;
        }
        for (number, step, cell) in &shown {
            write!(f, "{number:>4} ")?;
            for (t, w) in lanes.iter().zip(&widths) {
                write!(f, " {bar} {:w$}", if *t == step.thread { cell } else { "" })?;
            }
            let file = step.place.file.rsplit(['/', '\\']).next().unwrap_or(step.place.file);
            writeln!(f, "  {file}:{}", step.place.line)?;
        }
        Ok(())
    }
}
