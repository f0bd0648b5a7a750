//! Rowers who pull in rounds. A rower who is woken goes on.

use selvedge::sync::{Condvar, Mutex};

pub struct Boat {
    come: Mutex<u32>,
    bell: Condvar,
}

impl Boat {
    pub fn new() -> Self {
        Boat { come: Mutex::new(0), bell: Condvar::new() }
    }

    pub fn round(&self, pull: impl FnOnce()) {
        pull();
        let mut come = self.come.lock().unwrap();
        *come += 1;
        if *come == 2 {
            *come = 0;
            self.bell.notify_all();
        } else {
            drop(self.bell.wait(come).unwrap());
        }
    }
}
