//! Settings that are loaded when they are needed.

use selvedge::sync::atomic::{
    AtomicBool, AtomicU32,
    Ordering::{AcqRel, Acquire, Release},
};

pub struct Settings {
    begun: AtomicBool,
    settings: AtomicU32,
}

impl Settings {
    pub fn new() -> Self {
        Settings { begun: AtomicBool::new(false), settings: AtomicU32::new(0) }
    }

    /// Loads the settings the first time, and uses them.
    pub fn with(&self, load: impl FnOnce() -> u32, use_them: impl FnOnce(u32)) {
        if !self.begun.swap(true, AcqRel) {
            self.settings.store(load(), Release);
        }
        use_them(self.settings.load(Acquire));
    }
}
