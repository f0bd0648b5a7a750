//! A schedule replays one execution, and says where it no longer applies.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

mod oracle;

use std::process::Command;
use std::sync::{Arc as StdArc, Mutex as StdMutex};

use oracle::{Op, Program, cases, explore, generate, runs};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use selvedge::MemoryModel::{Rc11, Sc};
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use selvedge::sync::{Arc, Mutex};
use selvedge::{
    Behaviour, Checker, Failure, FailureKind, Limit, MemoryModel, Report, Schedule, Time, Verdict,
};
use selvedge::{outcome, thread};

fn config(ordinary: u32, full: u32) -> Config {
    Config {
        cases: cases(ordinary, full),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(7),
        ..Config::default()
    }
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
        // A program that spins for ever has executions of hundreds of rounds.
        let (_, found) = explore(&program, Sc, Time::Adversarial);
        if found.iter().all(|behaviour| behaviour.reads.len() < 100) {
            assert_every_behaviour_replays(&program, Sc);
        }
    }
}
