//! The screen: a state, drawn into a buffer. Nothing here changes the state or knows a terminal.
//!
//! What is said is said in words and signs; colours and weights only help to find it.

mod lanes;
mod panels;
mod text;

use ratatui::backend::TestBackend;
use ratatui::buffer::Cell;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use ratatui::{Frame, Terminal};

use crate::game::Game;
use crate::keys;

pub(crate) use panels::beside;

/// The least that a screen is drawn on.
pub const LEAST: (u16, u16) = (60, 16);

/// Draws a game. `colour`: whether lanes have colours.
pub fn draw(game: &Game, colour: bool, frame: &mut Frame<'_>) {
    let area = frame.area();
    if area.width < LEAST.0 || area.height < LEAST.1 {
        return too_small(frame, area);
    }
    if game.help {
        return help(game, frame, area);
    }
    let width = area.width as usize;
    let shared = panels::shared(game, width);
    let below = match game.ending() {
        Some(ending) => panels::ending(game, ending, width),
        None => panels::offers(game, width, most_offers(area.height)),
    };
    let message = panels::message(game, width);
    let line = Line::from(keys::LINE).style(Style::new().add_modifier(Modifier::REVERSED));
    let heights = [1, 2, shared.len(), below.len(), message.len(), 1];
    // The lanes have what is left, and are never gone.
    let rest = (area.height as usize).saturating_sub(heights.iter().sum::<usize>()).max(LANES);
    let areas = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(2 + rest as u16),
        Constraint::Length(shared.len() as u16),
        Constraint::Fill(1),
        Constraint::Length(message.len() as u16),
        Constraint::Length(1),
    ])
    .split(area);
    frame.render_widget(panels::title(game, width), areas[0]);
    frame.render_widget(Paragraph::new(lanes::lanes(game, width, rest, colour)), areas[1]);
    frame.render_widget(Paragraph::new(shared), areas[2]);
    frame.render_widget(Paragraph::new(below), areas[3]);
    frame.render_widget(Paragraph::new(message), areas[4]);
    frame.render_widget(Paragraph::new(line), areas[5]);
}

/// A game as text, in a terminal of so many columns and lines.
///
/// # Panics
///
/// Where there is no memory for it.
pub fn text(game: &Game, columns: u16, lines: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, lines)).expect("it draws into memory");
    terminal.draw(|frame| draw(game, false, frame)).expect("it draws into memory");
    let cells = &terminal.backend().buffer().content;
    let line = |cells: &[Cell]| cells.iter().map(Cell::symbol).collect::<String>().trim_end().to_owned();
    cells.chunks(columns as usize).map(line).collect::<Vec<_>>().join("\n")
}

/// The least lines for what was done.
const LANES: usize = 3;

/// How many lines the offers have at most.
fn most_offers(height: u16) -> usize {
    (height as usize / 3).max(4)
}

fn too_small(frame: &mut Frame<'_>, area: Rect) {
    let (columns, lines) = LEAST;
    let text = format!(
        "This needs {columns} columns and {lines} lines. There are {} and {}: make the window larger, or press q.",
        area.width, area.height
    );
    let lines = text::wrapped(&text, area.width as usize).into_iter().map(Line::from);
    frame.render_widget(Paragraph::new(lines.collect::<Vec<_>>()), area);
}

fn help(game: &Game, frame: &mut Frame<'_>, area: Rect) {
    let width = area.width as usize;
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let mut lines = vec![Line::from(game.program().title.clone()).style(bold)];
    let story = "You are the scheduler. In each step you say which thread goes next, and where a step can go in several ways, which. \
                 Break the program in as few switches from one thread to another as you can.";
    let about = [game.program().about.as_str(), story];
    for paragraph in about.into_iter().filter(|text| !text.is_empty()) {
        lines.extend(text::wrapped(paragraph, width).into_iter().map(Line::from));
    }
    lines.push(Line::default());
    lines.extend(keys::HELP.iter().map(|(key, what)| Line::from(format!("  {key:<16} {what}"))));
    lines.truncate(area.height as usize - 1);
    lines.push(Line::from("Press any key to go on.").style(bold));
    frame.render_widget(Paragraph::new(lines), area);
}
