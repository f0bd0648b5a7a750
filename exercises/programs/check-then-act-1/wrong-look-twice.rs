//! The seats of a plane. The seat is looked at again before it is taken.

use selvedge::sync::atomic::{AtomicI32, Ordering::SeqCst};

pub struct Plane {
    seats: AtomicI32,
}

impl Plane {
    pub fn with_seats(seats: i32) -> Self {
        Plane { seats: AtomicI32::new(seats) }
    }

    pub fn book(&self, ask_name: impl FnOnce()) -> bool {
        ask_name();
        if self.seats.load(SeqCst) > 0 && self.seats.load(SeqCst) > 0 {
            self.seats.fetch_sub(1, SeqCst);
            return true;
        }
        false
    }
}
