//! Timeouts and sleeps beside what they race with, in both readings of time: exactly these outcomes.
//!
//! In each program something happens at 2 ms and a wait that begins at 0 gives up at 1, at 2 or at 3. In virtual time that
//! is before it, in a tie, which goes either way, and after it; in adversarial time it is always either way. An
//! [enumerator](super::clockwork) of all orders finds the same.

#![cfg(all(loom, not(feature = "upstream-loom")))]

use std::sync::Arc;
use std::time::Duration;

use super::clockwork::Step::{Do, Sleep, Wait};
use super::clockwork::{Step, World, outcomes};
use selvedge::{Checker, Time, outcome};
use selvedge_primitives::{Barrier, Condition, Event, Lock, Queue, Semaphore, Thread, Timer, program, sleep};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Starts a thread that does `body` at 2 ms.
fn at_2(body: impl FnOnce() + Send + 'static) -> Thread {
    let thread = Thread::named("other", || {
        sleep(ms(2));
        body();
    });
    thread.start().unwrap();
    thread
}

/// Explores `model` with a timeout of 1, 2 and 3 ms: `late` is what comes out where the wait gives up before 2, `in_time` where it
/// does not have to.
/// `actors` are the same program for the enumerator: one that waits so long, and another.
#[track_caller]
fn assert_races(
    model: impl Fn(Duration) + Send + Sync + Copy + 'static,
    actors: fn(u64) -> [Vec<Step>; 2],
    late: &str,
    in_time: &str,
) {
    let mut both = [late, in_time];
    both.sort_unstable();
    for (timeout, in_virtual) in [(1, &[late][..]), (2, &both), (3, &[in_time])] {
        for (time, wanted) in [(Time::Adversarial, &both[..]), (Time::Virtual, in_virtual)] {
            let checker = Checker::new().specifications().time(time);
            let report = checker.run(move || model(ms(timeout))).assert_verified();
            assert_eq!(report.outcomes().keys().collect::<Vec<_>>(), wanted, "{time:?}, {timeout} ms");
            let actors = actors(timeout);
            let enumerated = outcomes(time, &[&actors[0], &actors[1]]);
            assert_eq!(enumerated.iter().collect::<Vec<_>>(), wanted, "{time:?}, {timeout} ms, enumerated");
        }
    }
}

/// At 2 ms something happens for which somebody waits, who says so or that the time is up.
macro_rules! waits_for_it {
    ($late:literal, $in_time:literal) => {
        |timeout| {
            let waits = |world: &mut World, is_up: bool| {
                world.seen.extend(if world.done { Some($in_time) } else { is_up.then_some($late) });
                world.done || is_up
            };
            let happens = |world: &mut World, _: bool| {
                world.done = true;
                true
            };
            [vec![Wait(waits, Some(timeout))], vec![Sleep(2), Do(happens)]]
        }
    };
}

#[test]
fn a_join_gives_up_or_sees_the_end() {
    let model = |timeout| {
        let other = at_2(|| ());
        outcome(other.join_timeout(timeout).unwrap());
        other.join().unwrap();
    };
    assert_races(model, waits_for_it!("false", "true"), "false", "true");
}

/// The timer's interval is 2 ms, and it is cancelled after the timeout: before its time, that is in time for the cancel.
#[test]
fn a_timer_is_cancelled_or_fires() {
    let model = |after| {
        let timer = Timer::new(ms(2), || outcome("fired"));
        timer.start().unwrap();
        sleep(after);
        if timer.cancel() {
            outcome("cancelled");
        }
        timer.join().unwrap();
    };
    let actors = |after| {
        let cancel = |world: &mut World, _: bool| {
            if !world.done {
                world.cancelled = true;
                world.seen.push("cancelled");
            }
            true
        };
        let fire = |world: &mut World, is_up: bool| {
            if is_up && !world.cancelled {
                world.done = true;
                world.seen.push("fired");
            }
            is_up || world.cancelled
        };
        [vec![Sleep(after), Do(cancel)], vec![Wait(fire, Some(2))]]
    };
    assert_races(model, actors, "cancelled", "fired");
}

