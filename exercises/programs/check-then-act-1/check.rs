//! Ann and Bob want the one seat that is left.

use std::sync::Arc;

use selvedge_exercises::{Meeting, start};

use super::program::Plane;

pub fn check() {
    let plane = Arc::new(Plane::with_seats(1));
    let counter = Arc::new(Meeting::new("both give their names at once"));
    let travellers = ["Ann", "Bob"].map(|name| {
        let (plane, counter) = (plane.clone(), counter.clone());
        start(name, move || plane.book(|| counter.attend()))
    });
    let seats = travellers.map(|traveller| traveller.join().unwrap());
    counter.tell();
    assert!(seats != [true, true], "one seat was given to two travellers");
    assert!(seats != [false, false], "a seat was free, and nobody got it");
}
