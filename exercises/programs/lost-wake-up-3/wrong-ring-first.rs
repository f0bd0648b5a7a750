//! A gate with a bell for all, which rings before the gate opens.

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
        self.bell.notify_all();
        *self.is_open.lock().unwrap() = true;
    }

    pub fn pass(&self, walk: impl FnOnce()) {
        let mut is_open = self.is_open.lock().unwrap();
        while !*is_open {
            is_open = self.bell.wait(is_open).unwrap();
        }
        drop(is_open);
        walk();
    }
}
