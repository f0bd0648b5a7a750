//! An execution step by step: all that can be chosen leads to what the exploration finds, and to nothing else.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use selvedge::stepping::{Ahead, NoWay, Position, Standing, Stepper};
use selvedge::sync::atomic::{AtomicU32, Ordering, Ordering::*};
use selvedge::sync::{Arc, Condvar, Mutex};
use selvedge::{Checker, Time, Verdict, outcome, thread};

/// How executions end, by what an observer sees or how they fail.
type Ends = BTreeSet<String>;

/// What is found where every choice is made in every position, each position once. `orderly`: steps that are out of order are left out.
fn chosen(checker: &Checker, model: fn(), orderly: bool) -> Ends {
    let stepper = Stepper::new(checker, model);
    let (mut ends, mut seen) = (Ends::new(), HashSet::new());
    let mut open = vec![stepper.begin()];
    while let Some(at) = open.pop() {
        if !seen.insert(at.digest()) {
            continue;
        }
        assert!(seen.len() < 20_000, "the model is too large for this");
        let mut moves = match stepper.moves(&at) {
            Ok(moves) => moves,
            Err(NoWay::BeginAnew(anew)) => {
                (ends, seen) = (Ends::new(), HashSet::new());
                open = vec![stepper.along(&anew).expect("it begins")];
                continue;
            }
            Err(other) => panic!("{other}"),
        };
        for step in moves.iter().filter(|step| step.choice == 0) {
            let path = step.after.path();
            assert!(!step.remark.contains("older") && !step.is_out_of_order, "the latest is first: {path}");
        }
        moves.retain(|step| !(orderly && step.is_out_of_order));
        if moves.is_empty() {
            ends.extend(end(&stepper, &at));
        } else if at.has_ended() {
            // The daemons that are left are cut off.
            ends.insert(at.outcome().to_owned());
        }
        open.extend(moves.into_iter().map(|step| step.after));
    }
    ends
}

/// How the execution ends that stands there, in which nothing is left to do: what a reader who copies its schedule is told.
fn end(stepper: &Stepper, at: &Position) -> Option<String> {
    let schedule = at.path().to_string().parse().expect("it is printed as it is read");
    let report = stepper.end(&schedule);
    if let Ahead::Failed(failure) = at.ahead() {
        assert_eq!(report.verdict(), &Verdict::Failed(failure.clone()), "along {schedule}");
    }
    let told = report.counterexample().map(|found| found.interleaving()).or(report.passing());
    if let Some(told) = told {
        assert_eq!(told.schedule(), Some(at.path()), "the replay goes on");
    }
    match report.verdict() {
        Verdict::Failed(failure) => Some(failure.kind.to_string()),
        _ => {
            let seen = report.outcomes().keys().next().cloned();
            assert!(seen.is_none() || seen.as_deref() == Some(at.outcome()), "{seen:?} along {schedule}");
            seen
        }
    }
}

fn explored(checker: &Checker, model: fn()) -> Ends {
    let report = checker.clone().keep_going().run(model);
    let failed = report.failures().keys().map(|way| way.split([':', ' ']).next().unwrap().to_owned());
    failed.chain(report.outcomes().keys().cloned()).collect()
}

#[track_caller]
fn agree(checker: &Checker, model: fn()) -> Ends {
    let found = explored(checker, model);
    assert_eq!(chosen(checker, model, false), found, "every choice leads to what the exploration finds");
    found
}

fn both(stores: [Ordering; 2], loads: [Ordering; 2]) -> impl Fn() {
    move || {
        let (x, y) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let (their_x, their_y) = (x.clone(), y.clone());
        let other = thread::spawn(move || {
            their_y.store(1, stores[1]);
            their_x.load(loads[1])
        });
        x.store(1, stores[0]);
        let own = y.load(loads[0]);
        outcome(format!("{own}{}", other.join().unwrap()));
    }
}

#[test]
fn weak_memory_is_chosen() {
    let relaxed = agree(&Checker::new(), || both([Relaxed; 2], [Relaxed; 2])());
    assert!(relaxed.contains("00"), "{relaxed:?}");
    let strong = agree(&Checker::new(), || both([SeqCst; 2], [SeqCst; 2])());
    assert!(!strong.contains("00"), "{strong:?}");
}

#[test]
fn what_is_out_of_order_is_an_order_of_other_steps() {
    fn increments() {
        let x = Arc::new(AtomicU32::new(0));
        let threads = [0, 1].map(|_| {
            let x = x.clone();
            thread::spawn(move || x.store(x.load(SeqCst) + 1, SeqCst))
        });
        let _ended = threads.map(|thread| thread.join().unwrap());
        outcome(x.load(SeqCst));
    }
    let checker = Checker::new();
    let found = agree(&checker, increments);
    assert_eq!(chosen(&checker, increments, true), found);
    assert_eq!(found.len(), 2);
    // And each step that is left is one of an interleaving: the latest is read.
    let stepper = Stepper::new(&checker, increments);
    let mut at = stepper.begin();
    while let Some(last) = stepper.moves(&at).unwrap().into_iter().rfind(|step| !step.is_out_of_order) {
        assert_eq!(last.choice, 0);
        at = last.after;
    }
}

