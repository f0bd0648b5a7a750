//! What a report tells beyond the first failure: the smallest one, other bugs, what passes beside it, and why all passes.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering as StdOrdering};
use std::time::Duration;
use std::{fs, sync::Arc as StdArc};

use selvedge::cell::UnsafeCell;
use selvedge::report::{Sources, Terminal};
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::{Relaxed, SeqCst};
use selvedge::sync::{Arc, Mutex};
use selvedge::{Checker, Limit, Report, Time, Verdict, hint, outcome, thread};

/// Three threads that each add 1 in two steps.
fn adding() -> usize {
    let counter = Arc::new(AtomicUsize::new(0));
    let add = || {
        let counter = counter.clone();
        thread::spawn(move || counter.store(counter.load(SeqCst) + 1, SeqCst))
    };
    let threads = [add(), add(), add()];
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    counter.load(SeqCst)
}

fn none_is_lost() {
    assert_eq!(adding(), 3);
}

fn text(report: &Report) -> String {
    Terminal::new(report, &Sources::default()).seen(true).to_string()
}

#[test]
fn of_all_lost_updates_the_one_with_the_fewest_switches_is_told() {
    let one = Checker::new().run(none_is_lost);
    let found = one.counterexample().unwrap();
    // From the main thread to the first, to the second and the third, back to the first, and to the main thread.
    assert_eq!((found.switches(), found.preemptions()), (Some(5), Some(1)), "{found}");
    for workers in [2, 3] {
        let shared = Checker::new().workers(workers).run(none_is_lost);
        assert_eq!(text(&shared), text(&one), "with {workers} workers");
    }
}

#[test]
fn a_failure_that_is_met_late_is_told_in_place_of_a_longer_one_that_is_met_first() {
    // The first thread's many steps come first in every exploration; the bug needs two of them.
    let report = Checker::new().run(|| {
        let (flag, noise) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (theirs, other_noise) = (flag.clone(), noise.clone());
        let other = thread::spawn(move || {
            (0..3).for_each(|n| other_noise.store(n, SeqCst));
            theirs.store(1, SeqCst);
        });
        let seen: Vec<_> = (0..3).map(|_| noise.load(SeqCst)).collect();
        assert_eq!(seen.len(), 3);
        assert_eq!(flag.load(SeqCst), 0, "the flag is up");
        other.join().unwrap();
    });
    let found = report.counterexample().unwrap();
    assert_eq!((found.preemptions(), found.switches()), (Some(1), Some(2)), "{found}");
}

#[test]
fn each_bug_is_reported_once_whatever_the_threads_are_called() {
    let report = Checker::new().run(|| {
        let locks = Arc::new((Mutex::new(()), Mutex::new(0)));
        let work = || {
            let locks = locks.clone();
            thread::spawn(move || {
                let seen = *locks.1.lock().unwrap();
                let _held = locks.0.lock().unwrap();
                assert_eq!(*locks.1.lock().unwrap(), seen, "it has changed");
                *locks.1.lock().unwrap() += 1;
            })
        };
        let workers = [work(), work()];
        let _second = locks.1.lock().unwrap();
        let _first = locks.0.lock().unwrap();
        drop((_first, _second));
        workers.into_iter().for_each(|worker| worker.join().unwrap());
    });
    let kinds: Vec<_> = [report.counterexample().unwrap()]
        .into_iter()
        .chain(report.others())
        .map(|found| (found.failure().kind, found.failure().place))
        .collect();
    let mut distinct = kinds.clone();
    distinct.dedup();
    assert_eq!(kinds, distinct, "each once");
    assert_eq!(kinds.len(), 2, "the deadlock and the change: {kinds:?}");
    let told = text(&report);
    assert_eq!(told.matches("also  ").count(), 1, "{told}");
}

/// How often a model fails by a bug of its own.
fn bugs(report: &Report) -> usize {
    let found = report.counterexample().into_iter().chain(report.others()).count();
    // Nothing is left out of what is counted: all was looked at.
    assert!(report.executions() < 1_000, "{} executions", report.executions());
    found
}

