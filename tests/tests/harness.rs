//! The harness: verdicts are honest, failures are reports, and the process survives them.
//!
//! On a plain build the primitives run on real threads, which no engine explores.

#![cfg(loom)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use selvedge::sync::atomic::AtomicUsize;
use selvedge::{Checker, FailureKind, Limit, MemoryModel, Verdict, outcome, thread};
use selvedge_primitives::{Condition, Lock, Lockable, RLock, Thread};
use selvedge_tests::cell::Plain;

/// Two threads that each add 1 in two steps, and lose an update.
fn lost_update() {
    let counter = Arc::new(AtomicUsize::new(0));
    let other = thread::spawn({
        let counter = counter.clone();
        move || counter.store(counter.load(Ordering::SeqCst) + 1, Ordering::SeqCst)
    });
    counter.store(counter.load(Ordering::SeqCst) + 1, Ordering::SeqCst);
    other.join().unwrap();
    outcome(counter.load(Ordering::SeqCst));
}

#[test]
fn every_outcome_of_a_lost_update_is_seen() {
    let report = Checker::new().run(lost_update);
    assert_eq!(report.verdict(), &Verdict::Verified);
    assert!(report.outcomes().keys().eq(["1", "2"]), "{:?}", report.outcomes());
    assert_eq!(report.outcomes().values().sum::<u64>(), report.executions());
}

#[test]
fn a_failed_assertion_is_a_report_with_its_line_and_the_process_goes_on() {
    let report = Checker::new().run(|| {
        let lock = Lock::new(0);
        *lock.lock() += 1;
        assert_eq!(*lock.lock(), 2, "one and one");
    });
    let Verdict::Failed(failure) = report.verdict() else { panic!("{:?}", report.verdict()) };
    assert_eq!(failure.kind, FailureKind::Panic);
    assert!(failure.message.contains("one and one"), "{failure}");
    assert_eq!(failure.thread.as_deref(), Some("MainThread"));
    assert!(failure.place.unwrap().file.ends_with("harness.rs"), "{failure}");
    assert!(report.counterexample().unwrap().render().contains("lock.lock"));
}

#[test]
fn the_end_of_a_thread_is_a_step_of_it() {
    let report = Checker::new().run(|| {
        let thread = Thread::named("worker", || ());
        thread.start().unwrap();
        thread.join().unwrap();
        panic!("to see what came before");
    });
    let steps = report.counterexample().unwrap().steps();
    assert!(steps.iter().any(|step| step.operation == "end"), "{steps:?}");
}

/// What is locked and released of two conditions over such locks, one after the other.
fn locked_of_two<L: Lockable>(lock: impl Fn() -> L + Send + Sync + 'static) -> Vec<Option<usize>> {
    let report = Checker::new().run(move || {
        for condition in &[Condition::over(lock()), Condition::over(lock())] {
            drop(condition.lock());
        }
        panic!("to see what came before");
    });
    let operations = report.counterexample().unwrap().steps().iter().filter(|step| !step.inner);
    operations.map(|step| step.object).collect()
}

#[test]
fn the_locks_of_two_conditions_are_two_objects() {
    for objects in [locked_of_two(|| Lock::new(())), locked_of_two(|| RLock::new(()))] {
        let [Some(first), Some(again), Some(second), _] = objects[..] else { panic!("{objects:?}") };
        assert!(first == again && second != first, "{objects:?}");
    }
}

#[test]
fn a_notify_that_nobody_hears_says_so() {
    let report = Checker::new().run(|| {
        let condition = Condition::over(Lock::new(()));
        condition.lock().notify(1);
        panic!("to see what came before");
    });
    let steps = report.counterexample().unwrap().render();
    assert!(steps.contains("notify → nobody waits"), "{steps}");
}

#[test]
fn a_panic_in_a_spawned_thread_is_a_report() {
    let report = Checker::new().run(|| {
        let other = thread::spawn(|| -> () { panic!("in the other thread") });
        other.join().unwrap();
    });
    let Verdict::Failed(failure) = report.verdict() else { panic!("{:?}", report.verdict()) };
    assert!(failure.message.contains("in the other thread"), "{failure}");
}

mod without_end {
    use super::*;

    #[test]
    fn a_deadlock_says_who_waits_where() {
        let report = Checker::new().run(|| {
            let (a, b) = (Arc::new(Lock::new(())), Arc::new(Lock::new(())));
            let other = thread::spawn({
                let (a, b) = (a.clone(), b.clone());
                move || {
                    let _b = b.lock();
                    let _a = a.lock();
                }
            });
            {
                let _a = a.lock();
                let _b = b.lock();
            }
            other.join().unwrap();
        });
        let Verdict::Failed(failure) = report.verdict() else { panic!("{:?}", report.verdict()) };
        assert_eq!(failure.kind, FailureKind::Deadlock);
        assert!(failure.message.contains("MainThread waits in lock at"), "{failure}");
        assert!(failure.message.contains("thread 1 waits in lock at"), "{failure}");
    }

