//! `Semaphore` and `BoundedSemaphore`: never more holders than permits, and all permits back in the end.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use selvedge_primitives::{BoundedSemaphore, Semaphore};

use crate::{soak, threads};

#[test]
fn a_bounded_semaphore_never_lets_more_in_than_it_has_permits() {
    soak(|| {
        let (semaphore, inside) = (BoundedSemaphore::new(2), AtomicUsize::new(0));
        threads(4, |_| {
            for i in 0..10_000 {
                let permit = if i % 4 == 0 {
                    semaphore.permit_timeout(Duration::from_micros(10))
                } else {
                    Some(semaphore.permit())
                };
                if permit.is_some() {
                    assert!(inside.fetch_add(1, SeqCst) < 2);
                    inside.fetch_sub(1, SeqCst);
                }
            }
        });
        assert!(semaphore.try_acquire() && semaphore.try_acquire() && !semaphore.try_acquire());
    });
}

#[test]
fn every_permit_released_in_bulk_is_acquired_once() {
    soak(|| {
        let semaphore = Semaphore::new(0);
        threads(4, |i| {
            if i == 0 {
                for _ in 0..5_000 {
                    semaphore.release(3).unwrap();
                }
            } else {
                for _ in 0..5_000 {
                    semaphore.acquire();
                }
            }
        });
        assert!(!semaphore.try_acquire());
    });
}