#[test]
fn deadlocks_through_different_cycles_are_different_bugs_and_those_of_other_threads_are_not() {
    let report = Checker::new().keep_going().run(|| {
        let [one, two, three] = [0; 3].map(|_| Arc::new(Mutex::new(())));
        let against = |first: &Arc<Mutex<()>>| {
            let (first, second) = (first.clone(), one.clone());
            thread::spawn(move || {
                let _first = first.lock().unwrap();
                drop(second.lock().unwrap());
            })
        };
        let others = [against(&two), against(&two), against(&three)];
        {
            let _one = one.lock().unwrap();
            drop(two.lock().unwrap());
        }
        {
            let _one = one.lock().unwrap();
            drop(three.lock().unwrap());
        }
        others.into_iter().for_each(|other| other.join().unwrap());
    });
    assert_eq!(bugs(&report), 2, "{:?}", report.failures());
    let found: Vec<_> = report.counterexample().into_iter().chain(report.others()).collect();
    let cycle = |at: usize| found[at].render().to_string();
    assert_ne!(cycle(0), cycle(1));
}

#[test]
fn a_lock_that_is_kept_forever_is_one_bug_whichever_thread_waits_for_it() {
    let report = Checker::new().keep_going().run(|| {
        let lock = Arc::new(Mutex::new(()));
        let kept = lock.clone();
        let keeps = thread::spawn(move || std::mem::forget(kept.lock().unwrap()));
        let waits = |n: usize| {
            let lock = lock.clone();
            // Each in a line of its own.
            thread::spawn(move || match n {
                0 => drop(lock.lock().unwrap()),
                _ => drop(lock.lock().unwrap()),
            })
        };
        let waiting = [waits(0), waits(1)];
        keeps.join().unwrap();
        waiting.into_iter().for_each(|waits| waits.join().unwrap());
    });
    assert_eq!(bugs(&report), 1, "{:?}", report.failures());
}

#[test]
fn a_livelock_of_two_is_one_bug_whichever_of_them_is_found_to_go_round() {
    let report = Checker::new().keep_going().run(|| {
        let flags = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
        let (one, two) = (flags.clone(), flags);
        let one = move || {
            while one.0.load(SeqCst) == 0 {
                hint::spin_loop();
            }
        };
        let two = move || {
            while two.1.load(SeqCst) == 0 {
                hint::spin_loop();
            }
        };
        if selvedge::choose(2) == 0 {
            thread::spawn(one);
            thread::spawn(two);
        } else {
            thread::spawn(two);
            thread::spawn(one);
        }
    });
    assert_eq!(report.failures().len(), 2, "one line or the other: {:?}", report.failures());
    assert_eq!(bugs(&report), 1);
}

#[test]
fn a_data_race_is_one_bug_whichever_access_comes_second() {
    let report = Checker::new().keep_going().run(|| {
        let cell = Arc::new((UnsafeCell::new(0), AtomicUsize::new(0)));
        let theirs = cell.clone();
        let other = thread::spawn(move || {
            theirs.1.store(1, Relaxed);
            // SAFETY: none; the checker stops the thread that comes second.
            theirs.0.with_mut(|it| unsafe { *it += 1 });
        });
        // Who sees the flag comes second, and orders nothing by that.
        cell.1.load(Relaxed);
        // SAFETY: as above.
        cell.0.with_mut(|it| unsafe { *it += 2 });
        other.join().unwrap();
    });
    assert_eq!(report.failures().len(), 2, "in one line or the other: {:?}", report.failures());
    assert_eq!(bugs(&report), 1);
}

#[test]
fn an_execution_that_passes_is_the_same_up_to_where_another_thread_goes_on() {
    let report = Checker::new().nearest_passing().run(none_is_lost);
    let found = report.counterexample().unwrap();
    let passing = found.passing().expect("another order passes");
    let schedule = passing.schedule().unwrap();
    let again = Checker::new().replay(schedule).run(none_is_lost);
    assert_eq!(again.verdict(), &Verdict::Incomplete(Limit::Replay), "it passes again");
    let (ours, theirs) = (found.schedule().unwrap().to_string(), schedule.to_string());
    let same = ours.bytes().zip(theirs.bytes()).take_while(|(a, b)| a == b).count();
    assert!(same > "1.0sss.".len(), "{ours} and {theirs} have their beginning in common");
    assert!(again.passing().is_some_and(|it| it.render().contains("load")), "a replay shows its steps");
}

