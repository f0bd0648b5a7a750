//! Ann and Bob come to the door.

use std::sync::Arc;
use std::time::Duration;

use selvedge::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use selvedge::{outcome, thread};
use selvedge_exercises::start;

use super::program::Door;

pub fn check() {
    let door = Arc::new(Door::new());
    let (inside, first) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicUsize::new(2)));
    let people = [("Ann", 0), ("Bob", 1)].map(|(name, number)| {
        let (door, inside, first) = (door.clone(), inside.clone(), first.clone());
        start(name, move || {
            // By the clock Bob comes much later.
            if number == 1 {
                thread::sleep(Duration::from_millis(50));
            }
            door.pass(number, || {
                assert_eq!(inside.fetch_add(1, Relaxed), 0, "two are in the door");
                let _ = first.compare_exchange(2, number, Relaxed, Relaxed);
                inside.fetch_sub(1, Relaxed);
            });
        })
    });
    for person in people {
        person.join().unwrap();
    }
    match first.load(Relaxed) {
        0 => outcome("Ann goes first"),
        1 => outcome("Bob goes first"),
        _ => panic!("neither has gone through"),
    }
}
