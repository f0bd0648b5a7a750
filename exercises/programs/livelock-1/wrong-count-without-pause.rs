//! A dinner. The host counts as fast as he can.

use selvedge::hint;
use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};

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
        while self.guests.load(SeqCst) != 2 {
            hint::spin_loop();
        }
        self.guests.load(SeqCst)
    }
}
