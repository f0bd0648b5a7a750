//! A till that two cashiers put money into. Each addition is one step.

use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};

pub struct Till {
    pennies: AtomicU32,
}

impl Till {
    pub fn new() -> Self {
        Till { pennies: AtomicU32::new(0) }
    }

    pub fn sell(&self, ask_price: impl FnOnce() -> u32) {
        let price = ask_price();
        self.pennies.fetch_add(price, SeqCst);
    }

    pub fn pennies(&self) -> u32 {
        self.pennies.load(SeqCst)
    }
}
