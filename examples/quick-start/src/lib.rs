//! Sells tickets.

#![cfg_attr(not(loom), allow(clippy::disallowed_types, clippy::disallowed_methods))]

mod sync;

use crate::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// The tickets that are left.
#[derive(Debug)]
pub struct Tickets {
    left: AtomicUsize,
}

impl Tickets {
    /// So many tickets.
    pub fn new(left: usize) -> Self {
        Tickets {
            left: AtomicUsize::new(left),
        }
    }

    /// Sells a ticket, and says whether there was one.
    pub fn sell(&self) -> bool {
        let one_less = |left: usize| left.checked_sub(1);
        self.left.fetch_update(SeqCst, SeqCst, one_less).is_ok()
    }
}

#[cfg(all(test, loom))]
mod models {
    use selvedge::Checker;

    use super::Tickets;
    use crate::sync::{Arc, thread};

    #[test]
    fn the_last_ticket_is_sold_once() {
        let report = Checker::new().run(|| {
            let tickets = Arc::new(Tickets::new(1));
            let other = thread::spawn({
                let tickets = tickets.clone();
                move || tickets.sell()
            });
            let here = tickets.sell();
            let there = other.join().unwrap();
            assert!(here != there, "the last ticket was sold twice");
        });
        report.assert_verified();
    }
}
