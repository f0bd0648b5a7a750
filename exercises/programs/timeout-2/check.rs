//! Ann offers a gift, and Bob comes by.

use std::sync::Arc;
use std::time::Duration;

use selvedge::{outcome, thread};
use selvedge_exercises::start;

use super::program::Table;

pub fn check() {
    let table = Arc::new(Table::new());
    let ann = start("Ann", {
        let table = table.clone();
        move || table.offer(7)
    });
    let bob = start("Bob", {
        let table = table.clone();
        move || {
            // By the clock he comes while Ann waits.
            thread::sleep(Duration::from_millis(50));
            table.take()
        }
    });
    match (ann.join().unwrap(), bob.join().unwrap()) {
        (true, Some(7)) => outcome("Bob has the gift"),
        (false, None) => outcome("Ann keeps the gift"),
        (false, Some(_)) => panic!("Bob has the gift, and Ann believes that she kept it"),
        (true, _) => panic!("Ann believes that Bob has the gift, and he has not"),
    }
}