#[test]
fn each_outcome_has_an_execution_that_shows_it_again_in_either_reading_of_time() {
    fn model() {
        let slow = thread::spawn(|| {
            thread::sleep(Duration::from_secs(2));
            outcome("slow");
        });
        let quick = thread::spawn(|| {
            thread::sleep(Duration::from_secs(1));
            outcome(if selvedge::choose(2) == 0 { "quick" } else { "quicker" });
        });
        slow.join().unwrap();
        quick.join().unwrap();
    }
    for (time, outcomes) in [(Time::Adversarial, 4), (Time::Virtual, 2)] {
        let checker = Checker::new().time(time);
        let report = checker.clone().sample_outcomes().run(model);
        assert_eq!(report.outcomes().len(), outcomes);
        let sampled: Vec<_> = report.samples().keys().collect();
        assert_eq!(sampled, report.outcomes().keys().collect::<Vec<_>>(), "{time:?}");
        for (outcome, schedule) in report.samples() {
            let again = checker.clone().replay(schedule).run(model);
            assert_eq!(again.outcomes().keys().collect::<Vec<_>>(), [outcome], "{time:?} {schedule}");
        }
    }
}

#[test]
fn a_pass_says_how_large_the_model_was_and_what_was_not_looked_at() {
    let report = Checker::new().time(Time::Virtual).run(|| {
        let x = Arc::new(AtomicUsize::new(0));
        let theirs = x.clone();
        let sleeps = move || {
            thread::sleep(Duration::from_secs(1));
            theirs.load(SeqCst)
        };
        assert_eq!(thread::spawn(sleeps).join().unwrap(), x.load(SeqCst));
    });
    let told = text(&report);
    assert!(told.contains("size  2 threads, at most "), "{told}");
    assert!(told.contains("threads that are slow: in virtual time"), "{told}");
}

#[test]
fn an_exploration_ends_where_somebody_has_seen_enough() {
    let (seen, enough) = (StdArc::new(AtomicU64::new(0)), StdArc::new(AtomicBool::new(false)));
    let (count, stop) = (seen.clone(), enough.clone());
    let report = Checker::new()
        .stop_when(enough)
        .on_behaviour(move |_| {
            if count.fetch_add(1, StdOrdering::Relaxed) == 9 {
                stop.store(true, StdOrdering::Relaxed);
            }
        })
        .run(|| assert!(selvedge::choose(1000) < 1000));
    assert_eq!(report.verdict(), &Verdict::Incomplete(Limit::Stopped));
    assert_eq!(report.executions(), 10);
    assert!(text(&report).starts_with("INCOMPLETE  stopped on request: 10 executions"), "{}", text(&report));
}

/// A folder of this test's own, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    folder
}

#[test]
fn a_schedule_that_failed_is_replayed_first_the_next_time() {
    let folder = folder("stored-schedules");
    let checker = || Checker::new().name("adding").stored_schedules(&folder);
    let first = checker().run(none_is_lost);
    assert!(first.executions() > 1);
    let kept = fs::read_to_string(folder.join("adding.schedules")).unwrap();
    let schedule = first.counterexample().unwrap().schedule().unwrap().to_string();
    assert!(kept.lines().any(|line| line.starts_with(&format!("{schedule}  # lost update: "))), "{kept}");

    let second = checker().run(none_is_lost);
    assert_eq!(second.executions(), 1, "the stored schedule alone");
    assert_eq!(second.verdict(), first.verdict());
    assert_eq!(fs::read_to_string(folder.join("adding.schedules")).unwrap(), kept, "it is kept once");

    // Mended: the schedule no longer applies, or passes, and everything is explored.
    let mended = checker().run(|| {
        let counter = Arc::new(AtomicUsize::new(0));
        let add = || {
            let counter = counter.clone();
            thread::spawn(move || counter.fetch_add(1, SeqCst))
        };
        let threads = [add(), add(), add()];
        let seen: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert_eq!(seen.len(), 3);
        assert_eq!(counter.load(SeqCst), 3);
    });
    assert!(mended.verdict().is_verified(), "{}", mended.verdict());
    let passes = checker().run(|| assert!(adding() > 0));
    assert!(passes.verdict().is_verified(), "{}", passes.verdict());
    assert!(passes.executions() > 1);
}
