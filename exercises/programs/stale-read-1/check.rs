//! Ann and Bob come to the bridge.

use std::sync::Arc;

use selvedge::outcome;
use selvedge::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use selvedge_exercises::start;

use super::program::Bridge;

pub fn check() {
    let bridge = Arc::new(Bridge::new());
    let on_bridge = Arc::new(AtomicU32::new(0));
    let travellers = [("Ann", 0), ("Bob", 1)].map(|(name, number)| {
        let (bridge, on_bridge) = (bridge.clone(), on_bridge.clone());
        start(name, move || {
            let crossed = AtomicBool::new(false);
            bridge.try_cross(number, || {
                assert_eq!(on_bridge.fetch_add(1, Relaxed), 0, "two are on the bridge");
                on_bridge.fetch_sub(1, Relaxed);
                crossed.store(true, Relaxed);
            });
            crossed.into_inner()
        })
    });
    match travellers.map(|traveller| traveller.join().unwrap()) {
        [true, true] => outcome("Ann crosses; Bob crosses"),
        [true, false] => outcome("Ann crosses"),
        [false, true] => outcome("Bob crosses"),
        [false, false] => outcome("neither crosses"),
    }
}
