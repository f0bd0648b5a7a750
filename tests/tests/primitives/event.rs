//! `Event`: a set lets everybody go on that waits at that moment, publishes what came before it, and is never missed.
//!
//! Models of three threads that block are too large for loom to finish; they are explored up to two preemptions.

use std::sync::Arc;
use std::time::Duration;

use selvedge_primitives::{Event, Lock};
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
fn whoever_sees_the_event_set_sees_what_came_before_the_set() {
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

#[test]
fn a_set_followed_by_a_clear_at_once_wakes_a_thread_that_waits() {
    let report = verify(|| {
        let event = Arc::new(Event::new());
        let waiter = {
            let event = event.clone();
            thread::spawn(move || event.wait_timeout(SOON))
        };
        event.set();
        event.clear();
        // Without the set it would have to time out. It may do so as well if it comes too late for the set.
        let woken = waiter.join().unwrap();
        assert!(!event.is_set());
        selvedge::outcome(woken);
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_thread_that_waits_is_not_forgotten_when_the_clear_follows_at_once() {
    verify(|| {
        // The lock tells the setter that the waiter waits or is about to; the second set is for the latter.
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
fn whoever_clears_the_event_and_then_looks_for_work_never_misses_any() {
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
    verify(|| {
        let shared = Arc::new((Event::new(), Plain::new(0)));
        shared.0.set();
        let producer = {
            let shared = shared.clone();
            thread::spawn(move || {
                shared.1.set(1);
                shared.0.set();
            })
        };
        shared.0.clear();
        if !shared.0.is_set() {
            // Cleared after the producer's set, or before it and it is still to come.
            producer.join().unwrap();
            selvedge::outcome(shared.0.is_set());
        } else {
            assert_eq!(shared.1.get(), 1);
            producer.join().unwrap();
        }
    });
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
        assert!(woken[1], "a time too long for the clock is for ever");
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
