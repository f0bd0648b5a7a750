//! Examples to play.

use std::time::Duration;

use selvedge::Checker;
use selvedge_play::Program;

use crate::registry::{Exploration, sources};

/// An example to play, whose executions the command `replay` replays. It is explored for at most so long.
pub fn program(exploration: &Exploration, replay: String, most: Duration) -> Program {
    let Exploration { model, variant, .. } = exploration;
    let checker = exploration.checker().max_duration(most);
    Program {
        title: format!("{exploration}: {}", model.title),
        about: format!("{}: {}", variant.name, variant.note),
        replay,
        ..Program::explore(&checker, variant.program, sources())
    }
}

/// What explores an example, and replays its executions.
pub fn checker(exploration: &Exploration) -> Checker {
    exploration.checker().workers(1)
}
