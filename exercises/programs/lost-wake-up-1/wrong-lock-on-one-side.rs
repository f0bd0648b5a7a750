//! A letter box with a bell. Ann holds the lock from her look to her sleep.

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

    pub fn deliver(&self, write: impl FnOnce()) {
        write();
        self.has_letter.store(true, SeqCst);
        self.bell.notify_one();
    }

    pub fn fetch(&self, breakfast: impl FnOnce()) {
        breakfast();
        let mut asleep = self.asleep.lock().unwrap();
        while !self.has_letter.load(SeqCst) {
            asleep = self.bell.wait(asleep).unwrap();
        }
    }
}
