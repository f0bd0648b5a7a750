//! A shelf of apples. A change is made only if nobody came between.

use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};

pub struct Shelf {
    apples: AtomicU32,
}

impl Shelf {
    pub fn with_apples(apples: u32) -> Self {
        Shelf { apples: AtomicU32::new(apples) }
    }

    pub fn deliver(&self, unpack: impl FnOnce() -> u32) {
        let unpacked = unpack();
        let apples = self.apples.load(SeqCst);
        let _ = self.apples.compare_exchange(apples, apples + unpacked, SeqCst, SeqCst);
    }

    pub fn sell(&self, serve: impl FnOnce()) {
        let apples = self.apples.load(SeqCst);
        let _ = self.apples.compare_exchange(apples, apples - 1, SeqCst, SeqCst);
        serve();
    }

    pub fn apples(&self) -> u32 {
        self.apples.load(SeqCst)
    }
}
