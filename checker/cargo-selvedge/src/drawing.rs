//! The interleaving as a drawing: a lane for each thread from top to bottom, a row for each operation, bars where a thread
//! holds something or waits, arrows from each step to what it happens before and from a write to what sees it.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::document::{Finding, Passing, Step};

const ROW: usize = 26;
const LANE: usize = 250;
const LEFT: usize = 50;
const TOP: usize = 36;

/// Draws `finding` as SVG. Colours come from the page, by class; every meaning is also a shape or a word.
pub(crate) fn draw(finding: &Finding) -> String {
    Drawing::new(&finding.threads, &finding.steps, "step", None).draw()
}

/// Draws an execution that passes, with a mark where it parts from the one that fails.
pub(crate) fn draw_passing(passing: &Passing) -> String {
    Drawing::new(&passing.threads, &passing.steps, "passing", Some(passing.parts_from)).draw()
}

struct Drawing<'a> {
    threads: &'a [String],
    steps: &'a [Step],
    /// What its steps are known by, so that two drawings can be on one page.
    kind: &'static str,
    parts_from: Option<usize>,
    rows: Vec<(usize, &'a Step)>,
    /// The row of each step, by its place among all steps; of a part of an operation, the operation's.
    row_of: Vec<usize>,
    svg: String,
}

/// Something that lasts from one row to another.
struct Span {
    thread: usize,
    from: usize,
    to: usize,
    text: String,
}

impl<'a> Drawing<'a> {
    fn new(threads: &'a [String], steps: &'a [Step], kind: &'static str, parts_from: Option<usize>) -> Self {
        let rows: Vec<_> = steps.iter().filter_map(|step| Some((step.number?, step))).collect();
        let row_of = steps.iter().enumerate().map(|(i, step)| {
            let own = steps[i..].iter().find(|s| s.thread == step.thread && s.number.is_some());
            own.and_then(|s| s.number).unwrap_or(rows.len()) - 1
        });
        let row_of = row_of.map(|row| row.min(rows.len().saturating_sub(1))).collect();
        Drawing { threads, steps, kind, parts_from, rows, row_of, svg: String::new() }
    }

    fn x(thread: usize) -> usize {
        LEFT + thread * LANE + 14
    }

    fn y(row: usize) -> usize {
        TOP + row * ROW + ROW / 2
    }

