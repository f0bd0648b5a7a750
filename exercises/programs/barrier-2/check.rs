//! Ann and Bob row two rounds.

use std::sync::Arc;
use std::time::Duration;

use selvedge::sync::atomic::{AtomicU32, Ordering::Relaxed};
use selvedge::thread;
use selvedge_exercises::{Meeting, start};

use super::program::Boat;

pub fn check() {
    let boat = Arc::new(Boat::new());
    let water = Arc::new(Meeting::new("both pull at once"));
    let pulls = Arc::new([AtomicU32::new(0), AtomicU32::new(0)]);
    let rowers = [("Ann", 0), ("Bob", 1)].map(|(name, me)| {
        let (boat, water, pulls) = (boat.clone(), water.clone(), pulls.clone());
        start(name, move || {
            boat.round(|| {
                water.attend();
                pulls[me].store(1, Relaxed);
            });
            assert!(pulls[1 - me].load(Relaxed) >= 1, "{name} is a round ahead");
            boat.round(|| {
                // By the clock the other one is awake by then.
                thread::sleep(Duration::from_millis(20));
                pulls[me].store(2, Relaxed);
            });
            assert!(pulls[1 - me].load(Relaxed) == 2, "{name} is a round ahead");
        })
    });
    for rower in rowers {
        rower.join().unwrap();
    }
    water.tell();
}
