//! A shelf of apples.

use selvedge::sync::Mutex;
use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};

pub struct Shelf {
    deliveries: Mutex<()>,
    sales: Mutex<()>,
    apples: AtomicU32,
}

impl Shelf {
    pub fn with_apples(apples: u32) -> Self {
        Shelf { deliveries: Mutex::new(()), sales: Mutex::new(()), apples: AtomicU32::new(apples) }
    }

    /// Unpacks apples, which takes a while, and puts them on the shelf.
    pub fn deliver(&self, unpack: impl FnOnce() -> u32) {
        let unpacked = unpack();
        let _delivery = self.deliveries.lock().unwrap();
        self.apples.store(self.apples.load(SeqCst) + unpacked, SeqCst);
    }

    /// Takes one apple from the shelf, and serves it, which takes a while.
    pub fn sell(&self, serve: impl FnOnce()) {
        let sale = self.sales.lock().unwrap();
        self.apples.store(self.apples.load(SeqCst) - 1, SeqCst);
        drop(sale);
        serve();
    }

    pub fn apples(&self) -> u32 {
        self.apples.load(SeqCst)
    }
}
