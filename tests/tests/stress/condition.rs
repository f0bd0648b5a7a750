//! `Condition`: a buffer of one place, many producers and consumers, two conditions over one lock; nothing lost or doubled.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use selvedge_primitives::{Condition, Lock};

use crate::{soak, threads};

#[test]
fn what_is_put_into_a_buffer_of_one_place_comes_out_once() {
    soak(|| {
        const EACH: u64 = 3_000;
        let buffer = Lock::new(None);
        let (not_full, not_empty) = (Condition::over(&buffer), Condition::over(&buffer));
        let sum = AtomicU64::new(0);
        threads(4, |i| {
            for n in 1..=EACH {
                if i % 2 == 0 {
                    let mut slot = not_full.lock();
                    slot.wait_for(|slot| slot.is_none());
                    *slot = Some(n);
                    not_empty.with(&mut slot).unwrap().notify(1);
                } else {
                    let mut slot = not_empty.lock();
                    while !slot.wait_for_timeout(Duration::from_micros(50), |slot| slot.is_some()) {}
                    sum.fetch_add(slot.take().unwrap(), Relaxed);
                    not_full.with(&mut slot).unwrap().notify(1);
                }
            }
        });
        assert_eq!(sum.into_inner(), EACH * (EACH + 1));
    });
}
