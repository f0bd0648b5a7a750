//! What a primitive is explored as, where a model is explored over specifications, beside the primitive itself: whatever a
//! client could see of the one it could see of the other, and both or neither fail.

#![cfg(all(loom, not(feature = "upstream-loom")))]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use selvedge::thread::spawn;
use selvedge::{Checker, FailureKind, Time, Verdict, outcome};
use selvedge_primitives::{BoundedSemaphore, Event, Lock, Semaphore, Thread, main_thread, program};
use selvedge_tests::cell::Plain;

const SOON: Duration = Duration::from_millis(1);

/// Asserts that exploring `model` over specifications shows the outcomes, and the kinds of failure, that exploring it over
/// implementations shows, in both readings of time.
fn agrees(model: impl Fn() + Send + Sync + Clone + 'static) {
    for time in [Time::Adversarial, Time::Virtual] {
        let explore = |checker: Checker| {
            let report = checker.time(time).keep_going().run(model.clone());
            let outcomes: BTreeSet<String> = report.outcomes().keys().cloned().collect();
            let failure = match report.verdict() {
                Verdict::Failed(failure) => Some(failure.kind),
                verdict => {
                    assert!(verdict.is_verified(), "{verdict}");
                    None
                }
            };
            (outcomes, failure)
        };
        let (specified, implemented) = (explore(Checker::new().specifications()), explore(Checker::new()));
        assert_eq!(specified, implemented, "over specifications, and over implementations, in {time:?} time");
        assert!(!specified.0.is_empty() || specified.1.is_some(), "nothing is seen");
    }
}

/// Asserts that what the model waits in is explored over its specification: that takes fewer executions than the implementation.
fn is_specified(model: impl Fn() + Send + Sync + Clone + 'static) {
    let explore = |checker: Checker| checker.run(model.clone()).assert_verified().executions();
    let (specified, implemented) = (explore(Checker::new().specifications()), explore(Checker::new()));
    assert!(specified < implemented, "{specified} executions, and {implemented} of the implementation");
}

#[test]
fn a_semaphore_that_is_waited_for_is_explored_over_its_specification() {
    is_specified(|| {
        let semaphore = Arc::new(Semaphore::new(0));
        let theirs = semaphore.clone();
        let waiting = spawn(move || theirs.acquire());
        semaphore.release(1).unwrap();
        waiting.join().unwrap();
    });
}

#[test]
fn an_event_that_is_waited_for_is_explored_over_its_specification() {
    is_specified(|| {
        let event = Arc::new(Event::new());
        let theirs = event.clone();
        let waiting = spawn(move || theirs.wait());
        event.set();
        waiting.join().unwrap();
    });
}

#[test]
fn a_thread_that_is_joined_is_explored_over_its_specification() {
    is_specified(|| {
        let thread = Thread::new(|| ());
        thread.start().unwrap();
        thread.join().unwrap();
    });
}

#[test]
fn a_lock_is_its_specification() {
    agrees(|| {
        let lock = Arc::new((Lock::new(()), Plain::new(0)));
        let theirs = lock.clone();
        let other = spawn(move || {
            theirs.0.acquire();
            theirs.1.set(theirs.1.get() + 1);
            theirs.0.release().unwrap();
            theirs.0.locked()
        });
        let tried = lock.0.try_acquire();
        if tried {
            lock.1.set(lock.1.get() + 1);
            lock.0.release().unwrap();
        }
        let locked = other.join().unwrap();
        outcome(format_args!("{tried} {locked} {}", lock.1.get()));
    });
}

#[test]
fn a_lock_that_is_waited_for_so_long_is_its_specification() {
    agrees(|| {
        let lock = Arc::new(Lock::new(()));
        lock.acquire();
        let theirs = lock.clone();
        let other = spawn(move || theirs.acquire_timeout(SOON));
        lock.release().unwrap();
        outcome(other.join().unwrap());
    });
}

#[test]
fn a_semaphore_is_its_specification() {
    agrees(|| {
        let semaphore = Arc::new((Semaphore::new(1), Plain::new(0)));
        let others = [(); 2].map(|()| {
            let theirs = semaphore.clone();
            spawn(move || {
                theirs.0.acquire();
                theirs.1.set(theirs.1.get() + 1);
                theirs.0.release(1).unwrap();
            })
        });
        for other in others {
            other.join().unwrap();
        }
        outcome(format_args!("{} {:?}", semaphore.1.get(), semaphore.0));
    });
}

#[test]
fn a_semaphore_that_is_tried_is_its_specification() {
    agrees(|| {
        let semaphore = Arc::new(Semaphore::new(1));
        let theirs = semaphore.clone();
        let other = spawn(move || (theirs.try_acquire(), theirs.acquire_timeout(SOON)));
        let taken = semaphore.try_acquire();
        if taken {
            semaphore.release(2).unwrap();
        }
        outcome(format_args!("{taken} {:?} {semaphore:?}", other.join().unwrap()));
    });
}

