//! A letter box with a bell. Everything is done under the lock.

use selvedge::sync::{Condvar, Mutex};

pub struct Letterbox {
    has_letter: Mutex<bool>,
    bell: Condvar,
}

impl Letterbox {
    pub fn new() -> Self {
        Letterbox { has_letter: Mutex::new(false), bell: Condvar::new() }
    }

    pub fn deliver(&self, write: impl FnOnce()) {
        let mut has_letter = self.has_letter.lock().unwrap();
        write();
        *has_letter = true;
        self.bell.notify_one();
    }

    pub fn fetch(&self, breakfast: impl FnOnce()) {
        let mut has_letter = self.has_letter.lock().unwrap();
        breakfast();
        while !*has_letter {
            has_letter = self.bell.wait(has_letter).unwrap();
        }
    }
}
