//! A shelf of apples. One lock guards apples and orders.

use selvedge::sync::Mutex;

pub struct Shop {
    apples_and_orders: Mutex<(u32, u32)>,
}

impl Shop {
    pub fn with_apples(apples: u32) -> Self {
        Shop { apples_and_orders: Mutex::new((apples, 0)) }
    }

    pub fn deliver(&self, unpack: impl FnOnce() -> u32) {
        let unpacked = unpack();
        self.apples_and_orders.lock().unwrap().0 += unpacked;
    }

    pub fn sell(&self, serve: impl FnOnce()) -> u32 {
        let mut shelf = self.apples_and_orders.lock().unwrap();
        shelf.0 -= 1;
        let left = shelf.0;
        if left == 0 {
            shelf.1 += 1;
        }
        drop(shelf);
        serve();
        left
    }

    pub fn orders(&self) -> u32 {
        self.apples_and_orders.lock().unwrap().1
    }
}
