//! A gate with a bell for all, and a lock for one.

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
        self.bell.notify_all();
    }

    pub fn pass(&self, walk: impl FnOnce()) {
        let is_open = self.is_open.lock().unwrap();
        let _is_open = self.bell.wait_while(is_open, |is_open| !*is_open).unwrap();
        walk();
    }
}
