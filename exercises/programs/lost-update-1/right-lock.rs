//! A till that two cashiers put money into. The lock guards `pennies`.

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
        *self.pennies.lock().unwrap() += price;
    }

    pub fn pennies(&self) -> u32 {
        *self.pennies.lock().unwrap()
    }
}
