//! A weather station.

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

    /// One thread calls this.
    pub fn write(&self, temperature: u32) {
        self.writing.store(true, SeqCst);
        self.inside.store(temperature, SeqCst);
        self.outside.store(temperature, SeqCst);
        self.writing.store(false, SeqCst);
    }

    /// Both temperatures, if nobody was writing.
    pub fn read(&self) -> Option<(u32, u32)> {
        let before = self.writing.load(SeqCst);
        let pair = (self.inside.load(SeqCst), self.outside.load(SeqCst));
        let after = self.writing.load(SeqCst);
        (!before && !after).then_some(pair)
    }
}