#[test]
fn a_message_may_arrive_before_what_it_tells_of() {
    fn message(ready: Ordering) {
        let (data, flag) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let (their_data, their_flag) = (data.clone(), flag.clone());
        let other = thread::spawn(move || {
            their_data.store(7, Relaxed);
            their_flag.store(1, ready);
        });
        if flag.load(Acquire) == 1 {
            outcome(data.load(Relaxed));
        }
        other.join().unwrap();
    }
    assert!(agree(&Checker::new(), || message(Relaxed)).contains("0"));
    assert!(!agree(&Checker::new(), || message(Release)).contains("0"));
}

#[test]
fn locks_are_handed_to_any_who_wait() {
    let ends = agree(&Checker::new(), || {
        let lock = Arc::new(Mutex::new(String::new()));
        let threads = ["a", "b", "c"].map(|name| {
            let lock = lock.clone();
            thread::spawn(move || lock.lock().unwrap().push_str(name))
        });
        let _ended = threads.map(|thread| thread.join().unwrap());
        outcome(lock.lock().unwrap().clone());
    });
    assert_eq!(ends.len(), 6);
}

#[test]
fn two_locks_in_two_orders_are_a_deadlock_and_the_position_says_who_has_what() {
    fn crossed() {
        let locks = Arc::new((Mutex::new(()), Mutex::new(())));
        let theirs = locks.clone();
        let other = thread::Builder::new().name("other".into()).spawn(move || {
            let _second = theirs.1.lock().unwrap();
            let _first = theirs.0.lock().unwrap();
        });
        let first = locks.0.lock().unwrap();
        let second = locks.1.lock().unwrap();
        drop((first, second));
        other.unwrap().join().unwrap();
        outcome("through");
    }
    let checker = Checker::new();
    let ends = agree(&checker, crossed);
    assert_eq!(ends.into_iter().collect::<Vec<_>>(), ["deadlock", "through"]);
    let found = checker.run(crossed);
    let schedule = found.counterexample().unwrap().schedule().unwrap();
    let at = Stepper::new(&checker, crossed).along(schedule).unwrap();
    let held: Vec<_> = at.things().iter().map(|t| (t.held[0].thread, t.waiting.clone())).collect();
    assert!(held.contains(&(0, vec![1])) && held.contains(&(1, vec![0])), "{held:?}");
    assert!(at.threads().iter().all(|thread| matches!(thread.standing, Standing::Waits(_))));
    assert_eq!(at.threads()[1].name, "other");
}

#[test]
fn any_waiter_is_notified_and_a_notification_may_be_missed() {
    let ends = agree(&Checker::new(), || {
        let pair = Arc::new((Mutex::new(0), Condvar::new()));
        let waiters = ["a", "b"].map(|name| {
            let pair = pair.clone();
            thread::spawn(move || {
                let mut ready = pair.0.lock().unwrap();
                while *ready == 0 {
                    ready = pair.1.wait(ready).unwrap();
                }
                outcome(name);
            })
        });
        *pair.0.lock().unwrap() = 1;
        pair.1.notify_one();
        let _ended = waiters.map(|waiter| waiter.join().unwrap());
    });
    assert!(ends.contains("deadlock") && ends.contains("a; b") && ends.contains("b; a"), "{ends:?}");
}

#[test]
fn loops_that_wait_go_on_when_there_is_something_to_see() {
    agree(&Checker::new(), || {
        let flag = Arc::new(AtomicU32::new(0));
        let theirs = flag.clone();
        let other = thread::spawn(move || {
            while theirs.load(Acquire) == 0 {
                thread::yield_now();
            }
            outcome("seen");
        });
        flag.store(1, Release);
        other.join().unwrap();
    });
}

#[test]
fn a_panic_in_plain_code_comes_with_the_step_before_it_or_the_thread_that_begins() {
    let ends = agree(&Checker::new(), || {
        let x = Arc::new(AtomicU32::new(0));
        let theirs = x.clone();
        let other = thread::spawn(move || assert_eq!(theirs.load(SeqCst), 0, "late"));
        x.store(1, SeqCst);
        outcome("stored");
        let _ = other.join();
    });
    assert!(ends.contains("panic"), "{ends:?}");
    let at_once: fn() = || {
        let _ = thread::spawn(|| panic!("at once")).join();
    };
    assert_eq!(agree(&Checker::new(), at_once).into_iter().collect::<Vec<_>>(), ["panic"]);
}

#[test]
fn choices_of_the_model_and_assumptions_are_chosen() {
    let ends = agree(&Checker::new(), || {
        let (a, b) = (selvedge::choose(3), selvedge::choose(2));
        selvedge::assume(a != b);
        outcome(format!("{a}{b}"));
    });
    assert_eq!(ends.len(), 4);
}

