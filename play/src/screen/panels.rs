//! What threads share, what can be done, how it ended, and what was said.

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use selvedge::stepping::Thing;
use selvedge::trace::Place;

use super::text::{columns, cut, wrapped};
use crate::game::{Ending, Game, How, Offer};
use crate::program::Known;

fn bold() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

/// A line with a title in it.
fn rule(title: &str, width: usize) -> Line<'static> {
    let title = format!("── {title} ");
    let rest = width.saturating_sub(columns(&title));
    Line::from(title + &"─".repeat(rest))
}

/// What is played, and the switches so far.
pub(super) fn title(game: &Game, width: usize) -> Line<'static> {
    let switches = match game.switches() {
        1 => "1 switch".to_owned(),
        n => format!("{n} switches"),
    };
    let small = if game.takes_small_steps() { "small steps, " } else { "" };
    let right = format!("{small}{switches}");
    let room = width.saturating_sub(columns(&right) + 1);
    let left = cut(&game.program().title, room);
    let rest = " ".repeat(room.saturating_sub(columns(&left)) + 1);
    Line::from(vec![Span::styled(left, bold()), Span::raw(rest), Span::raw(right)])
}

/// So many lines tell at most what threads share.
const SHARED: usize = 3;

/// What threads share: values, and who has what and who waits for it.
pub(super) fn shared(game: &Game, width: usize) -> Vec<Line<'static>> {
    let all: Vec<String> = game.position().things().iter().filter_map(|thing| told(game, thing)).collect();
    let mut lines = vec![rule("shared", width)];
    if all.is_empty() {
        lines.push(Line::from("  nothing so far"));
        return lines;
    }
    let mut texts: Vec<String> = Vec::new();
    for thing in all {
        match texts.last_mut() {
            Some(last) if columns(last) + columns(&thing) + 5 <= width => {
                last.push_str("   ");
                last.push_str(&thing);
            }
            _ => texts.push(thing),
        }
    }
    if texts.len() > SHARED {
        texts.truncate(SHARED);
        texts.last_mut().expect("there are some").push_str("   …");
    }
    lines.extend(texts.iter().map(|text| Line::from(cut(&format!("  {text}"), width))));
    lines
}

/// The operations of what a program calls a variable.
const VARIABLES: [&str; 6] = ["get", "set", "add", "load", "store", "swap"];

/// A thing in words; nothing where a reader has no name for it and nobody has it or waits for it.
fn told(game: &Game, thing: &Thing) -> Option<String> {
    let position = game.position();
    let named = thing.step.and_then(|step| position.interleaving().thing(step, &game.program().sources));
    let named = named.map(|name| name.trim_start_matches("self.").to_owned());
    let named = named.filter(|name| !name.chars().all(|c| c.is_ascii_digit()));
    if let Some(value) = &thing.value {
        // What operations are made of is not what the program shares, as its reader sees it.
        let step = thing.step.map(|step| &position.interleaving().steps()[step]);
        let is_own = step.is_some_and(|step| match step.inner {
            true => game.tells_accesses_alone() && !step.place.file.starts_with("/rustc/"),
            false => VARIABLES.contains(&step.operation),
        });
        return named.filter(|_| is_own).map(|name| format!("{name} = {value}"));
    }
    if thing.held.is_empty() && thing.waiting.is_empty() || thing.noun == "the observer" {
        return None;
    }
    let name = |thread: usize| position.threads()[thread].name.clone();
    let noun = thing.noun.trim_start_matches("a ");
    let mut text = named.map_or_else(|| noun.to_owned(), |name| format!("{name} ({noun})"));
    let mut holders: Vec<String> = thing.held.iter().map(|holding| name(holding.thread)).collect();
    holders.dedup();
    text += &match holders.is_empty() {
        true => ": free".to_owned(),
        false => format!(": {} has it", holders.join(", ")),
    };
    if !thing.waiting.is_empty() {
        let waiting: Vec<String> = thing.waiting.iter().map(|thread| name(*thread)).collect();
        text += &format!(", {} waits", waiting.join(", "));
    }
    Some(text)
}

/// Who can go next, and with what. At most so many lines, among them the chosen one.
pub(super) fn offers(game: &Game, width: usize, most: usize) -> Vec<Line<'static>> {
    let offers = game.offers();
    let mut lines = vec![rule("who goes next?", width)];
    let from = (game.chosen() + 1).saturating_sub(most);
    let names = game.position().threads().iter().map(|t| columns(&t.name)).max().unwrap_or(0).min(20);
    for (at, offer) in offers.iter().enumerate().skip(from).take(most) {
        lines.push(line(game, offer, at == game.chosen(), at, names, width));
    }
    let left = offers.len().saturating_sub(from + most);
    if left > 0 {
        lines.push(Line::from(format!("    {left} more below")));
    }
    let chosen = offers.get(game.chosen());
    lines.push(Line::from(match chosen.and_then(|offer| offer.place) {
        Some(place) => cut(&source(game, place), width),
        None => String::new(),
    }));
    lines
}

