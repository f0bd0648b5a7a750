//! A bench with two seats.

use selvedge_primitives::Semaphore;

pub struct Bench {
    seats: Semaphore,
}

impl Bench {
    pub fn new() -> Self {
        Bench { seats: Semaphore::new(2) }
    }

    /// Takes one seat or two, sits, and gives them back.
    pub fn sit(&self, seats: usize, rest: impl FnOnce()) {
        for _ in 0..seats {
            self.seats.acquire();
        }
        rest();
        self.seats.release(seats).unwrap();
    }
}