    #[test]
    fn a_thread_that_nobody_wakes_is_a_deadlock_although_the_others_end() {
        let report = Checker::new().run(|| {
            let lock = Arc::new(Lock::new(()));
            lock.acquire();
            thread::spawn({
                let lock = lock.clone();
                move || lock.acquire()
            });
        });
        let Verdict::Failed(failure) = report.verdict() else { panic!("{:?}", report.verdict()) };
        assert_eq!(failure.kind, FailureKind::Deadlock);
        assert!(failure.message.contains("thread 1 waits in acquire"), "{failure}");
    }

    #[test]
    fn a_loop_without_an_end_is_no_pass() {
        let report = Checker::new().run(|| {
            let lock = Lock::new(());
            loop {
                lock.acquire();
                lock.release().unwrap();
            }
        });
        let is_told = match report.verdict() {
            // It is back where it was after each round, and nothing can change that.
            Verdict::Failed(failure) if report.engine() == "selvedge" => {
                failure.kind == FailureKind::Livelock
            }
            Verdict::Failed(failure) => failure.kind == FailureKind::ModelLimit,
            Verdict::Incomplete(Limit::Steps(_)) => true,
            _ => false,
        };
        assert!(is_told, "{:?}", report.verdict());
        assert!(!report.complete());
    }
}

#[test]
fn unordered_accesses_of_plain_memory_are_a_data_race() {
    let report = Checker::new().run(|| {
        let memory = Arc::new(Plain::new(0));
        let other = thread::spawn({
            let memory = memory.clone();
            move || memory.set(1)
        });
        memory.get();
        other.join().unwrap();
    });
    let Verdict::Failed(failure) = report.verdict() else { panic!("{:?}", report.verdict()) };
    assert_eq!(failure.kind, FailureKind::DataRace);
}

#[test]
fn plain_memory_under_a_lock_is_no_data_race() {
    selvedge_tests::verify(|| {
        let memory = Arc::new((Lock::new(()), Plain::new(0)));
        let other = thread::spawn({
            let memory = memory.clone();
            move || {
                let _held = memory.0.lock();
                memory.1.set(memory.1.get() + 1);
            }
        });
        {
            let _held = memory.0.lock();
            memory.1.set(memory.1.get() + 1);
        }
        other.join().unwrap();
        assert_eq!(memory.1.get(), 2);
    });
}

#[test]
fn limits_are_checked_at_every_execution_and_never_pass() {
    let whole = Checker::new().run(lost_update).executions();
    assert!(whole > 3, "{whole} executions are too few for this test");
    for limit in 1..3 {
        let report = Checker::new().max_executions(limit).run(lost_update);
        assert_eq!(report.verdict(), &Verdict::Incomplete(Limit::Executions(limit)));
        assert_eq!(report.executions(), limit);
    }
    let report = Checker::new().max_duration(Duration::ZERO).run(lost_update);
    assert_eq!(report.verdict(), &Verdict::Incomplete(Limit::Duration(Duration::ZERO)));
    assert_eq!(report.executions(), 1);
    let report = Checker::new().memory_model(MemoryModel::Sc).preemption_bound(0).run(lost_update);
    assert_eq!(report.verdict(), &Verdict::Incomplete(Limit::Preemptions(0)));
}

#[test]
fn the_same_model_gives_the_same_report() {
    let run = || {
        let report = Checker::new().run(|| {
            lost_update();
        });
        (report.executions(), report.outcomes().clone())
    };
    assert_eq!(run(), run());
}

#[test]
fn a_failure_renders_the_same_bytes_each_time() {
    let run = || {
        let report = Checker::new().run(|| {
            let lock = Arc::new(Lock::new(0));
            let other = thread::spawn({
                let lock = lock.clone();
                move || *lock.lock() += 1
            });
            assert_eq!(*lock.lock(), 0, "the other thread was first");
            other.join().unwrap();
        });
        report.counterexample().map(ToString::to_string)
    };
    let first = run().expect("an interleaving in which the other thread is first");
    assert_eq!(Some(first), run());
}

#[test]
fn progress_is_told_while_a_long_exploration_runs() {
    let told = Arc::new(AtomicU64::new(0));
    let report = Checker::new()
        .on_progress({
            let told = told.clone();
            move |progress| told.store(progress.executions.max(1), Ordering::Relaxed)
        })
        .max_duration(Duration::from_millis(400))
        .run(|| {
            let lock = Arc::new(Lock::new(0));
            let others: Vec<_> = (0..3)
                .map(|_| {
                    let lock = lock.clone();
                    thread::spawn(move || {
                        for _ in 0..2 {
                            *lock.lock() += 1;
                        }
                    })
                })
                .collect();
            for other in others {
                other.join().unwrap();
            }
        });
    assert!(matches!(report.verdict(), Verdict::Incomplete(Limit::Duration(_))), "{:?}", report.verdict());
    assert!(told.load(Ordering::Relaxed) > 0);
}
