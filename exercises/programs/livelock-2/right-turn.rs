//! A door for one. The turn decides between two who want to go through.

use selvedge::hint;
use selvedge::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

pub struct Door {
    hands: [AtomicBool; 2],
    turn: AtomicUsize,
}

impl Door {
    pub fn new() -> Self {
        Door { hands: [AtomicBool::new(false), AtomicBool::new(false)], turn: AtomicUsize::new(0) }
    }

    pub fn pass(&self, person: usize, go_through: impl FnOnce()) {
        let other = 1 - person;
        self.hands[person].store(true, SeqCst);
        self.turn.store(other, SeqCst);
        while self.hands[other].load(SeqCst) && self.turn.load(SeqCst) == other {
            hint::spin_loop();
        }
        go_through();
        self.hands[person].store(false, SeqCst);
    }
}
