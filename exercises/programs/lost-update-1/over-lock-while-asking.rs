//! A till that two cashiers put money into. The lock is held for the whole sale.

use selvedge::sync::Mutex;

pub struct Till {
    pennies: Mutex<u32>,
}

impl Till {
    pub fn new() -> Self {
        Till { pennies: Mutex::new(0) }
    }

    pub fn sell(&self, ask_price: impl FnOnce() -> u32) {
        let mut pennies = self.pennies.lock().unwrap();
        *pennies += ask_price();
    }

    pub fn pennies(&self) -> u32 {
        *self.pennies.lock().unwrap()
    }
}
