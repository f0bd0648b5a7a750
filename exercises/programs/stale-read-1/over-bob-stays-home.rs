//! A bridge for Ann. Bob shows his flag, and goes home whatever he sees.

use selvedge::sync::atomic::{AtomicBool, Ordering::SeqCst};

pub struct Bridge {
    flags: [AtomicBool; 2],
}

impl Bridge {
    pub fn new() -> Self {
        Bridge { flags: [AtomicBool::new(false), AtomicBool::new(false)] }
    }

    pub fn try_cross(&self, traveller: usize, cross: impl FnOnce()) {
        self.flags[traveller].store(true, SeqCst);
        if traveller == 0 && !self.flags[1].load(SeqCst) {
            cross();
        }
        self.flags[traveller].store(false, SeqCst);
    }
}
