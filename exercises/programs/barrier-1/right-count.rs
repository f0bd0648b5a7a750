//! A cake for two bakers. The lock guards the number of halves that are ready.

use std::time::Duration;

use selvedge::sync::{Condvar, Mutex};

pub struct Kitchen {
    halves: Mutex<u32>,
    bell: Condvar,
}

impl Kitchen {
    pub fn new() -> Self {
        Kitchen { halves: Mutex::new(0), bell: Condvar::new() }
    }

    pub fn bake(&self, bake_half: impl FnOnce(), ice: impl FnOnce()) {
        bake_half();
        let mut halves = self.halves.lock().unwrap();
        *halves += 1;
        self.bell.notify_all();
        while *halves < 2 {
            halves = self.bell.wait_timeout(halves, Duration::from_secs(60)).unwrap().0;
        }
        drop(halves);
        ice();
    }
}
