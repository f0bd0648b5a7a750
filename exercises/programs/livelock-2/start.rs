//! A door for one.

use selvedge::hint;
use selvedge::sync::atomic::{AtomicBool, Ordering::SeqCst};

pub struct Door {
    hands: [AtomicBool; 2],
}

impl Door {
    pub fn new() -> Self {
        Door { hands: [AtomicBool::new(false), AtomicBool::new(false)] }
    }

    /// Person 0 or 1 goes through.
    pub fn pass(&self, person: usize, go_through: impl FnOnce()) {
        self.hands[person].store(true, SeqCst);
        while self.hands[1 - person].load(SeqCst) {
            hint::spin_loop();
        }
        go_through();
        self.hands[person].store(false, SeqCst);
    }
}
