//! `Event`: a set lets everybody go on that waits at that moment, publishes what came before it, and is never missed.
//!
//! Models of three threads that block are too large for loom to finish; they are explored up to two preemptions.

use std::sync::Arc;
use std::time::Duration;

#[cfg(all(loom, feature = "upstream-loom"))]
use selvedge_primitives::Semaphore;
use selvedge_primitives::{Event, Lock};
use selvedge_tests::atomic::{AtomicU32, Ordering::Relaxed};
use selvedge_tests::{cell::Plain, thread, verify, verify_bounded};

/// A time that passes soon, and in a model may pass at any time.
const SOON: Duration = Duration::from_millis(1);

#[test]
fn a_wait_ends_with_the_set_and_sees_what_came_before_it() {
    verify_bounded(2, || {
        let event = Arc::new((Event::new(), Plain::new(0)));
        let waiters: Vec<_> = (0..2)
            .map(|_| {
                let event = event.clone();
                thread::spawn(move || {
                    event.0.wait();
                    assert_eq!(event.1.get(), 1);
                })
            })
            .collect();
        event.1.set(1);
        event.0.set();
        for waiter in waiters {
            waiter.join().unwrap();
        }
    });
}

#[test]
fn a_thread_that_sees_the_event_set_sees_what_came_before_the_set() {
    verify(|| {
        let event = Arc::new((Event::new(), Plain::new(0)));
        let setter = {
            let event = event.clone();
            thread::spawn(move || {
                event.1.set(1);
                event.0.set();
            })
        };
        let set = event.0.is_set();
        if set {
            assert_eq!(event.1.get(), 1);
        }
        setter.join().unwrap();
        assert!(event.0.is_set());
    });
}

#[test]
fn a_set_that_wakes_somebody_publishes_to_those_that_only_look_as_well() {
    verify(|| {
        let event = Arc::new((Event::new(), Plain::new(0)));
        let waiter = {
            let event = event.clone();
            thread::spawn(move || event.0.wait())
        };
        let looker = {
            let event = event.clone();
            thread::spawn(move || {
                if event.0.is_set() {
                    assert_eq!(event.1.get(), 1);
                }
            })
        };
        event.1.set(1);
        event.0.set();
        waiter.join().unwrap();
        looker.join().unwrap();
    });
}

/// Only where preemptions can be bounded: with none at all, the other thread goes on until it waits. Elsewhere nobody knows
/// when it does.
#[cfg(all(loom, feature = "upstream-loom"))]
#[test]
fn a_set_followed_by_a_clear_at_once_wakes_a_thread_that_waits() {
    let report = verify_bounded(0, || {
        let shared = Arc::new((Event::new(), Semaphore::new(0)));
        let waiter = {
            let shared = shared.clone();
            thread::spawn(move || {
                shared.1.release(1).unwrap();
                shared.0.wait();
            })
        };
        shared.1.acquire();
        shared.0.set();
        shared.0.clear();
        waiter.join().unwrap();
    });
    assert!(report.executions() > 0);
}