fn line(game: &Game, offer: &Offer, chosen: bool, at: usize, names: usize, width: usize) -> Line<'static> {
    let threads = game.position().threads();
    let sign = if chosen { ">" } else { " " };
    // A thread that can go on in several ways is named once.
    let is_first = at == 0 || game.offers()[at - 1].thread != offer.thread;
    let name = match (offer.ends, is_first) {
        (true, _) => format!("{:names$}", "", names = names + 2),
        (_, true) => {
            let name = cut(&threads[offer.thread].name, names);
            let rest = names.saturating_sub(columns(&name));
            format!("{} {name}{}", offer.thread + 1, " ".repeat(rest))
        }
        _ => format!("{:names$}", "  or", names = names + 2),
    };
    let remark = if offer.remark.is_empty() { String::new() } else { format!(" ({})", offer.remark) };
    let what = if offer.what.is_empty() { "goes on" } else { &offer.what };
    let text = match offer.take {
        Some(_) => format!("{sign} {name}  {what}{remark}"),
        None => format!("{sign} {name}  - {what}"),
    };
    let style = match (chosen, &offer.take) {
        (true, _) => bold(),
        (_, None) => Style::new().add_modifier(Modifier::DIM),
        _ => Style::new(),
    };
    Line::from(cut(&text, width)).style(style)
}

/// Where that is, and what is there.
fn source(game: &Game, place: Place) -> String {
    let file = place.file.rsplit(['/', '\\']).next().unwrap_or(place.file);
    let line = game.program().sources.line(place).unwrap_or_default();
    format!("    {file}:{}  {line}", place.line)
}

/// How it ended, beside what the checker knows.
pub(super) fn ending(game: &Game, ending: &Ending, width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![rule("the end", width)];
    let add = |lines: &mut Vec<Line<'static>>, text: &str, style: Style| {
        let wrapped = wrapped(text, width).into_iter();
        lines.extend(wrapped.map(|line| Line::from(line).style(style)));
    };
    match &ending.how {
        How::Failed { kind, sentence, because } => {
            add(&mut lines, &format!("BROKEN: {kind}. {sentence}"), bold());
            // The screen is small: what led there is in the lanes.
            if let Some(first) = because.first() {
                add(&mut lines, first, Style::new());
            }
        }
        How::Passed { outcome } if outcome.is_empty() => add(&mut lines, "This execution passes.", bold()),
        How::Passed { outcome } => {
            add(
                &mut lines,
                &cut(&format!("This execution passes. It prints: {outcome}"), width * 2 - 2),
                bold(),
            );
        }
        How::Dropped(why) => add(&mut lines, why, bold()),
    }
    for text in beside(game, ending) {
        add(&mut lines, &text, Style::new());
    }
    if matches!(ending.how, How::Failed { .. }) {
        add(&mut lines, &format!("{} {}", game.program().replay, ending.schedule), Style::new());
    }
    lines
}

/// What the checker knows, beside what the reader found.
pub(crate) fn beside(game: &Game, ending: &Ending) -> Vec<String> {
    let failed = matches!(ending.how, How::Failed { .. });
    let switches = |n: usize| if n == 1 { "1 switch".to_owned() } else { format!("{n} switches") };
    let help = match game.helped {
        0 => "",
        _ => ", with the checker's help",
    };
    match &game.program().known {
        Known::Breaks { schedule, .. } if failed => {
            let (yours, theirs) = (ending.switches, schedule.switches());
            let judged = match yours.cmp(&theirs) {
                std::cmp::Ordering::Less => "You are better.",
                std::cmp::Ordering::Equal => "You are as good.",
                std::cmp::Ordering::Greater => {
                    "There is a shorter way: n begins anew, s shows the checker's."
                }
            };
            vec![format!(
                "You: {}{help}. The checker's shortest: {}. {judged}",
                switches(yours),
                switches(theirs)
            )]
        }
        Known::Breaks { schedule, .. } => vec![format!(
            "But some schedule breaks it, with {}. u takes a step back, n begins anew.",
            switches(schedule.switches())
        )],
        Known::Holds { executions } if !failed => vec![format!(
            "No schedule breaks it: the checker has explored every execution, {executions} of them."
        )],
        Known::Holds { .. } => {
            vec!["The checker has found no execution that fails. Please report this.".to_owned()]
        }
        Known::Open(why) => vec![format!("The checker has not explored every execution: {why}.")],
    }
}

/// So many lines are said at most.
const SAID: usize = 3;

/// What was said last.
pub(super) fn message(game: &Game, width: usize) -> Vec<Line<'static>> {
    let Some(message) = game.message() else { return vec![Line::default()] };
    let mut lines = wrapped(message, width);
    lines.truncate(SAID);
    lines.into_iter().map(|line| Line::from(line).style(bold())).collect()
}
