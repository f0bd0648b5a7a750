//! The seats of a plane. The lock is held for the whole booking.

use selvedge::sync::Mutex;

pub struct Plane {
    seats: Mutex<i32>,
}

impl Plane {
    pub fn with_seats(seats: i32) -> Self {
        Plane { seats: Mutex::new(seats) }
    }

    pub fn book(&self, ask_name: impl FnOnce()) -> bool {
        let mut seats = self.seats.lock().unwrap();
        ask_name();
        let free = *seats > 0;
        *seats -= i32::from(free);
        free
    }
}