#[test]
fn a_wait_beside_a_set_and_a_clear_ends_by_the_set_or_in_time() {
    let report = verify(|| {
        let event = Arc::new(Event::new());
        let waiter = {
            let event = event.clone();
            thread::spawn(move || event.wait_timeout(SOON))
        };
        event.set();
        event.clear();
        let woken = waiter.join().unwrap();
        assert!(!event.is_set());
        selvedge::outcome(woken);
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_wait_ends_with_the_last_of_several_sets_at_the_latest() {
    verify(|| {
        let event = Arc::new(Event::new());
        let waiter = {
            let event = event.clone();
            thread::spawn(move || event.wait())
        };
        event.set();
        event.clear();
        event.set();
        waiter.join().unwrap();
    });
}

#[test]
fn a_wait_does_not_end_by_a_set_that_was_taken_back_before_it_began() {
    let report = verify_bounded(2, || {
        let event = Arc::new(Event::new());
        let others: Vec<_> = [
            Box::new(|event: &Event| event.wait()) as Box<dyn Fn(&Event) + Send>,
            Box::new(|event: &Event| event.set()),
        ]
        .into_iter()
        .map(|act| {
            let event = event.clone();
            thread::spawn(move || act(&event))
        })
        .collect();
        if event.is_set() {
            // The set has happened, and nobody sets the event again.
            event.clear();
            assert!(!event.wait_timeout(SOON), "woken by a set that was taken back");
            selvedge::outcome("cleared");
            event.set();
        } else {
            selvedge::outcome("not set yet");
        }
        for other in others {
            other.join().unwrap();
        }
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["cleared", "not set yet"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_thread_that_clears_the_event_and_then_looks_for_work_never_misses_any() {
    verify_bounded(2, || {
        let shared = Arc::new((Event::new(), Lock::new(0)));
        let producers: Vec<_> = (0..2)
            .map(|_| {
                let shared = shared.clone();
                thread::spawn(move || {
                    *shared.1.lock() += 1;
                    shared.0.set();
                })
            })
            .collect();
        let mut done = 0;
        while done < 2 {
            shared.0.wait();
            shared.0.clear();
            done += std::mem::take(&mut *shared.1.lock());
        }
        for producer in producers {
            producer.join().unwrap();
        }
    });
}

#[test]
fn a_clear_sees_what_came_before_a_set_that_found_the_event_set() {
    let report = verify(|| {
        let shared = Arc::new((Event::new(), AtomicU32::new(0)));
        shared.0.set();
        let producer = {
            let shared = shared.clone();
            thread::spawn(move || {
                // Relaxed, so that the event alone orders the work.
                shared.1.store(1, Relaxed);
                shared.0.set();
            })
        };
        shared.0.clear();
        let found = shared.1.load(Relaxed) == 1;
        producer.join().unwrap();
        assert!(found || shared.0.is_set(), "the work and the set were missed both");
        selvedge::outcome(found);
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_thread_that_sees_that_the_event_was_cleared_sees_what_came_before_the_clear() {
    let report = verify(|| {
        let event = Arc::new((Event::new(), Plain::new(0)));
        event.0.set();
        let clearer = {
            let event = event.clone();
            thread::spawn(move || {
                event.1.set(1);
                event.0.clear();
            })
        };
        let set = event.0.is_set();
        if !set {
            assert_eq!(event.1.get(), 1);
        }
        clearer.join().unwrap();
        selvedge::outcome(set);
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_set_wakes_nobody_who_began_to_wait_after_it_was_taken_back() {
    let report = verify(|| {
        let event = Arc::new(Event::new());
        // Leaves its mark, so that the set looks for threads that wait.
        assert!(!event.wait_timeout(SOON));
        let setter = {
            let event = event.clone();
            thread::spawn(move || event.set())
        };
        let set = event.is_set();
        if set {
            // Nobody sets the event again.
            event.clear();
            assert!(!event.wait_timeout(SOON), "woken by a set that was taken back");
        }
        setter.join().unwrap();
        selvedge::outcome(set);
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_timed_wait_that_gives_up_leaves_the_event_as_it_was() {
    let report = verify_bounded(2, || {
        let event = Arc::new(Event::new());
        let waiters: Vec<_> = [SOON, Duration::MAX]
            .map(|timeout| {
                let event = event.clone();
                thread::spawn(move || event.wait_timeout(timeout))
            })
            .into();
        event.set();
        let woken: Vec<_> = waiters.into_iter().map(|w| w.join().unwrap()).collect();
        assert!(woken[1], "a time too long for the clock is forever");
        assert!(event.is_set());
        selvedge::outcome(woken[0]);
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_zero_timeout_only_looks() {
    verify(|| {
        let event = Event::new();
        assert!(!event.wait_timeout(Duration::ZERO));
        event.set();
        assert!(event.wait_timeout(Duration::ZERO));
        event.clear();
        assert!(!event.wait_timeout(Duration::ZERO));
    });
}
