//! Settings that are loaded when they are needed, with the strongest orderings.

use selvedge::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};

pub struct Settings {
    begun: AtomicBool,
    settings: AtomicU32,
}

impl Settings {
    pub fn new() -> Self {
        Settings { begun: AtomicBool::new(false), settings: AtomicU32::new(0) }
    }

    pub fn with(&self, load: impl FnOnce() -> u32, use_them: impl FnOnce(u32)) {
        if !self.begun.swap(true, SeqCst) {
            self.settings.store(load(), SeqCst);
        }
        use_them(self.settings.load(SeqCst));
    }
}
