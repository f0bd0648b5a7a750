//! A till that two cashiers put money into.

use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};

pub struct Till {
    pennies: AtomicU32,
}

impl Till {
    pub fn new() -> Self {
        Till { pennies: AtomicU32::new(0) }
    }

    /// Asks for the price, which takes a while, and puts the money into the till.
    pub fn sell(&self, ask_price: impl FnOnce() -> u32) {
        let price = ask_price();
        let pennies = self.pennies.load(SeqCst);
        self.pennies.store(pennies + price, SeqCst);
    }

    pub fn pennies(&self) -> u32 {
        self.pennies.load(SeqCst)
    }
}
