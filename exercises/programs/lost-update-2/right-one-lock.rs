//! A shelf of apples. The lock guards their number.

use selvedge::sync::Mutex;

pub struct Shelf {
    apples: Mutex<u32>,
}

impl Shelf {
    pub fn with_apples(apples: u32) -> Self {
        Shelf { apples: Mutex::new(apples) }
    }

    pub fn deliver(&self, unpack: impl FnOnce() -> u32) {
        let unpacked = unpack();
        *self.apples.lock().unwrap() += unpacked;
    }

    pub fn sell(&self, serve: impl FnOnce()) {
        *self.apples.lock().unwrap() -= 1;
        serve();
    }

    pub fn apples(&self) -> u32 {
        *self.apples.lock().unwrap()
    }
}
