//! A shelf of loaves.

use selvedge::sync::{Condvar, Mutex};

pub struct Bakery {
    loaves: Mutex<u32>,
    bell: Condvar,
}

impl Bakery {
    pub fn new() -> Self {
        Bakery { loaves: Mutex::new(0), bell: Condvar::new() }
    }

    /// Puts a loaf on the shelf and rings.
    pub fn bake(&self) {
        *self.loaves.lock().unwrap() += 1;
        self.bell.notify_one();
    }

    /// Takes a loaf, waits for one if there is none, and eats it.
    pub fn buy(&self, eat: impl FnOnce()) {
        let mut loaves = self.loaves.lock().unwrap();
        if *loaves == 0 {
            loaves = self.bell.wait(loaves).unwrap();
        }
        *loaves = loaves.checked_sub(1).expect("the shelf is empty");
        drop(loaves);
        eat();
    }
}
