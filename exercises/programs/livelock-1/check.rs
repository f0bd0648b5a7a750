//! A host, and a family of three that comes one after the other.

use std::sync::Arc;
use std::time::Duration;

use selvedge::{outcome, thread};
use selvedge_exercises::start;

use super::program::Dinner;

pub fn check() {
    let dinner = Arc::new(Dinner::new());
    let host = start("Host", {
        let dinner = dinner.clone();
        move || dinner.serve()
    });
    for _ in 0..3 {
        // By the clock the host has all the time in the world.
        thread::sleep(Duration::from_millis(20));
        dinner.come();
    }
    match host.join().unwrap() {
        2 => outcome("dinner is served to two"),
        3 => outcome("dinner is served to three"),
        guests => panic!("dinner was served to {guests}"),
    }
}
