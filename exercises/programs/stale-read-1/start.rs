//! A bridge for one.

use selvedge::sync::atomic::{AtomicBool, Ordering::Relaxed};

pub struct Bridge {
    flags: [AtomicBool; 2],
}

impl Bridge {
    pub fn new() -> Self {
        Bridge { flags: [AtomicBool::new(false), AtomicBool::new(false)] }
    }

    /// Traveller 0 or 1 crosses, if the other does not want to.
    pub fn try_cross(&self, traveller: usize, cross: impl FnOnce()) {
        self.flags[traveller].store(true, Relaxed);
        if !self.flags[1 - traveller].load(Relaxed) {
            cross();
        }
        self.flags[traveller].store(false, Relaxed);
    }
}
