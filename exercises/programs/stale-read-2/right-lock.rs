//! Two prices under one lock.

use selvedge::sync::Mutex;

pub struct Prices {
    prices: Mutex<(u32, u32)>,
}

impl Prices {
    pub fn new() -> Self {
        Prices { prices: Mutex::new((10, 10)) }
    }

    pub fn change(&self, price: u32) {
        *self.prices.lock().unwrap() = (price, price);
    }

    pub fn read(&self) -> Option<(u32, u32)> {
        self.prices.try_lock().ok().map(|prices| *prices)
    }
}
