//! Rowers who pull in rounds.

use selvedge::sync::{Condvar, Mutex};

pub struct Boat {
    come: Mutex<u32>,
    bell: Condvar,
}

impl Boat {
    pub fn new() -> Self {
        Boat { come: Mutex::new(0), bell: Condvar::new() }
    }

    /// Pulls, and waits until both have.
    pub fn round(&self, pull: impl FnOnce()) {
        pull();
        let mut come = self.come.lock().unwrap();
        *come += 1;
        if *come == 2 {
            *come = 0;
            self.bell.notify_all();
        } else {
            while *come != 0 {
                come = self.bell.wait(come).unwrap();
            }
        }
    }
}
