//! A bridge for one. A fence keeps the store before the load; going home publishes what was done on the bridge.

use selvedge::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Relaxed, Release, SeqCst},
    fence,
};

pub struct Bridge {
    flags: [AtomicBool; 2],
}

impl Bridge {
    pub fn new() -> Self {
        Bridge { flags: [AtomicBool::new(false), AtomicBool::new(false)] }
    }

    pub fn try_cross(&self, traveller: usize, cross: impl FnOnce()) {
        self.flags[traveller].store(true, Relaxed);
        fence(SeqCst);
        if !self.flags[1 - traveller].load(Acquire) {
            cross();
        }
        self.flags[traveller].store(false, Release);
    }
}
