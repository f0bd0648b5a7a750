//! Loops that wait, and make and drop handles or write cells in each round.

use std::time::Duration;

use selvedge::cell::UnsafeCell;
use selvedge::hint::spin_loop;
use selvedge::sync::Arc;
use selvedge::sync::atomic::AtomicU32;
use selvedge::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use selvedge::{Checker, Report, Verdict, thread};

fn explored(model: impl Fn() + Send + Sync + 'static) -> Report {
    Checker::new().max_duration(Duration::from_secs(20)).run(model)
}

#[track_caller]
fn verified(report: &Report) {
    assert_eq!(*report.verdict(), Verdict::Verified, "{} executions", report.executions());
}

/// A flag that somebody waits for, whose end can be told where `told`.
struct Flag {
    up: AtomicU32,
    told: Option<&'static AtomicU32>,
}

impl Flag {
    fn new(told: Option<&'static AtomicU32>) -> Self {
        Flag { up: AtomicU32::new(0), told }
    }
}

impl Drop for Flag {
    fn drop(&mut self) {
        if let Some(told) = self.told {
            told.store(1, Relaxed);
        }
    }
}

/// Waits for the flag by a new handle in each round.
fn wait(flag: &Arc<Flag>) {
    loop {
        let handle = flag.clone();
        if handle.up.load(Acquire) == 1 {
            break;
        }
        drop(handle);
        spin_loop();
    }
}

fn waits(told: Option<&'static AtomicU32>, looks: bool) -> Report {
    explored(move || {
        let flag = Arc::new(Flag::new(told));
        let other = flag.clone();
        let waiter = thread::spawn(move || wait(&other));
        flag.up.store(1, Release);
        if looks {
            assert!((1..=3).contains(&Arc::strong_count(&flag)));
        }
        drop(flag);
        waiter.join().unwrap();
    })
}

#[test]
fn handles_that_nobody_counts_leave_a_loop_idle() {
    verified(&waits(None, false));
}

#[test]
fn handles_whose_drops_are_told_leave_a_loop_idle() {
    static TOLD: AtomicU32 = AtomicU32::new(0);
    verified(&waits(Some(&TOLD), false));
}

#[test]
fn handles_that_are_counted_leave_a_loop_idle() {
    verified(&waits(None, true));
}

#[test]
fn a_loop_that_counts_its_rounds_in_a_cell_ends() {
    verified(&explored(|| {
        let flag = Arc::new(AtomicU32::new(0));
        let other = flag.clone();
        let waiter = thread::spawn(move || {
            let rounds = UnsafeCell::new(0);
            // SAFETY: the cell is this thread's own.
            let next = |n: *mut u32| unsafe {
                *n += 1;
                *n
            };
            while other.load(Acquire) == 0 && rounds.with_mut(next) < 5 {
                spin_loop();
            }
        });
        flag.store(1, Release);
        waiter.join().unwrap();
    }));
}

#[test]
fn a_cell_whose_writer_unwinds_is_given_back() {
    verified(&explored(|| {
        let flag = Arc::new(AtomicU32::new(0));
        let other = flag.clone();
        let waiter = thread::spawn(move || {
            let cell = UnsafeCell::new(0);
            loop {
                let write = || cell.with_mut(|_| std::panic::resume_unwind(Box::new(())));
                assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(write)).is_err());
                if other.load(Acquire) == 1 {
                    break;
                }
                spin_loop();
            }
        });
        flag.store(1, Release);
        waiter.join().unwrap();
    }));
}
