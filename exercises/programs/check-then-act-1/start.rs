//! The seats of a plane.

use selvedge::sync::atomic::{AtomicI32, Ordering::SeqCst};

pub struct Plane {
    seats: AtomicI32,
}

impl Plane {
    pub fn with_seats(seats: i32) -> Self {
        Plane { seats: AtomicI32::new(seats) }
    }

    /// Asks for a name, which takes a while, and gives a seat away if there is one.
    pub fn book(&self, ask_name: impl FnOnce()) -> bool {
        ask_name();
        if self.seats.load(SeqCst) > 0 {
            self.seats.fetch_sub(1, SeqCst);
            return true;
        }
        false
    }
}
