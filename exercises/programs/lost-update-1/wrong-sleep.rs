//! A till that two cashiers put money into. The cashier waits until it is quiet.

use std::time::Duration;

use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};
use selvedge::thread;

pub struct Till {
    pennies: AtomicU32,
}

impl Till {
    pub fn new() -> Self {
        Till { pennies: AtomicU32::new(0) }
    }

    pub fn sell(&self, ask_price: impl FnOnce() -> u32) {
        let price = ask_price();
        thread::sleep(Duration::from_millis(u64::from(price)));
        let pennies = self.pennies.load(SeqCst);
        self.pennies.store(pennies + price, SeqCst);
    }

    pub fn pennies(&self) -> u32 {
        self.pennies.load(SeqCst)
    }
}
