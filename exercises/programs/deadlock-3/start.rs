//! A shelf of apples that are ordered in time.

use selvedge::sync::Mutex;

pub struct Shop {
    apples: Mutex<u32>,
    orders: Mutex<u32>,
}

impl Shop {
    pub fn with_apples(apples: u32) -> Self {
        Shop { apples: Mutex::new(apples), orders: Mutex::new(0) }
    }

    /// Unpacks apples, which takes a while, and puts them on the shelf.
    pub fn deliver(&self, unpack: impl FnOnce() -> u32) {
        let unpacked = unpack();
        *self.apples.lock().unwrap() += unpacked;
    }

    /// Sells an apple, makes an order if it was the last, and serves. Says how many were left.
    pub fn sell(&self, serve: impl FnOnce()) -> u32 {
        let mut apples = self.apples.lock().unwrap();
        *apples -= 1;
        let left = *apples;
        if left == 0 {
            self.order();
        }
        drop(apples);
        serve();
        left
    }

    fn order(&self) {
        if *self.apples.lock().unwrap() == 0 {
            *self.orders.lock().unwrap() += 1;
        }
    }

    pub fn orders(&self) -> u32 {
        *self.orders.lock().unwrap()
    }
}
