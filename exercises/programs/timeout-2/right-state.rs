//! A table for gifts, with a state.

use std::time::Duration;

use selvedge::sync::{Condvar, Mutex};

#[derive(Clone, Copy, PartialEq)]
enum State {
    Empty,
    Offered(u32),
    Taken,
}

pub struct Table {
    state: Mutex<State>,
    taken: Condvar,
}

impl Table {
    pub fn new() -> Self {
        Table { state: Mutex::new(State::Empty), taken: Condvar::new() }
    }

    pub fn offer(&self, gift: u32) -> bool {
        let mut state = self.state.lock().unwrap();
        *state = State::Offered(gift);
        state = self.taken.wait_timeout(state, Duration::from_millis(500)).unwrap().0;
        let taken = *state == State::Taken;
        *state = State::Empty;
        taken
    }

    pub fn take(&self) -> Option<u32> {
        let mut state = self.state.lock().unwrap();
        let State::Offered(gift) = *state else { return None };
        *state = State::Taken;
        self.taken.notify_one();
        Some(gift)
    }
}