/// Who gives up breaks the barrier, for the one that comes later too.
#[test]
fn a_barrier_breaks_or_is_passed() {
    let model = |timeout| {
        let barrier = Arc::new(Barrier::new(2).unwrap());
        let passed = Arc::new(Lock::new(false));
        let other = at_2({
            let (barrier, passed) = (barrier.clone(), passed.clone());
            move || *passed.lock() = barrier.wait().is_ok()
        });
        let mine = barrier.wait_timeout(timeout).is_ok();
        other.join().unwrap();
        outcome(format!("{mine} {}", *passed.lock()));
    };
    let actors = |timeout| {
        fn arrive(world: &mut World, _: bool) -> bool {
            world.arrived += usize::from(!world.broken);
            true
        }
        fn pass(world: &mut World, is_up: bool) -> bool {
            let passes = world.arrived == 2;
            if passes || world.broken || is_up {
                world.broken |= !passes;
                world.seen.push(if passes { "true" } else { "false" });
                return true;
            }
            false
        }
        [vec![Do(arrive), Wait(pass, Some(timeout))], vec![Sleep(2), Do(arrive), Wait(pass, None)]]
    };
    assert_races(model, actors, "false false", "true true");
}

#[test]
fn a_queue_stays_empty_or_gives_an_item() {
    let model = |timeout| {
        let queue = Arc::new(Queue::new(1));
        let other = at_2({
            let queue = queue.clone();
            move || queue.put("item").unwrap()
        });
        outcome(queue.get_timeout(timeout).unwrap_or("empty"));
        other.join().unwrap();
    };
    assert_races(model, waits_for_it!("empty", "item"), "empty", "item");
}

#[test]
fn a_condition_times_out_or_is_notified() {
    let model = |timeout| {
        let condition = Arc::new(Condition::new());
        let other = at_2({
            let condition = condition.clone();
            move || condition.lock().notify(1)
        });
        outcome(condition.lock().wait_timeout(timeout));
        other.join().unwrap();
    };
    let actors = |timeout| {
        let enlist = |world: &mut World, _: bool| {
            world.enlisted = true;
            true
        };
        let notify = |world: &mut World, _: bool| {
            world.notified = world.enlisted;
            true
        };
        let wait = |world: &mut World, is_up: bool| {
            let goes_on = world.notified || is_up;
            if goes_on {
                world.enlisted = false;
                world.seen.push(if world.notified { "true" } else { "false" });
            }
            goes_on
        };
        [vec![Do(enlist), Wait(wait, Some(timeout))], vec![Sleep(2), Do(notify)]]
    };
    assert_races(model, actors, "false", "true");
}

#[test]
fn an_event_is_not_set_or_is() {
    let model = |timeout| {
        let event = Arc::new(Event::new());
        let other = at_2({
            let event = event.clone();
            move || event.set()
        });
        outcome(event.wait_timeout(timeout));
        other.join().unwrap();
    };
    assert_races(model, waits_for_it!("false", "true"), "false", "true");
}

#[test]
fn a_semaphore_has_no_permit_or_one() {
    let model = |timeout| {
        let semaphore = Arc::new(Semaphore::new(0));
        let other = at_2({
            let semaphore = semaphore.clone();
            move || semaphore.release(1).unwrap()
        });
        outcome(semaphore.acquire_timeout(timeout));
        other.join().unwrap();
    };
    assert_races(model, waits_for_it!("false", "true"), "false", "true");
}

/// As it is and as its specification.
#[test]
fn a_lock_is_held_or_released() {
    let model = |timeout| {
        let lock = Arc::new(Lock::new(()));
        lock.acquire();
        let other = at_2({
            let lock = lock.clone();
            move || lock.release().unwrap()
        });
        outcome(lock.acquire_timeout(timeout));
        other.join().unwrap();
    };
    assert_races(model, waits_for_it!("false", "true"), "false", "true");
    for (timeout, wanted) in [(1, &["false"][..]), (2, &["false", "true"]), (3, &["true"])] {
        let report = Checker::new().time(Time::Virtual).run(move || model(ms(timeout))).assert_verified();
        assert_eq!(report.outcomes().keys().collect::<Vec<_>>(), wanted, "{timeout} ms");
    }
}

/// The daemon says something at 2, at 4 and so on, and the program ends after the timeout.
#[test]
fn a_program_ends_with_its_daemons() {
    let model = |ends_at| {
        program(|| {
            let daemon = Thread::named("daemon", || {
                loop {
                    sleep(ms(2));
                    outcome("daemon");
                }
            });
            daemon.daemon(true).start().unwrap();
            sleep(ms(ends_at));
        });
    };
    for (ends_at, wanted) in [(1, &[""][..]), (2, &["", "daemon"]), (3, &["daemon"])] {
        let checker = Checker::new().specifications().time(Time::Virtual);
        let report = checker.run(move || model(ends_at)).assert_verified();
        assert_eq!(report.outcomes().keys().collect::<Vec<_>>(), wanted, "ends at {ends_at} ms");
    }
}