#[test]
fn a_bounded_semaphore_tells_of_the_same_releases_too_many() {
    agrees(|| {
        let semaphore = Arc::new(BoundedSemaphore::new(1));
        let theirs = semaphore.clone();
        let other = spawn(move || {
            theirs.acquire();
            theirs.release(1)
        });
        let own = (semaphore.release(1), semaphore.release(0));
        outcome(format_args!("{own:?} {:?}", other.join().unwrap()));
    });
}

#[test]
fn a_permit_that_nobody_gives_back_is_waited_for_in_both() {
    agrees(|| {
        let semaphore = Arc::new(Semaphore::new(1));
        let theirs = semaphore.clone();
        let other = spawn(move || theirs.acquire());
        semaphore.acquire();
        other.join().unwrap();
    });
}

#[test]
fn an_event_is_its_specification() {
    agrees(|| {
        let event = Arc::new((Event::new(), Plain::new(0)));
        let waiting = [(); 2].map(|()| {
            let theirs = event.clone();
            spawn(move || {
                theirs.0.wait();
                theirs.1.get()
            })
        });
        event.1.set(7);
        event.0.set();
        event.0.set();
        let seen = waiting.map(|waiting| waiting.join().unwrap());
        outcome(format_args!("{seen:?} {}", event.0.is_set()));
    });
}

#[test]
fn an_event_that_is_cleared_again_is_its_specification() {
    agrees(|| {
        let event = Arc::new(Event::new());
        let theirs = event.clone();
        let waiting = spawn(move || {
            theirs.wait();
            theirs.is_set()
        });
        event.set();
        event.clear();
        let before = event.is_set();
        event.set();
        outcome(format_args!("{before} {}", waiting.join().unwrap()));
    });
}

#[test]
fn an_event_that_is_missed_is_waited_for_in_both() {
    let model = || {
        let event = Arc::new(Event::new());
        let theirs = event.clone();
        let waiting = spawn(move || {
            theirs.wait();
            outcome("in time");
        });
        event.set();
        event.clear();
        waiting.join().unwrap();
    };
    agrees(model);
    let report = Checker::new().specifications().keep_going().run(model);
    let Verdict::Failed(failure) = report.verdict() else { panic!("{}", report.verdict()) };
    assert_eq!(failure.kind, FailureKind::Deadlock, "the thread that waits for an event does not spin");
    assert!(failure.message.contains("waits in wait"), "{failure}");
}

#[test]
fn an_event_that_is_waited_for_so_long_is_its_specification() {
    agrees(|| {
        let event = Arc::new(Event::new());
        let theirs = event.clone();
        let waiting = spawn(move || (theirs.wait_timeout(SOON), theirs.is_set()));
        event.set();
        outcome(format_args!("{:?}", waiting.join().unwrap()));
    });
}

#[test]
fn the_end_of_a_thread_is_its_specification() {
    agrees(|| {
        let seen = Arc::new(Plain::new(0));
        program(|| {
            let (theirs, mine) = (seen.clone(), seen.clone());
            let thread = Thread::new(move || theirs.set(1));
            thread.start().unwrap();
            let alive = thread.is_alive();
            let second = thread.clone();
            let other = Thread::new(move || second.join().unwrap());
            other.start().unwrap();
            thread.join().unwrap();
            outcome(format_args!("{alive} {} {}", mine.get(), thread.is_alive()));
        });
    });
}

#[test]
fn joins_that_are_errors_are_the_same_errors() {
    agrees(|| {
        program(|| {
            let thread = Thread::new(|| ());
            outcome(format_args!("{:?} {:?}", thread.join(), main_thread().join()));
            let joined = thread.clone();
            let other = spawn(move || joined.join());
            thread.start().unwrap();
            outcome(format_args!("{:?}", other.join().unwrap()));
        });
    });
}

#[test]
fn the_end_of_the_main_thread_is_waited_for_as_any_other() {
    agrees(|| {
        program(|| {
            let main = main_thread();
            let waiting = Thread::new(move || outcome(format_args!("{:?}", main.join())));
            waiting.start().unwrap();
        });
    });
}

#[test]
fn the_end_of_a_program_waits_for_what_its_threads_start() {
    agrees(|| {
        let seen = Arc::new(Plain::new(0));
        let theirs = seen.clone();
        program(|| {
            let outer = Thread::new(move || Thread::new(move || theirs.set(1)).start().unwrap());
            outer.start().unwrap();
        });
        outcome(seen.get());
    });
}
