//! Two prices that change together. Readers wait for the change.

use selvedge::hint;
use selvedge::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};

pub struct Prices {
    version: AtomicU32,
    apple: AtomicU32,
    pear: AtomicU32,
}

impl Prices {
    pub fn new() -> Self {
        Prices { version: AtomicU32::new(0), apple: AtomicU32::new(10), pear: AtomicU32::new(10) }
    }

    pub fn change(&self, price: u32) {
        self.apple.store(price, Relaxed);
        self.pear.store(price, Relaxed);
        self.version.store(2, Release);
    }

    pub fn read(&self) -> Option<(u32, u32)> {
        while self.version.load(Acquire) != 2 {
            hint::spin_loop();
        }
        Some((self.apple.load(Relaxed), self.pear.load(Relaxed)))
    }
}
