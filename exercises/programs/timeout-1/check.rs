//! An order that somebody cancels at some time.

use std::sync::Arc;

use selvedge::sync::atomic::{AtomicBool, Ordering::SeqCst};
use selvedge::{outcome, trace};
use selvedge_primitives::program;

use super::program::Order;

pub fn check() {
    let left = Arc::new(AtomicBool::new(false));
    let in_time = program({
        let left = left.clone();
        move || {
            Order::new(move || {
                left.store(true, SeqCst);
                trace::step("send", "the parcel leaves");
            })
            .cancel()
        }
    });
    // The program has ended, and so has its timer.
    match (in_time, left.load(SeqCst)) {
        (true, false) => outcome("cancelled in time"),
        (false, true) => outcome("the parcel has left"),
        (true, true) => panic!("the parcel has left, and `cancel` said that it will not"),
        (false, false) => panic!("the parcel is still here, and `cancel` said that it has left"),
    }
}
