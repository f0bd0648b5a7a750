//! A dinner. The host sleeps until there are at least two guests; the lock guards their number.

use selvedge::sync::{Condvar, Mutex};

pub struct Dinner {
    guests: Mutex<u32>,
    bell: Condvar,
}

impl Dinner {
    pub fn new() -> Self {
        Dinner { guests: Mutex::new(0), bell: Condvar::new() }
    }

    pub fn come(&self) {
        *self.guests.lock().unwrap() += 1;
        self.bell.notify_one();
    }

    pub fn serve(&self) -> u32 {
        let guests = self.guests.lock().unwrap();
        *self.bell.wait_while(guests, |guests| *guests < 2).unwrap()
    }
}
