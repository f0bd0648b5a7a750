//! A bench with two seats. The lock guards the taking of both.

use selvedge::sync::Mutex;
use selvedge_primitives::Semaphore;

pub struct Bench {
    taking: Mutex<()>,
    seats: Semaphore,
}

impl Bench {
    pub fn new() -> Self {
        Bench { taking: Mutex::new(()), seats: Semaphore::new(2) }
    }

    pub fn sit(&self, seats: usize, rest: impl FnOnce()) {
        let taking = self.taking.lock().unwrap();
        for _ in 0..seats {
            self.seats.acquire();
        }
        drop(taking);
        rest();
        self.seats.release(seats).unwrap();
    }
}
