//! The seats of a plane. Every access holds the lock.

use selvedge::sync::Mutex;

pub struct Plane {
    seats: Mutex<i32>,
}

impl Plane {
    pub fn with_seats(seats: i32) -> Self {
        Plane { seats: Mutex::new(seats) }
    }

    pub fn book(&self, ask_name: impl FnOnce()) -> bool {
        ask_name();
        let free = *self.seats.lock().unwrap();
        if free > 0 {
            *self.seats.lock().unwrap() -= 1;
            return true;
        }
        false
    }
}
