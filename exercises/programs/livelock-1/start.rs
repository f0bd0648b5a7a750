//! A dinner.

use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};
use selvedge::thread;

pub struct Dinner {
    guests: AtomicU32,
}

impl Dinner {
    pub fn new() -> Self {
        Dinner { guests: AtomicU32::new(0) }
    }

    /// A guest comes.
    pub fn come(&self) {
        self.guests.fetch_add(1, SeqCst);
    }

    /// Waits for two guests, and says to how many dinner is served.
    pub fn serve(&self) -> u32 {
        while self.guests.load(SeqCst) != 2 {
            thread::yield_now();
        }
        self.guests.load(SeqCst)
    }
}
