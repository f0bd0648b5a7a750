//! What one writes over a mutex and a condition variable where the standard library has nothing.

use std::sync::{Condvar, Mutex};

#[derive(Default)]
pub struct Semaphore {
    permits: Mutex<usize>,
    released: Condvar,
}

impl Semaphore {
    pub fn acquire(&self) {
        let mut permits = self.released.wait_while(self.permits.lock().unwrap(), |n| *n == 0).unwrap();
        *permits -= 1;
    }

    pub fn release(&self) {
        *self.permits.lock().unwrap() += 1;
        self.released.notify_one();
    }
}

#[derive(Default)]
pub struct Event {
    flag: Mutex<bool>,
    changed: Condvar,
}

impl Event {
    pub fn set(&self) {
        *self.flag.lock().unwrap() = true;
        self.changed.notify_all();
    }

    pub fn wait(&self) {
        drop(self.changed.wait_while(self.flag.lock().unwrap(), |set| !*set).unwrap());
    }

    pub fn clear(&self) {
        *self.flag.lock().unwrap() = false;
    }
}
