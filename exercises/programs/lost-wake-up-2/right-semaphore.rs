//! A shelf of loaves, as a semaphore.

use selvedge_primitives::Semaphore;

pub struct Bakery {
    loaves: Semaphore,
}

impl Bakery {
    pub fn new() -> Self {
        Bakery { loaves: Semaphore::new(0) }
    }

    pub fn bake(&self) {
        self.loaves.release(1).unwrap();
    }

    pub fn buy(&self, eat: impl FnOnce()) {
        self.loaves.acquire();
        eat();
    }
}