    fn draw(mut self) -> String {
        let (threads, rows, kind) = (self.threads.len(), self.rows.len(), self.kind);
        // Of two drawings on a page, that of the failing execution has its steps in the table.
        let link = |number: usize| if kind == "step" { format!("s{number}") } else { kind.to_owned() };
        let (width, height) = (LEFT + threads * LANE, TOP + rows * ROW + 14);
        let _ = write!(
            self.svg,
            "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
             aria-label=\"{} threads and {rows} steps; the table below has the same in words\">",
            threads
        );
        let _ = write!(
            self.svg,
            "<defs><marker id=\"{kind}-tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
             orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" class=\"tip\"/></marker><pattern id=\"{kind}-wait\" width=\"6\" \
             height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"3\" height=\"6\" \
             class=\"hatch\"/></pattern></defs>",
        );
        for (thread, name) in self.threads.iter().enumerate() {
            let (x, end) = (Self::x(thread), height - 8);
            let _ = write!(
                self.svg,
                "<text x=\"{}\" y=\"20\" class=\"name\">{}</text><line x1=\"{x}\" y1=\"{TOP}\" x2=\"{x}\" y2=\"{end}\" \
                 class=\"life\"/>",
                x - 8,
                escape(name)
            );
        }
        // Under everything: the band of the present step.
        for (row, (number, _)) in self.rows.iter().enumerate() {
            let _ = write!(
                self.svg,
                "<rect x=\"0\" y=\"{}\" width=\"{width}\" height=\"{ROW}\" class=\"band\" data-{kind}=\"{number}\"/>",
                Self::y(row) - ROW / 2
            );
        }
        for span in self.holds() {
            let (x, y) = (Self::x(span.thread) - 11, Self::y(span.from));
            let height = Self::y(span.to).saturating_sub(y).max(6);
            let _ = write!(
                self.svg,
                "<rect x=\"{x}\" y=\"{y}\" width=\"5\" height=\"{height}\" rx=\"2\" class=\"hold\"><title>{}</title></rect>",
                escape(&span.text)
            );
        }
        for span in self.waits() {
            let (x, y) = (Self::x(span.thread) - 4, Self::y(span.from));
            let height = Self::y(span.to).saturating_sub(y).max(8);
            let _ = write!(
                self.svg,
                "<rect x=\"{x}\" y=\"{y}\" width=\"8\" height=\"{height}\" class=\"wait\" \
                 fill=\"url(#{kind}-wait)\"><title>{}</title></rect>",
                escape(&span.text)
            );
        }
        for (row, (number, step)) in self.rows.iter().enumerate() {
            let (x, y) = (Self::x(step.thread), Self::y(row));
            let mark = match (&step.note, step.effect.as_str()) {
                (Some(_), _) => format!(
                    "<rect x=\"{}\" y=\"{}\" width=\"11\" height=\"11\" class=\"dot noted\" transform=\"rotate(45 {x} {y})\"/>",
                    x - 5,
                    y - 5
                ),
                (None, "writes" | "updates") => {
                    format!("<rect x=\"{}\" y=\"{}\" width=\"9\" height=\"9\" class=\"dot\"/>", x - 4, y - 4)
                }
                _ => format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"4.5\" class=\"dot\"/>"),
            };
            let _ = write!(
                self.svg,
                "<a href=\"#{}\" class=\"step\" data-{kind}=\"{number}\"><rect x=\"0\" y=\"{}\" \
                 width=\"{width}\" height=\"{ROW}\" class=\"hit\"/><text x=\"{}\" y=\"{}\" class=\"number\">{number}</text>{mark}<text \
                 x=\"{}\" y=\"{}\" class=\"call\">{}</text></a>",
                link(*number),
                y - ROW / 2,
                LEFT - 22,
                y + 4,
                x + 12,
                y + 4,
                escape(&shortened(&step.text()))
            );
        }
        // Over the calls, which are to their right.
        for Arrow { from, to, orders, sees } in self.arrows() {
            let (a, b) = (self.rows[from].1.thread, self.rows[to].1.thread);
            let (x1, x2) = (Self::x(a), Self::x(b));
            // From the right it comes in above the call that stands there.
            let (x1, x2, above) = if x1 < x2 { (x1 + 5, x2 - 7, 0) } else { (x1 - 5, x2 + 6, ROW / 3) };
            let (class, says) = match (orders, sees) {
                (true, true) => ("orders", "happens before, and what it wrote is seen by"),
                (true, false) => ("orders", "happens before"),
                (false, _) => ("sees", "is not ordered before, but what it wrote is seen by"),
            };
            let _ = write!(
                self.svg,
                "<line x1=\"{x1}\" y1=\"{}\" x2=\"{x2}\" y2=\"{}\" class=\"{class}\" \
                 marker-end=\"url(#{kind}-tip)\"><title>step {} {says} step {}</title></line>",
                Self::y(from),
                Self::y(to) - above,
                from + 1,
                to + 1
            );
        }
        if let Some(row) = self.parts_from.filter(|from| (1..=rows).contains(from)) {
            let y = Self::y(row - 1) - ROW / 2;
            let _ = write!(
                self.svg,
                "<line x1=\"0\" y1=\"{y}\" x2=\"{width}\" y2=\"{y}\" class=\"parts\"/><text x=\"{}\" y=\"{}\" \
                 class=\"number\">from here on it is another</text>",
                width - 6,
                y - 3
            );
        }
        self.svg.push_str("</svg>");
        self.svg
    }

    /// Who holds what from where to where.
    fn holds(&self) -> Vec<Span> {
        let mut open: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        let mut spans = Vec::new();
        let span = |thread: usize, taken: usize, to: usize| {
            let number = self.rows[self.row_of[taken]].0;
            let thing = self.steps[taken].call.rsplit_once('.').map_or("it", |(thing, _)| thing);
            let name = &self.threads[thread];
            Span {
                thread,
                from: self.row_of[taken],
                to,
                text: format!("{name} holds {thing} from step {number} on"),
            }
        };
        for (i, step) in self.steps.iter().enumerate() {
            let Some(object) = step.object else { continue };
            match step.effect.as_str() {
                "takes" => open.entry((object, step.thread)).or_default().push(i),
                "gives" => {
                    let own = open.get_mut(&(object, step.thread)).and_then(Vec::pop);
                    // A lock may be given back by another thread than took it.
                    let other =
                        || open.iter_mut().find_map(|((o, _), held)| (*o == object).then(|| held.pop())?);
                    if let Some(taken) = own.or_else(other) {
                        spans.push(span(self.steps[taken].thread, taken, self.row_of[i]));
                    }
                }
                _ => {}
            }
        }
        let last = self.rows.len().saturating_sub(1);
        for ((_, thread), held) in &open {
            spans.extend(held.iter().map(|taken| span(*thread, *taken, last + 1)));
        }
        spans
    }

    /// Who waits from where to where.
    fn waits(&self) -> Vec<Span> {
        let waits = self.rows.iter().enumerate().filter(|(_, (_, step))| step.effect == "waits");
        waits
            .map(|(row, (number, step))| {
                let next = (row + 1..self.rows.len()).find(|r| self.rows[*r].1.thread == step.thread);
                let (to, how) = match next {
                    Some(next) => (next, format!("to step {}", self.rows[next].0)),
                    None => (self.rows.len(), "forever".to_owned()),
                };
                let name = &self.threads[step.thread];
                let text = format!("{name} waits in {} from step {number} {how}", step.call);
                Span { thread: step.thread, from: row, to, text }
            })
            .collect()
    }

    /// From each step to those of other threads that it happens before, or whose value it wrote.
    fn arrows(&self) -> Vec<Arrow> {
        let mut arrows = Vec::new();
        for (to, (_, step)) in self.rows.iter().enumerate() {
            let row = |number: usize| self.rows.iter().position(|(n, _)| *n == number);
            let sees = step.sees.and_then(row).filter(|from| self.rows[*from].1.thread != step.thread);
            let orders: Vec<_> = step.after.iter().filter_map(|number| row(*number)).collect();
            for from in &orders {
                arrows.push(Arrow { from: *from, to, orders: true, sees: sees == Some(*from) });
            }
            // One that is ordered by what came before is in the table.
            if let Some(from) = sees.filter(|from| step.unordered && !orders.contains(from)) {
                arrows.push(Arrow { from, to, orders: false, sees: true });
            }
        }
        arrows
    }
}

/// From one row to another.
struct Arrow {
    from: usize,
    to: usize,
    /// Whether it happens before.
    orders: bool,
    /// Whether a write is seen.
    sees: bool,
}

/// A text that fits beside its lane.
fn shortened(text: &str) -> String {
    const MOST: usize = 32;
    let length = text.chars().count();
    if length <= MOST {
        return text.to_owned();
    }
    let end: String = text.chars().skip(length + 1 - MOST).collect();
    format!("…{end}")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
