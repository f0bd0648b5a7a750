//! Ann and Bob sit with their cellos, and without.

use std::sync::Arc;
use std::time::Duration;

use selvedge::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use selvedge::thread;
use selvedge_exercises::{Meeting, start};

use super::program::Bench;

pub fn check() {
    let bench = Arc::new(Bench::new());
    let park = Arc::new(Meeting::new("two without a cello sit at once"));
    let taken = Arc::new(AtomicUsize::new(0));
    let players = ["Ann", "Bob"].map(|name| {
        let (bench, park, taken) = (bench.clone(), park.clone(), taken.clone());
        start(name, move || {
            // By the clock Bob comes when Ann's cello is gone.
            if name == "Bob" {
                thread::sleep(Duration::from_millis(50));
            }
            bench.sit(2, || {
                assert_eq!(taken.fetch_add(2, Relaxed), 0, "somebody sits on an occupied seat");
                taken.fetch_sub(2, Relaxed);
            });
            bench.sit(1, || park.attend());
        })
    });
    for player in players {
        player.join().unwrap();
    }
    park.tell();
}
