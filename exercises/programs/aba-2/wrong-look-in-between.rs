//! A weather station. Readers look between the two temperatures, too.

use selvedge::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};

pub struct Station {
    writing: AtomicBool,
    inside: AtomicU32,
    outside: AtomicU32,
}

impl Station {
    pub fn new() -> Self {
        Station { writing: AtomicBool::new(false), inside: AtomicU32::new(0), outside: AtomicU32::new(0) }
    }

    pub fn write(&self, temperature: u32) {
        self.writing.store(true, SeqCst);
        self.inside.store(temperature, SeqCst);
        self.outside.store(temperature, SeqCst);
        self.writing.store(false, SeqCst);
    }

    pub fn read(&self) -> Option<(u32, u32)> {
        if self.writing.load(SeqCst) {
            return None;
        }
        let inside = self.inside.load(SeqCst);
        if self.writing.load(SeqCst) {
            return None;
        }
        let outside = self.outside.load(SeqCst);
        (!self.writing.load(SeqCst)).then_some((inside, outside))
    }
}
