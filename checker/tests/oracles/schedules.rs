//! A schedule replays one execution, and says where it no longer applies.

use std::process::Command;
use std::sync::{Arc as StdArc, Mutex as StdMutex};

use crate::oracle::{Program, generate, interleavings, runs};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use selvedge::MemoryModel::{Rc11, Sc};
use selvedge::report::{Sources, Terminal};
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use selvedge::sync::{Arc, Mutex};
use selvedge::{Behaviour, Checker, Failure, FailureKind, Limit, MemoryModel, Report, Schedule, Verdict};
use selvedge::{outcome, thread};

fn config(ordinary: u32, full: u32) -> Config {
    Config { rng_seed: RngSeed::Fixed(7), ..crate::oracle::config(ordinary, full) }
}

/// Every behaviour of `program` with its schedule.
fn schedules(program: &Program, model: MemoryModel) -> Vec<(Behaviour, Schedule)> {
    let found = StdArc::new(StdMutex::new((Vec::new(), Vec::new())));
    let (behaviours, sink) = (found.clone(), found.clone());
    let report = Checker::new()
        .memory_model(model)
        .keep_going()
        .on_behaviour(move |b| behaviours.lock().unwrap().0.push(b.clone()))
        .on_schedule(move |s| sink.lock().unwrap().1.push(s.clone()))
        .run(runs(program));
    let (behaviours, schedules) = std::mem::take(&mut *found.lock().unwrap());
    assert_eq!(report.executions(), behaviours.len() as u64);
    assert_eq!(behaviours.len(), schedules.len(), "{program:?}: a behaviour has no schedule");
    behaviours.into_iter().zip(schedules).collect()
}

fn replayed(program: &Program, model: MemoryModel, schedule: &Schedule) -> (Report, Option<Behaviour>) {
    let found = StdArc::new(StdMutex::new(None));
    let sink = found.clone();
    let report = Checker::new()
        .memory_model(model)
        .replay(schedule)
        .on_behaviour(move |b| *sink.lock().unwrap() = Some(b.clone()))
        .run(runs(program));
    let found = found.lock().unwrap().take();
    (report, found)
}

fn assert_every_behaviour_replays(program: &Program, model: MemoryModel) {
    for (behaviour, schedule) in schedules(program, model) {
        let copied: Schedule = schedule.to_string().parse().unwrap();
        assert_eq!(copied, schedule);
        let (report, again) = replayed(program, model, &copied);
        assert_eq!(again.as_ref(), Some(&behaviour), "{model:?} {program:?} along {schedule}: {report:?}");
    }
}

proptest! {
    #![proptest_config(config(60, 1_000))]

    #[test]
    fn every_behaviour_of_atomics_replays(program in generate::atomics()) {
        assert_every_behaviour_replays(&program, Rc11);
        assert_every_behaviour_replays(&program, Sc);
    }

    #[test]
    fn every_behaviour_of_blocking_objects_replays(program in generate::blocking()) {
        assert_every_behaviour_replays(&program, Sc);
        assert_every_behaviour_replays(&program, Rc11);
    }

    #[test]
    fn every_behaviour_of_waiting_threads_replays(program in generate::waiting()) {
        assert_every_behaviour_replays(&program, Sc);
    }
}

/// The schedule of each behaviour has the fewest switches.
fn assert_no_interleaving_has_fewer_switches(program: &Program) {
    let fewest = interleavings::switches(program);
    for (behaviour, schedule) in schedules(program, Sc) {
        // The first thread begins the others and ends, which is one switch more.
        if let Some(switches) = fewest.get(&behaviour) {
            assert_eq!(schedule.switches(), *switches + 1, "{program:?} along {schedule} for\n{behaviour}");
        }
    }
}

proptest! {
    #![proptest_config(config(60, 1_000))]

    #[test]
    fn no_interleaving_of_accesses_has_fewer_switches(program in generate::sequentially_consistent()) {
        assert_no_interleaving_has_fewer_switches(&program);
    }

    #[test]
    fn no_interleaving_of_blocking_threads_has_fewer_switches(program in generate::blocking()) {
        assert_no_interleaving_has_fewer_switches(&program);
    }

    #[test]
    fn no_interleaving_of_waiting_threads_has_fewer_switches(program in generate::waiting()) {
        assert_no_interleaving_has_fewer_switches(&program);
    }
}

#[track_caller]
fn failure(report: &Report) -> &Failure {
    match report.verdict() {
        Verdict::Failed(failure) => failure,
        other => panic!("{other}"),
    }
}

