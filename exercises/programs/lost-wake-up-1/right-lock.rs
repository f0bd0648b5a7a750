//! A letter box with a bell. The lock guards the box.

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
        write();
        *self.has_letter.lock().unwrap() = true;
        self.bell.notify_one();
    }

    pub fn fetch(&self, breakfast: impl FnOnce()) {
        breakfast();
        let mut has_letter = self.has_letter.lock().unwrap();
        while !*has_letter {
            has_letter = self.bell.wait(has_letter).unwrap();
        }
    }
}
