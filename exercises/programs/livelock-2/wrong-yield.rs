//! A door for one. A person who waits gives way to other threads.

use selvedge::sync::atomic::{AtomicBool, Ordering::SeqCst};
use selvedge::thread;

pub struct Door {
    hands: [AtomicBool; 2],
}

impl Door {
    pub fn new() -> Self {
        Door { hands: [AtomicBool::new(false), AtomicBool::new(false)] }
    }

    pub fn pass(&self, person: usize, go_through: impl FnOnce()) {
        self.hands[person].store(true, SeqCst);
        while self.hands[1 - person].load(SeqCst) {
            thread::yield_now();
        }
        go_through();
        self.hands[person].store(false, SeqCst);
    }
}
