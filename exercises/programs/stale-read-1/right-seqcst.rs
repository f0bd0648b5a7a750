//! A bridge for one. All agree on one order of the flags' accesses.

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
        if !self.flags[1 - traveller].load(SeqCst) {
            cross();
        }
        self.flags[traveller].store(false, SeqCst);
    }
}
