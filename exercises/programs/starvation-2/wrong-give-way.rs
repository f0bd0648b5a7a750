//! A bench with two seats. A player who has one gives way to others.

use selvedge_primitives::{Semaphore, yield_now};

pub struct Bench {
    seats: Semaphore,
}

impl Bench {
    pub fn new() -> Self {
        Bench { seats: Semaphore::new(2) }
    }

    pub fn sit(&self, seats: usize, rest: impl FnOnce()) {
        for _ in 0..seats {
            self.seats.acquire();
            yield_now();
        }
        rest();
        self.seats.release(seats).unwrap();
    }
}
