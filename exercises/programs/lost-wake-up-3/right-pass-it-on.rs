//! A gate with a bell, which each walker rings for the next.

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
        drop(self.bell.wait_while(is_open, |is_open| !*is_open).unwrap());
        self.bell.notify_one();
        walk();
    }
}
