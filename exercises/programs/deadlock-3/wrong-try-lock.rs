//! A shelf of apples that are ordered while no other thread is at it.

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
        if left == 0 {
            self.order();
        }
        drop(apples);
        serve();
        left
    }

    fn order(&self) {
        if let Ok(apples) = self.apples.try_lock()
            && *apples == 0
        {
            *self.orders.lock().unwrap() += 1;
        }
    }

    pub fn orders(&self) -> u32 {
        *self.orders.lock().unwrap()
    }
}
