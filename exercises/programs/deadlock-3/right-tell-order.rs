//! A shelf of apples. The lock guards their number, and an order does not look at it.

use selvedge::sync::Mutex;

pub struct Shop {
    apples: Mutex<u32>,
    orders: Mutex<u32>,
}

impl Shop {
    pub fn with_apples(apples: u32) -> Self {
        Shop { apples: Mutex::new(apples), orders: Mutex::new(0) }
    }

    pub fn deliver(&self, unpack: impl FnOnce() -> u32) {
        let unpacked = unpack();
        *self.apples.lock().unwrap() += unpacked;
    }

    pub fn sell(&self, serve: impl FnOnce()) -> u32 {
        let mut apples = self.apples.lock().unwrap();
        *apples -= 1;
        let left = *apples;
        drop(apples);
        if left == 0 {
            self.order();
        }
        serve();
        left
    }

    fn order(&self) {
        *self.orders.lock().unwrap() += 1;
    }

    pub fn orders(&self) -> u32 {
        *self.orders.lock().unwrap()
    }
}
