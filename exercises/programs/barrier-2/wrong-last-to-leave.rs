//! Rowers who pull in rounds. The last to leave sets the count back.

use selvedge::sync::{Condvar, Mutex};

pub struct Boat {
    come_and_left: Mutex<(u32, u32)>,
    bell: Condvar,
}

impl Boat {
    pub fn new() -> Self {
        Boat { come_and_left: Mutex::new((0, 0)), bell: Condvar::new() }
    }

    pub fn round(&self, pull: impl FnOnce()) {
        pull();
        let mut state = self.come_and_left.lock().unwrap();
        state.0 += 1;
        self.bell.notify_all();
        let mut state = self.bell.wait_while(state, |(come, _)| *come < 2).unwrap();
        state.1 += 1;
        if state.1 == 2 {
            *state = (0, 0);
        }
    }
}
