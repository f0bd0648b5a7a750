//! Settings that are loaded when they are needed. The second thread waits a little.

use std::time::Duration;

use selvedge::sync::atomic::{
    AtomicBool, AtomicU32,
    Ordering::{AcqRel, Acquire, Release},
};
use selvedge::thread;

pub struct Settings {
    begun: AtomicBool,
    settings: AtomicU32,
}

impl Settings {
    pub fn new() -> Self {
        Settings { begun: AtomicBool::new(false), settings: AtomicU32::new(0) }
    }

    pub fn with(&self, load: impl FnOnce() -> u32, use_them: impl FnOnce(u32)) {
        if !self.begun.swap(true, AcqRel) {
            self.settings.store(load(), Release);
        } else {
            thread::sleep(Duration::from_millis(50));
        }
        use_them(self.settings.load(Acquire));
    }
}
