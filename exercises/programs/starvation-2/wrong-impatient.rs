//! A bench with two seats, and people who do not wait for long.

use std::time::Duration;

use selvedge_primitives::Semaphore;

pub struct Bench {
    seats: Semaphore,
}

impl Bench {
    pub fn new() -> Self {
        Bench { seats: Semaphore::new(2) }
    }

    pub fn sit(&self, seats: usize, rest: impl FnOnce()) {
        let taken = (0..seats).filter(|_| self.seats.acquire_timeout(Duration::from_millis(500))).count();
        rest();
        self.seats.release(taken).ok();
    }
}
