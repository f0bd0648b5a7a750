//! `Event`: a producer that sets and a consumer that waits, clears and looks never miss each other.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use selvedge_primitives::Event;

use crate::{soak, threads};

#[test]
fn a_consumer_that_clears_before_it_looks_finds_all_work() {
    soak(|| {
        const EACH: u64 = 20_000;
        let (event, work) = (Event::new(), AtomicU64::new(0));
        threads(3, |i| {
            if i == 0 {
                let mut done = 0;
                while done < 2 * EACH {
                    event.wait();
                    event.clear();
                    done += work.swap(0, Relaxed);
                }
            } else {
                for _ in 0..EACH {
                    work.fetch_add(1, Relaxed);
                    event.set();
                }
            }
        });
        assert_eq!(work.into_inner(), 0);
    });
}

#[test]
fn everybody_that_waits_goes_on_though_the_event_is_cleared_at_once() {
    soak(|| {
        const ROUNDS: u64 = 2_000;
        let (event, gone) = (Event::new(), AtomicU64::new(0));
        threads(3, |i| {
            if i == 0 {
                while gone.load(Relaxed) < 2 * ROUNDS {
                    event.set();
                    event.clear();
                    std::thread::yield_now();
                }
            } else {
                for _ in 0..ROUNDS {
                    event.wait();
                    gone.fetch_add(1, Relaxed);
                }
            }
        });
    });
}
