//! A bridge for one. Travellers look twice.

use selvedge::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Release},
};

pub struct Bridge {
    flags: [AtomicBool; 2],
}

impl Bridge {
    pub fn new() -> Self {
        Bridge { flags: [AtomicBool::new(false), AtomicBool::new(false)] }
    }

    pub fn try_cross(&self, traveller: usize, cross: impl FnOnce()) {
        self.flags[traveller].store(true, Release);
        let other = &self.flags[1 - traveller];
        if !other.load(Acquire) && !other.load(Acquire) {
            cross();
        }
        self.flags[traveller].store(false, Release);
    }
}
