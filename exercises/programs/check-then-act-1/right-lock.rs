//! The seats of a plane. The lock guards `seats`, from the look to the taking.

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
        let mut seats = self.seats.lock().unwrap();
        if *seats > 0 {
            *seats -= 1;
            return true;
        }
        false
    }
}
