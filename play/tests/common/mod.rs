//! What the tests share.

#![allow(dead_code, reason = "not every test uses all of it")]

pub mod models;

use selvedge::Checker;
use selvedge::report::Sources;
use selvedge_play::game::Wish;
use selvedge_play::{Game, Program, keys};

/// A game of a model.
pub fn game(title: &str, model: fn()) -> Game {
    Game::new(Program {
        title: title.to_owned(),
        about: "A model of the tests.".to_owned(),
        replay: "replay it with".to_owned(),
        ..Program::explore(&Checker::new(), model, Sources::default())
    })
}

/// What keys ask for, as they are typed: a word for each that has no letter.
pub fn press(game: &mut Game, typed: &str) {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    for key in typed.split(' ') {
        let code = match key {
            "up" => KeyCode::Up,
            "down" => KeyCode::Down,
            "enter" => KeyCode::Enter,
            "pgup" => KeyCode::PageUp,
            "pgdn" => KeyCode::PageDown,
            key => KeyCode::Char(key.chars().next().expect("a key")),
        };
        let wish = keys::wish(KeyEvent::new(code, KeyModifiers::NONE)).expect("the key means something");
        game.grant(wish);
    }
}

/// Numbers that look random, and are the same each time.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

/// Takes steps at random to an end, or at most so many. Returns the screens on the way.
pub fn wander(game: &mut Game, random: &mut Random, most: usize) -> Vec<String> {
    let mut screens = vec![selvedge_play::screen::text(game, 80, 24)];
    for _ in 0..most {
        let can: Vec<_> = (0..game.offers().len()).filter(|at| game.offers()[*at].take.is_some()).collect();
        if can.is_empty() {
            break;
        }
        let wanted = can[random.below(can.len())];
        while game.chosen() != wanted {
            game.grant(if game.chosen() < wanted { Wish::Down } else { Wish::Up });
        }
        game.grant(Wish::Take);
        screens.push(selvedge_play::screen::text(game, 80, 24));
    }
    screens
}
