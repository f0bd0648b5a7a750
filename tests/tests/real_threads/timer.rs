//! `Timer` on real threads and a real clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use selvedge_primitives::{Lock, Timer, program};

#[test]
fn a_timer_calls_when_its_interval_has_passed_and_not_before() {
    let interval = Duration::from_millis(20);
    let called = Arc::new(Lock::new(None));
    let begin = Instant::now();
    program(|| {
        let called = called.clone();
        Timer::new(interval, move || *called.lock() = Some(Instant::now())).start().unwrap();
    });
    let called = called.lock().expect("the program waits for the timer");
    assert!(called - begin >= interval);
}

#[test]
fn of_many_cancels_and_expiries_each_timer_has_one() {
    let (calls, mut cancelled) = (Arc::new(AtomicUsize::new(0)), 0);
    const TIMERS: usize = 500;
    program(|| {
        for round in 0..TIMERS {
            let calls = calls.clone();
            let timer = Timer::new(Duration::from_micros(round as u64 % 150), move || {
                calls.fetch_add(1, Ordering::Relaxed);
            });
            timer.start().unwrap();
            std::thread::sleep(Duration::from_micros(round as u64 % 7));
            cancelled += usize::from(timer.cancel());
        }
    });
    assert_eq!(calls.load(Ordering::Relaxed) + cancelled, TIMERS);
}
