//! A gate with a bell, and walkers who do not wait for long.

use std::time::Duration;

use selvedge::sync::{Condvar, Mutex};

pub struct Gate {
    is_open: Mutex<bool>,
    bell: Condvar,
}

impl Gate {
    pub fn new() -> Self {
        Gate { is_open: Mutex::new(false), bell: Condvar::new() }
    }

    pub fn open(&self) {
        *self.is_open.lock().unwrap() = true;
        self.bell.notify_one();
    }

    pub fn pass(&self, walk: impl FnOnce()) {
        let is_open = self.is_open.lock().unwrap();
        let wait = self.bell.wait_timeout_while(is_open, Duration::from_secs(60), |is_open| !*is_open);
        drop(wait.unwrap());
        walk();
    }
}
