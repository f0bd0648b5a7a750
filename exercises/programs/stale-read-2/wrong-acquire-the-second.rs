//! Two prices that change together. Every look at the version acquires, every change of it releases.

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
        self.version.store(1, Release);
        self.apple.store(price, Relaxed);
        self.pear.store(price, Relaxed);
        self.version.store(2, Release);
    }

    pub fn read(&self) -> Option<(u32, u32)> {
        let before = self.version.load(Acquire);
        let prices = (self.apple.load(Relaxed), self.pear.load(Relaxed));
        let after = self.version.load(Acquire);
        (before == after && before % 2 == 0).then_some(prices)
    }
}