/// Two threads that each add 1 in two steps, and lose an update. `first`: what the other thread does before.
fn lost_update(first: fn(&AtomicUsize)) -> impl Fn() + Send + Sync + 'static {
    move || {
        let counter = Arc::new(AtomicUsize::new(0));
        let worker = {
            let counter = counter.clone();
            let work = move || {
                first(&counter);
                counter.store(counter.load(SeqCst) + 1, SeqCst);
            };
            thread::Builder::new().name("Worker".to_owned()).spawn(work).unwrap()
        };
        counter.store(counter.load(SeqCst) + 1, SeqCst);
        worker.join().unwrap();
        assert_eq!(counter.load(SeqCst), 2, "an update is lost");
    }
}

#[track_caller]
fn schedule_of(report: &Report) -> Schedule {
    report.counterexample().expect("it fails").schedule().expect("it has a schedule").clone()
}

/// A model that fails, explored and replayed.
struct Failing {
    kind: FailureKind,
    explore: Box<dyn Fn() -> Report>,
    replay: Box<dyn Fn(&Schedule) -> Report>,
}

/// One model for each kind of failure, and more for panics.
fn failing() -> Vec<Failing> {
    fn of<F: Fn() + Send + Sync + Copy + 'static>(kind: FailureKind, model: F) -> Failing {
        Failing {
            kind,
            explore: Box::new(move || Checker::new().run(model)),
            replay: Box::new(move |schedule| Checker::new().replay(schedule).run(model)),
        }
    }
    vec![
        of(FailureKind::Panic, || lost_update(|_| {})()),
        of(FailureKind::Panic, || {
            let x = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
            let theirs = x.clone();
            let other = thread::spawn(move || {
                theirs.0.store(1, Relaxed);
                theirs.1.store(1, Relaxed);
            });
            assert!(x.1.load(Acquire) == 0 || x.0.load(Acquire) == 1, "a stale value");
            other.join().unwrap();
        }),
        of(FailureKind::Panic, || {
            thread::spawn(|| panic!("without an event"));
            AtomicUsize::new(0).store(1, SeqCst);
        }),
        of(FailureKind::Panic, || assert_ne!(selvedge::choose(3) + selvedge::choose(3), 3, "chosen")),
        of(FailureKind::Panic, || {
            let shared = Arc::new(());
            let theirs = shared.clone();
            thread::spawn(move || drop(theirs));
            assert_eq!(Arc::strong_count(&shared), 2, "how many handles there are");
        }),
        of(FailureKind::Deadlock, || {
            let locks = Arc::new((Mutex::new(()), Mutex::new(())));
            let theirs = locks.clone();
            thread::spawn(move || {
                let _first = theirs.1.lock().unwrap();
                drop(theirs.0.lock().unwrap());
            });
            let _first = locks.0.lock().unwrap();
            drop(locks.1.lock().unwrap());
        }),
        of(FailureKind::Livelock, || {
            let flag = AtomicUsize::new(0);
            while flag.load(Relaxed) == 0 {
                selvedge::hint::spin_loop();
            }
        }),
        of(FailureKind::DataRace, || {
            let theirs = Arc::new((selvedge::cell::UnsafeCell::new(0), AtomicUsize::new(0)));
            let ours = theirs.clone();
            thread::spawn(move || {
                theirs.0.with_mut(|_| ());
                theirs.1.store(1, Relaxed);
            });
            if ours.1.load(Acquire) == 1 {
                ours.0.with(|_| ());
            }
        }),
        of(FailureKind::Leak, || std::mem::forget(Arc::new(1))),
        of(FailureKind::ModelLimit, || {
            let x = AtomicUsize::new(0);
            selvedge::hint::spin_until(|| x.swap(1, Release) == 0);
        }),
    ]
}

/// All that a reader of a failing test is told.
fn told_of(report: &Report) -> String {
    Terminal::new(report, &Sources::default()).to_string()
}

#[test]
fn a_failure_of_each_kind_replays_to_the_same_bytes() {
    for Failing { kind, explore, replay } in failing() {
        let (found, again) = (explore(), explore());
        assert_eq!(failure(&found).kind, kind);
        let told = told_of(&found);
        assert_eq!(told_of(&again), told, "{kind}: the exploration again");
        let schedule = schedule_of(&found);
        assert!(told.contains(&format!("SELVEDGE_REPLAY={schedule} cargo test")), "{told}");
        let replayed = replay(&schedule.to_string().parse().unwrap());
        assert_eq!(replayed.verdict(), found.verdict());
        assert_eq!(told_of(&replayed), told, "{kind}: the replay");
        assert_eq!(schedule_of(&replayed), schedule);
    }
}

#[test]
fn an_execution_that_does_not_fail_any_more_proves_nothing() {
    let schedule = schedule_of(&Checker::new().run(lost_update(|_| {})));
    let report = Checker::new().replay(&schedule).run(|| {
        let counter = Arc::new(AtomicUsize::new(0));
        let theirs = counter.clone();
        let worker = thread::spawn(move || theirs.store(theirs.load(SeqCst) + 1, SeqCst));
        counter.store(counter.load(SeqCst) + 1, SeqCst);
        worker.join().unwrap();
        outcome(counter.load(SeqCst));
    });
    assert_eq!(report.verdict(), &Verdict::Incomplete(Limit::Replay));
    assert_eq!(report.outcomes().keys().collect::<Vec<_>>(), ["1"]);
    assert!(!report.complete());
}

