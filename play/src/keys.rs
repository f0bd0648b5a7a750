//! What a key asks for.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::game::Wish;

/// What a key asks for; nothing for keys that mean nothing here.
pub fn wish(key: KeyEvent) -> Option<Wish> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return matches!(key.code, KeyCode::Char('c' | 'd')).then_some(Wish::Quit);
    }
    Some(match key.code {
        KeyCode::Up | KeyCode::Char('k') => Wish::Up,
        KeyCode::Down | KeyCode::Char('j') => Wish::Down,
        KeyCode::Enter | KeyCode::Char(' ') => Wish::Take,
        KeyCode::Char(digit @ '1'..='9') => Wish::Thread(digit as usize - '0' as usize),
        KeyCode::Char('g') => Wish::GoOn,
        KeyCode::Left | KeyCode::Backspace | KeyCode::Char('u') => Wish::Undo,
        KeyCode::Right | KeyCode::Char('r') => Wish::Redo,
        KeyCode::Char('h') => Wish::Hint,
        KeyCode::Char('s') => Wish::Show,
        KeyCode::Char('n') => Wish::Restart,
        KeyCode::Char('i') => Wish::Small,
        KeyCode::PageUp => Wish::Back,
        KeyCode::PageDown => Wish::Forth,
        KeyCode::Char('?') | KeyCode::F(1) => Wish::Help,
        KeyCode::Esc | KeyCode::Char('q') => Wish::Quit,
        _ => return None,
    })
}

/// Each key and what it does, for the help.
pub const HELP: [(&str, &str); 12] = [
    ("1 to 9", "this thread takes its next step"),
    ("up, down, Enter", "choose a step, and take it"),
    ("g", "the chosen thread goes on until it waits, ends or can choose"),
    ("u, left", "take the last step back"),
    ("r, right", "take it again"),
    ("h", "a hint: who should go next, to break it"),
    ("s", "show me: the next step of the checker's shortest schedule"),
    ("n", "begin anew"),
    ("i", "small steps: you come in between the events of an operation too"),
    ("PgUp, PgDn", "look at earlier steps"),
    ("?", "this help"),
    ("q, Esc", "quit; what replays your execution is printed then"),
];

/// The keys in a line that fits 80 columns.
pub const LINE: &str = "1-9 ↑↓ Enter step  g go on  u undo  r redo  h hint  s show me  ? help  q quit";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_counts_when_it_goes_down_and_ctrl_c_quits() {
        let key = KeyEvent::new(KeyCode::Char('3'), KeyModifiers::NONE);
        assert_eq!(wish(key), Some(Wish::Thread(3)));
        assert_eq!(wish(KeyEvent { kind: KeyEventKind::Release, ..key }), None);
        assert_eq!(wish(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)), Some(Wish::Quit));
        assert_eq!(wish(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL)), None);
    }

    #[test]
    fn the_line_of_keys_fits_a_terminal_of_80_columns() {
        assert!(LINE.chars().count() <= 80, "{}", LINE.chars().count());
    }
}
