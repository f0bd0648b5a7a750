//! The seats of a plane. A seat is taken only if nobody else has taken one since the look.

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
        let mut seats = self.seats.load(SeqCst);
        while seats > 0 {
            match self.seats.compare_exchange(seats, seats - 1, SeqCst, SeqCst) {
                Ok(_) => return true,
                Err(now) => seats = now,
            }
        }
        false
    }
}