#[test]
fn a_changed_model_is_told_with_the_step() {
    let schedule: Schedule = "1.0sr.1r.0w.1w.0jr".parse().unwrap();
    let along = |first| Checker::new().replay(&schedule).run(lost_update(first));
    assert_eq!(failure(&along(|_| {})).kind, FailureKind::Panic);
    let report = along(|counter| counter.store(0, SeqCst));
    let failure = failure(&report);
    assert_eq!(failure.kind, FailureKind::Schedule);
    let said = "it no longer applies at step 3: Worker was to `load`, but comes to `store` at checker/tests/oracles/schedules.rs:";
    assert!(failure.message.starts_with(said), "{failure}");
    assert_eq!(failure.thread.as_deref(), Some("Worker"));
}

/// What a replay of `schedule` says where it does not apply to a model of two threads that lock.
#[track_caller]
fn refuses(schedule: &str, said: &str) {
    let report = Checker::new().replay(&schedule.parse().unwrap()).run(|| {
        let lock = Arc::new(Mutex::new(()));
        let theirs = lock.clone();
        let other = thread::spawn(move || drop(theirs.lock().unwrap()));
        drop(lock.lock().unwrap());
        other.join().unwrap();
    });
    let failure = failure(&report);
    assert_eq!(failure.kind, FailureKind::Schedule, "{schedule}");
    assert!(failure.message.contains(said), "{schedule}: {failure}");
}

#[test]
fn a_schedule_of_another_model_is_refused_where_it_ends_to_apply() {
    refuses("1.0sl.1ln", "at step 4: thread 1 was to `unlock`, but waits for a lock at ");
    refuses("1.0sln.2l", "at step 4: thread number 2 was to `lock`, but has not begun");
    refuses("1.0sln.1lnn", "at step 6: thread 1 was to `unlock`, but has ended");
    refuses("1.0sl-1", "at step 2: MainThread was to `lock`, but has no alternative 1");
    refuses("1.0slQ", "at step 3: MainThread was to do something else, but comes to `unlock` at ");
    refuses("1.0slnjj", "at step 4: MainThread was to `join`, but waits for the end of thread 1 at ");
}

#[test]
fn switches_are_as_few_as_the_graph_allows() {
    let report = Checker::new().run(|| {
        let order = StdArc::new(Mutex::new(Vec::new()));
        let threads: Vec<_> = (0..4)
            .map(|n| {
                let order = order.clone();
                thread::spawn(move || order.lock().unwrap().push(n))
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_ne!(*order.lock().unwrap(), [3, 1, 2, 0]);
    });
    let counterexample = report.counterexample().unwrap();
    assert_eq!(schedule_of(&report).to_string(), "1.0ssss.4ln.2ln.3ln.1ln.0jjjjln");
    assert_eq!((counterexample.switches(), counterexample.preemptions()), (Some(5), Some(0)));
}

/// Not a test of its own: what [`the_line_of_a_failing_report_replays_it`] runs in a process of its own.
#[test]
fn a_model_that_fails_where_the_environment_says_so() {
    if std::env::var_os("SELVEDGE_TESTS_FAIL").is_some() {
        let _ = Checker::new().run(lost_update(|_| {})).assert_verified();
    }
}

#[test]
fn the_line_of_a_failing_report_replays_it() {
    let run = |schedule: Option<&str>| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let name = "schedules::a_model_that_fails_where_the_environment_says_so";
        command.args(["--exact", name]).env("SELVEDGE_TESTS_FAIL", "1").env_remove("SELVEDGE_REPLAY");
        command.env_remove("RUST_BACKTRACE").env_remove("RUST_TEST_THREADS");
        if let Some(schedule) = schedule {
            command.env("SELVEDGE_REPLAY", schedule);
        }
        let output = command.output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let told = |output: &str| {
        let begin = output.find("failed: panic").expect("a report");
        output[begin..].split("\n\nfailures:").next().unwrap().to_owned()
    };
    let found = told(&run(None));
    let line = found.lines().find_map(|line| line.split_once("SELVEDGE_REPLAY=")).expect("the line").1;
    let (schedule, command) = line.split_once(' ').unwrap();
    assert_eq!(command, "cargo test schedules::a_model_that_fails_where_the_environment_says_so");
    assert_eq!(told(&run(Some(schedule))), found);
    let nonsense = run(Some("hearsay"));
    assert!(nonsense.contains("SELVEDGE_REPLAY=hearsay: not a schedule of this version"), "{nonsense}");
}
