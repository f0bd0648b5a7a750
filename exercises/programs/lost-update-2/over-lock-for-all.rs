//! A shelf of apples. One lock is held for all that is done in the shop.

use selvedge::sync::Mutex;

pub struct Shelf {
    apples: Mutex<u32>,
}

impl Shelf {
    pub fn with_apples(apples: u32) -> Self {
        Shelf { apples: Mutex::new(apples) }
    }

    pub fn deliver(&self, unpack: impl FnOnce() -> u32) {
        let mut apples = self.apples.lock().unwrap();
        *apples += unpack();
    }

    pub fn sell(&self, serve: impl FnOnce()) {
        let mut apples = self.apples.lock().unwrap();
        *apples -= 1;
        serve();
    }

    pub fn apples(&self) -> u32 {
        *self.apples.lock().unwrap()
    }
}
