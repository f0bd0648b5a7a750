//! A letter box with a bell. The bell is rung under the lock, for all who wait.

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
        let asleep = self.asleep.lock().unwrap();
        self.bell.notify_all();
        drop(asleep);
    }

    pub fn fetch(&self, breakfast: impl FnOnce()) {
        breakfast();
        while !self.has_letter.load(SeqCst) {
            let asleep = self.asleep.lock().unwrap();
            drop(self.bell.wait(asleep).unwrap());
        }
    }
}
