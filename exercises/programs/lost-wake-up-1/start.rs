//! A letter box with a bell.

use selvedge::sync::atomic::{AtomicBool, Ordering::SeqCst};
use selvedge::sync::{Condvar, Mutex};

pub struct Letterbox {
    has_letter: AtomicBool,
    asleep: Mutex<()>,
    bell: Condvar,
}

impl Letterbox {
    pub fn new() -> Self {
        Letterbox { has_letter: AtomicBool::new(false), asleep: Mutex::new(()), bell: Condvar::new() }
    }

    /// Writes the letter, which takes a while, puts it into the box and rings the bell.
    pub fn deliver(&self, write: impl FnOnce()) {
        write();
        self.has_letter.store(true, SeqCst);
        self.bell.notify_one();
    }

    /// Has breakfast, and then waits until there is a letter.
    pub fn fetch(&self, breakfast: impl FnOnce()) {
        breakfast();
        while !self.has_letter.load(SeqCst) {
            let asleep = self.asleep.lock().unwrap();
            drop(self.bell.wait(asleep).unwrap());
        }
    }
}
