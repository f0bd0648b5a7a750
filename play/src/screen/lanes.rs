//! What was done: a lane for each thread.

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

use super::text::{cell, columns};
use crate::game::Game;

/// The least width of a lane.
const LEAST: usize = 14;

/// The columns of the number of a step, and of the sign of a switch.
const NUMBER: usize = 6;

/// The colours of lanes.
const COLOURS: [Color; 4] = [Color::Cyan, Color::Magenta, Color::Blue, Color::Yellow];

/// A line of the table, before it is drawn.
struct Drawn {
    number: String,
    thread: usize,
    text: String,
}

/// The table: a head, and the last `most` lines of it.
pub(super) fn lanes(game: &Game, width: usize, most: usize, colour: bool) -> Vec<Line<'static>> {
    let rows = drawn(game);
    let (shown, others) = shown(game, width);
    let lanes = shown.len() + usize::from(others);
    let room = (width - NUMBER) / lanes.max(1);
    let threads = game.position().threads();
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let style = |thread: usize| match colour {
        true => Style::new().fg(COLOURS[thread % COLOURS.len()]),
        false => Style::new(),
    };
    let mut head = vec![Span::raw(" ".repeat(NUMBER))];
    for thread in &shown {
        let name = format!("│ {} {}", thread + 1, threads[*thread].name);
        head.push(Span::styled(cell(&name, room), style(*thread).patch(bold)));
    }
    if others {
        head.push(Span::styled(cell("│ others", room), bold));
    }
    let mut lines = vec![Line::from(head), Line::from("─".repeat(width))];
    let scrolled = game.scrolled.min(rows.len().saturating_sub(most));
    let end = rows.len() - scrolled;
    for row in &rows[end.saturating_sub(most)..end] {
        let mut spans = vec![Span::raw(format!("{:>width$} ", row.number, width = NUMBER - 1))];
        for thread in &shown {
            let text = if *thread == row.thread { row.text.as_str() } else { "" };
            spans.push(Span::styled(cell(&format!("│ {text}"), room), style(*thread)));
        }
        if others {
            let text = match shown.contains(&row.thread) {
                true => String::new(),
                false => format!("{}: {}", threads[row.thread].name, row.text),
            };
            spans.push(Span::raw(cell(&format!("│ {text}"), room)));
        }
        lines.push(Line::from(spans));
    }
    if rows.is_empty() {
        lines.push(Line::from("      Nothing was done yet. Choose who goes first."));
    }
    lines
}

fn drawn(game: &Game) -> Vec<Drawn> {
    let mut rows = Vec::new();
    let mut before = None;
    for (number, taken) in (1..).zip(game.taken()) {
        let switches = before.is_some_and(|before| before != taken.thread);
        before = Some(taken.thread);
        for (at, row) in taken.rows.iter().enumerate() {
            let sign = if switches && at == 0 { "↷" } else { " " };
            let number = if at == 0 { format!("{number}{sign}") } else { String::new() };
            rows.push(Drawn { number, thread: row.thread, text: row.text.clone() });
        }
    }
    rows
}

/// The threads that have a lane, and whether others share one: those that did something last have their own.
fn shown(game: &Game, width: usize) -> (Vec<usize>, bool) {
    let threads = game.position().threads();
    let names = threads.iter().map(|thread| columns(&thread.name)).max().unwrap_or(0);
    let least = LEAST.max((names + 5).min(20));
    let fit = ((width - NUMBER) / least).max(2);
    if threads.len() <= fit {
        return ((0..threads.len()).collect(), false);
    }
    let rows = || game.taken().iter().flat_map(|taken| &taken.rows);
    let last = |thread: &usize| rows().filter(|row| row.thread == *thread).count();
    let latest = |thread: &usize| {
        let all: Vec<_> = rows().collect();
        all.iter().rposition(|row| row.thread == *thread)
    };
    let mut order: Vec<usize> = (0..threads.len()).collect();
    order.sort_by_key(|thread| std::cmp::Reverse((latest(thread), last(thread))));
    order.truncate(fit - 1);
    order.sort_unstable();
    (order, true)
}
