//! Rowers who pull in rounds. The lock guards the count and the round.

use selvedge::sync::{Condvar, Mutex};

#[derive(Default)]
struct State {
    come: u32,
    round: u32,
}

pub struct Boat {
    state: Mutex<State>,
    bell: Condvar,
}

impl Boat {
    pub fn new() -> Self {
        Boat { state: Mutex::new(State::default()), bell: Condvar::new() }
    }

    pub fn round(&self, pull: impl FnOnce()) {
        pull();
        let mut state = self.state.lock().unwrap();
        let mine = state.round;
        state.come += 1;
        if state.come == 2 {
            *state = State { come: 0, round: mine + 1 };
            self.bell.notify_all();
        }
        while state.round == mine {
            state = self.bell.wait(state).unwrap();
        }
    }
}
