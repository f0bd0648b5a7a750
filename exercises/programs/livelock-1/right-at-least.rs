//! A dinner. The host waits for at least two guests.

use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};
use selvedge::thread;

pub struct Dinner {
    guests: AtomicU32,
}

impl Dinner {
    pub fn new() -> Self {
        Dinner { guests: AtomicU32::new(0) }
    }

    pub fn come(&self) {
        self.guests.fetch_add(1, SeqCst);
    }

    pub fn serve(&self) -> u32 {
        while self.guests.load(SeqCst) < 2 {
            thread::yield_now();
        }
        self.guests.load(SeqCst)
    }
}
