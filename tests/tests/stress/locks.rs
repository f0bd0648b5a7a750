//! `Lock` and `RLock`: no increment is lost, whichever way the lock is taken.

use std::cell::Cell;
use std::time::Duration;

use selvedge_primitives::{Lock, RLock};

use crate::{soak, threads};

#[test]
fn a_lock_loses_no_increment() {
    soak(|| {
        let counter = Lock::new(0u64);
        threads(4, |_| {
            for i in 0..20_000 {
                match i % 3 {
                    0 => *counter.lock() += 1,
                    1 => loop {
                        if let Some(mut counter) = counter.try_lock() {
                            *counter += 1;
                            break;
                        }
                        std::thread::yield_now();
                    },
                    _ => loop {
                        if let Some(mut counter) = counter.lock_timeout(Duration::from_micros(20)) {
                            *counter += 1;
                            break;
                        }
                    },
                }
            }
        });
        assert_eq!(counter.into_inner(), 80_000);
    });
}

#[test]
fn a_reentrant_lock_loses_no_increment_at_any_depth() {
    soak(|| {
        let counter = RLock::new(Cell::new(0u64));
        threads(4, |_| {
            for i in 0..10_000 {
                let levels: Vec<_> = (0..i % 4).map(|_| counter.lock()).collect();
                let innermost = counter.lock();
                innermost.set(innermost.get() + 1);
                drop(levels);
                innermost.set(innermost.get() + 1);
            }
        });
        assert!(!counter.locked());
        assert_eq!(counter.into_inner().get(), 80_000);
    });
}
