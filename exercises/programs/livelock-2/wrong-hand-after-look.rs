//! A door for one. A person who sees no hand raises one.

use selvedge::hint;
use selvedge::sync::atomic::{AtomicBool, Ordering::SeqCst};

pub struct Door {
    hands: [AtomicBool; 2],
}

impl Door {
    pub fn new() -> Self {
        Door { hands: [AtomicBool::new(false), AtomicBool::new(false)] }
    }

    pub fn pass(&self, person: usize, go_through: impl FnOnce()) {
        while self.hands[1 - person].load(SeqCst) {
            hint::spin_loop();
        }
        self.hands[person].store(true, SeqCst);
        go_through();
        self.hands[person].store(false, SeqCst);
    }
}
