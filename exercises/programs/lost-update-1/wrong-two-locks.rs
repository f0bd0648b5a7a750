//! A till that two cashiers put money into. A lock is held for each look and for each write.

use selvedge::sync::Mutex;

pub struct Till {
    pennies: Mutex<u32>,
}

impl Till {
    pub fn new() -> Self {
        Till { pennies: Mutex::new(0) }
    }

    pub fn sell(&self, ask_price: impl FnOnce() -> u32) {
        let price = ask_price();
        let pennies = *self.pennies.lock().unwrap();
        *self.pennies.lock().unwrap() = pennies + price;
    }

    pub fn pennies(&self) -> u32 {
        *self.pennies.lock().unwrap()
    }
}