#[test]
fn a_timed_wait_expires_in_either_reading_of_time() {
    fn timed() {
        let pair = Arc::new((Mutex::new(false), Condvar::new()));
        let theirs = pair.clone();
        let other = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            *theirs.0.lock().unwrap() = true;
            theirs.1.notify_one();
        });
        let ready = pair.0.lock().unwrap();
        let wait = Duration::from_millis(10);
        let (ready, _) = pair.1.wait_timeout_while(ready, wait, |ready| !*ready).unwrap();
        outcome(*ready);
        drop(ready);
        other.join().unwrap();
    }
    assert_eq!(agree(&Checker::new(), timed).len(), 2);
    let ends = agree(&Checker::new().time(Time::Virtual), timed);
    assert_eq!(ends.into_iter().collect::<Vec<_>>(), ["false"], "10 ms are over before 20 ms are");
}

#[test]
fn in_virtual_time_nobody_sleeps_past_what_others_do_before() {
    fn sleepers() {
        let threads = [30, 10, 20].map(|millis| {
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(millis));
                outcome(millis);
            })
        });
        outcome("begun");
        let _ended = threads.map(|thread| thread.join().unwrap());
    }
    let ends = agree(&Checker::new().time(Time::Virtual), sleepers);
    assert_eq!(ends.into_iter().collect::<Vec<_>>(), ["begun; 10; 20; 30"]);
}

#[test]
fn a_notification_within_a_time_is_waited_for_by_a_clock() {
    fn alarm() {
        let pair = Arc::new((Mutex::new(0), Condvar::new()));
        let theirs = pair.clone();
        let sleeper = thread::spawn(move || {
            let seen = theirs.0.lock().unwrap();
            drop(theirs.1.wait(seen).unwrap());
            outcome("awake");
        });
        thread::sleep(Duration::from_millis(10));
        outcome("rings");
        pair.1.notify_one();
        sleeper.join().unwrap();
    }
    let ends = agree(&Checker::new().time(Time::Virtual), alarm);
    assert_eq!(ends.into_iter().collect::<Vec<_>>(), ["rings; awake"]);
    assert!(agree(&Checker::new(), alarm).contains("deadlock"));
}

#[test]
fn the_clock_goes_on_where_others_only_look_again() {
    fn polls() {
        let count = Arc::new(AtomicU32::new(0));
        let theirs = count.clone();
        let _ = thread::Builder::new().daemon(true).spawn(move || {
            thread::sleep(Duration::from_millis(10));
            outcome("awake");
            theirs.store(1, SeqCst);
        });
        while count.load(SeqCst) == 0 {
            thread::yield_now();
        }
        outcome("done");
    }
    let ends = agree(&Checker::new().time(Time::Virtual), polls);
    assert_eq!(ends.into_iter().collect::<Vec<_>>(), ["awake; done"]);
}

#[test]
fn daemons_go_on_until_somebody_ends_the_program() {
    let ends = agree(&Checker::new(), || {
        let daemon = thread::Builder::new().daemon(true).spawn(|| {
            outcome("one");
            outcome("two");
        });
        drop(daemon);
        outcome("main");
    });
    assert!(
        ends.contains("main") && ends.contains("main; one") && ends.contains("one; two; main"),
        "{ends:?}"
    );
}

#[test]
fn a_schedule_of_the_checker_is_a_path() {
    let model: fn() = || both([Relaxed; 2], [Relaxed; 2])();
    let checker = Checker::new().sample_outcomes();
    let stepper = Stepper::new(&checker, model);
    for (outcome, schedule) in checker.run(model).samples() {
        let mut at = stepper.begin();
        for steps in 1..=schedule.steps() {
            let (thread, choice) = schedule.step(steps - 1).unwrap();
            let found = stepper.moves_of(&at, thread).unwrap();
            let taken = found.into_iter().find(|step| step.choice == choice).expect("it is offered");
            let along = stepper.part_way(schedule, steps).unwrap();
            assert_eq!(taken.after.path(), along.path());
            assert!(taken.after.is_like(&along));
            at = taken.after;
        }
        assert_eq!(end(&stepper, &at).as_ref(), Some(outcome));
    }
}

#[test]
fn a_path_that_the_model_does_not_go_is_refused() {
    let stepper = Stepper::new(&Checker::new(), || outcome("alone"));
    assert_eq!(stepper.along(&"1.0w".parse().unwrap()).err(), Some(NoWay::DoesNotApply));
    assert_eq!(stepper.along(&"1.1o".parse().unwrap()).err(), Some(NoWay::DoesNotApply));
    assert_eq!(stepper.along(&"1.0o-3".parse().unwrap()).err(), Some(NoWay::DoesNotApply));
    assert_eq!(stepper.along(&"1.0o".parse().unwrap()).unwrap().path().steps(), 1);
}

#[test]
fn a_loop_that_polls_goes_on_after_several_changes() {
    fn polls() {
        let count = Arc::new(AtomicU32::new(0));
        for _ in 0..2 {
            let theirs = count.clone();
            let _ = thread::Builder::new().daemon(true).spawn(move || {
                theirs.store(theirs.load(SeqCst) + 1, SeqCst);
            });
        }
        while count.load(SeqCst) < 2 {
            thread::yield_now();
        }
        outcome("done");
    }
    agree(&Checker::new(), polls);
}
