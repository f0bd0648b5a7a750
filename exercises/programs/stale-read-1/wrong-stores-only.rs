//! A bridge for one, with strong stores.

use selvedge::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, SeqCst},
};

pub struct Bridge {
    flags: [AtomicBool; 2],
}

impl Bridge {
    pub fn new() -> Self {
        Bridge { flags: [AtomicBool::new(false), AtomicBool::new(false)] }
    }

    pub fn try_cross(&self, traveller: usize, cross: impl FnOnce()) {
        self.flags[traveller].store(true, SeqCst);
        if !self.flags[1 - traveller].load(Acquire) {
            cross();
        }
        self.flags[traveller].store(false, SeqCst);
    }
}
