//! A weather station. The number of changes guards the pair; it is odd while one goes on.

use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};

pub struct Station {
    changes: AtomicU32,
    inside: AtomicU32,
    outside: AtomicU32,
}

impl Station {
    pub fn new() -> Self {
        Station { changes: AtomicU32::new(0), inside: AtomicU32::new(0), outside: AtomicU32::new(0) }
    }

    pub fn write(&self, temperature: u32) {
        self.changes.fetch_add(1, SeqCst);
        self.inside.store(temperature, SeqCst);
        self.outside.store(temperature, SeqCst);
        self.changes.fetch_add(1, SeqCst);
    }

    pub fn read(&self) -> Option<(u32, u32)> {
        let before = self.changes.load(SeqCst);
        let pair = (self.inside.load(SeqCst), self.outside.load(SeqCst));
        let after = self.changes.load(SeqCst);
        (before % 2 == 0 && before == after).then_some(pair)
    }
}
