//! A shelf of apples. Each change is one step.

use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};

pub struct Shelf {
    apples: AtomicU32,
}

impl Shelf {
    pub fn with_apples(apples: u32) -> Self {
        Shelf { apples: AtomicU32::new(apples) }
    }

    pub fn deliver(&self, unpack: impl FnOnce() -> u32) {
        self.apples.fetch_add(unpack(), SeqCst);
    }

    pub fn sell(&self, serve: impl FnOnce()) {
        self.apples.fetch_sub(1, SeqCst);
        serve();
    }

    pub fn apples(&self) -> u32 {
        self.apples.load(SeqCst)
    }
}
