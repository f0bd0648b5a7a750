//! Two prices that change together.

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

    /// One thread calls this, once.
    pub fn change(&self, price: u32) {
        self.version.store(1, Relaxed);
        self.apple.store(price, Relaxed);
        self.pear.store(price, Relaxed);
        self.version.store(2, Release);
    }

    /// Both prices, if they can be trusted.
    pub fn read(&self) -> Option<(u32, u32)> {
        let before = self.version.load(Acquire);
        let prices = (self.apple.load(Relaxed), self.pear.load(Relaxed));
        let after = self.version.load(Relaxed);
        (before == after && before % 2 == 0).then_some(prices)
    }
}
