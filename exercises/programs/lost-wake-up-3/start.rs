//! A gate with a bell.

use selvedge::sync::{Condvar, Mutex};

pub struct Gate {
    is_open: Mutex<bool>,
    bell: Condvar,
}

impl Gate {
    pub fn new() -> Self {
        Gate { is_open: Mutex::new(false), bell: Condvar::new() }
    }

    /// Opens the gate, and rings.
    pub fn open(&self) {
        *self.is_open.lock().unwrap() = true;
        self.bell.notify_one();
    }

    /// Waits until the gate is open, and walks through.
    pub fn pass(&self, walk: impl FnOnce()) {
        let mut is_open = self.is_open.lock().unwrap();
        while !*is_open {
            is_open = self.bell.wait(is_open).unwrap();
        }
        drop(is_open);
        walk();
    }
}
