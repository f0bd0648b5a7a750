//! A bench with two seats. The lock guards their number, and all are taken in one step.

use selvedge::sync::{Condvar, Mutex};

pub struct Bench {
    free: Mutex<usize>,
    bell: Condvar,
}

impl Bench {
    pub fn new() -> Self {
        Bench { free: Mutex::new(2), bell: Condvar::new() }
    }

    pub fn sit(&self, seats: usize, rest: impl FnOnce()) {
        let free = self.free.lock().unwrap();
        let mut free = self.bell.wait_while(free, |free| *free < seats).unwrap();
        *free -= seats;
        drop(free);
        rest();
        *self.free.lock().unwrap() += seats;
        self.bell.notify_all();
    }
}
