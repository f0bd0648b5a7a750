//! A shelf of apples. Deliveries take a lock, and sales are quick enough.

use selvedge::sync::Mutex;
use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};

pub struct Shelf {
    sales: Mutex<()>,
    apples: AtomicU32,
}

impl Shelf {
    pub fn with_apples(apples: u32) -> Self {
        Shelf { sales: Mutex::new(()), apples: AtomicU32::new(apples) }
    }

    pub fn deliver(&self, unpack: impl FnOnce() -> u32) {
        let unpacked = unpack();
        let _sale = self.sales.lock().unwrap();
        self.apples.store(self.apples.load(SeqCst) + unpacked, SeqCst);
    }

    pub fn sell(&self, serve: impl FnOnce()) {
        self.apples.fetch_sub(1, SeqCst);
        serve();
    }

    pub fn apples(&self) -> u32 {
        self.apples.load(SeqCst)
    }
}
