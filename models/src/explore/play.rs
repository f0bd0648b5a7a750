//! You are the scheduler of an example.

use std::time::Duration;

use anstream::eprintln;
use selvedge_play::{Game, Look, terminal};

use super::arguments::{Engine, Play};
use super::select::{self, Misuse};
use super::status::Status;
use super::{Trouble, replay};
use crate::playing;

pub(super) fn play(asked: &Play) -> Result<Status, Trouble> {
    if Engine::BUILT == Engine::Loom {
        return Err(Misuse::NotOnLoom { what: "takes no single step" }.into());
    }
    let exploration = select::played(&asked.id, asked.variant.as_deref(), asked.time)?;
    let trouble = |trouble: selvedge_play::Trouble| Trouble::Other(trouble.to_string());
    // Nobody is to wait for an exploration that nobody can look at.
    terminal::check().map_err(trouble)?;
    eprintln!("Exploring {exploration}, for the schedule to measure yours by …");
    let most = Duration::try_from_secs_f64(asked.max_seconds).unwrap_or(Duration::MAX);
    let program = playing::program(&exploration, replay::command(&exploration), most);
    selvedge_play::play(Game::new(program), Look { ascii: asked.ascii }).map_err(trouble)?;
    Ok(Status::AsRecorded)
}
