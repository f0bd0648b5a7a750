//! Executions drawn at random are executions, the same for the same seed, and never a pass.

use std::collections::BTreeSet;

use crate::oracle::Op::{Add, Await, Daemon, Load, Lock, NotifyOne, Report, Sleep, Store, Unlock, Wait};
use crate::oracle::{axioms, config, explore_with, generate, interleavings};
use proptest::prelude::*;
use selvedge::MemoryModel::{Rc11, Sc};
use selvedge::report::{Sources, Terminal};
use selvedge::sync::Arc;
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::{Acquire, Relaxed, SeqCst};
use selvedge::{Behaviour, Checker, FailureKind, Limit, MemoryModel, Time, Verdict, thread};

fn draw(program: &crate::oracle::Program, model: MemoryModel, executions: u64) -> BTreeSet<Behaviour> {
    draw_in(Time::Adversarial, program, model, executions)
}

fn draw_in(
    time: Time,
    program: &crate::oracle::Program,
    model: MemoryModel,
    executions: u64,
) -> BTreeSet<Behaviour> {
    let checker = Checker::new().memory_model(model).time(time).random(1, executions).keep_going();
    let (report, found) = explore_with(checker, program);
    let found: BTreeSet<_> = found.into_iter().collect();
    assert!(!report.verdict().is_verified());
    found
}

proptest! {
    #![proptest_config(config(100, 1_000))]

    #[test]
    fn what_is_drawn_is_what_interleavings_show(program in generate::sequentially_consistent()) {
        prop_assert!(draw(&program, Sc, 30).is_subset(&interleavings::behaviours(&program)));
    }

    #[test]
    fn what_is_drawn_of_threads_that_block_is_what_interleavings_show(program in generate::blocking()) {
        prop_assert!(draw(&program, Sc, 30).is_subset(&interleavings::behaviours(&program)));
    }

    #[test]
    fn what_is_drawn_of_threads_that_wait_is_what_interleavings_show(program in generate::waiting()) {
        prop_assert!(draw(&program, Sc, 30).is_subset(&interleavings::behaviours(&program)));
    }

    #[test]
    fn what_is_drawn_of_conditions_is_what_interleavings_show(program in generate::awaiting()) {
        prop_assert!(draw(&program, Sc, 30).is_subset(&interleavings::behaviours(&program)));
    }

    #[test]
    fn what_is_drawn_in_time_is_what_interleavings_show(program in generate::timed()) {
        for time in [Time::Adversarial, Time::Virtual] {
            let wanted = interleavings::behaviours_in(time, &program);
            prop_assert!(draw_in(time, &program, Sc, 30).is_subset(&wanted));
        }
    }

    #[test]
    fn what_is_drawn_under_rc11_is_what_its_axioms_allow(program in generate::atomics()) {
        prop_assert!(draw(&program, Rc11, 30).is_subset(&axioms::behaviours(&program)));
    }
}

#[test]
fn everything_small_is_drawn_in_the_end() {
    let w = |x| Store(x, 1, Relaxed);
    let weak = [
        vec![vec![w(0), Load(1, Relaxed)], vec![w(1), Load(0, Relaxed)]],
        vec![
            vec![w(0)],
            vec![w(1)],
            vec![Load(0, Acquire), Load(1, Acquire)],
            vec![Load(1, Acquire), Load(0, Acquire)],
        ],
        vec![vec![w(0), Store(1, 2, Relaxed)], vec![w(1), Store(0, 2, Relaxed)]],
        vec![vec![Add(0, Relaxed), Load(1, SeqCst)], vec![Add(1, Relaxed), Add(0, SeqCst)]],
    ];
    for program in weak {
        assert_eq!(draw(&program, Rc11, 2_000), axioms::behaviours(&program), "{program:?}");
        assert_eq!(draw(&program, Sc, 2_000), interleavings::behaviours(&program), "{program:?}");
    }
    let waits = vec![Lock(0), Wait(0), Unlock(0)];
    let program = vec![waits.clone(), waits, vec![NotifyOne(0), Lock(0), NotifyOne(0), Unlock(0)]];
    assert_eq!(draw(&program, Sc, 5_000), interleavings::behaviours(&program));
    let program = vec![vec![Await(0, 1, SeqCst), Report], vec![Sleep(1), w(0), Sleep(1), w(0), Report]];
    for time in [Time::Adversarial, Time::Virtual] {
        assert_eq!(draw_in(time, &program, Sc, 2_000), interleavings::behaviours_in(time, &program));
    }
    // The daemon's report comes before the end or not, after all else.
    let program = vec![vec![Daemon, Await(0, 1, SeqCst), Report], vec![w(0)]];
    assert_eq!(draw(&program, Sc, 500), interleavings::behaviours(&program));
}

fn lost_update() {
    let x = Arc::new(AtomicUsize::new(0));
    let add = |_| {
        let x = x.clone();
        thread::spawn(move || x.store(x.load(SeqCst) + 1, SeqCst))
    };
    let threads: Vec<_> = (0..2).map(add).collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    assert_eq!(x.load(SeqCst), 2);
}

#[test]
fn a_bug_is_drawn_and_told() {
    let report = Checker::new().random(0, 100).run(lost_update);
    let Verdict::Failed(failure) = report.verdict() else { panic!("{}", report.verdict()) };
    assert_eq!(failure.kind, FailureKind::Panic);
    assert!(report.counterexample().is_some());
    assert!(report.sample().unwrap().executions < 100);
}

#[test]
fn a_seed_draws_the_same_each_time() {
    let run = |seed| {
        let report = Checker::new().random(seed, 200).run(|| {
            let x = Arc::new(AtomicUsize::new(0));
            let add = |i| {
                let x = x.clone();
                thread::spawn(move || selvedge::outcome(format!("{i} after {}", x.fetch_add(1, Relaxed))))
            };
            let threads: Vec<_> = (0..4).map(add).collect();
            threads.into_iter().for_each(|t| t.join().unwrap());
        });
        format!("{} {:?} {:?}", report.verdict(), report.outcomes(), report.sample())
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}

#[test]
fn what_was_drawn_is_no_pass_and_says_how_much_is_unseen() {
    let two = || {
        let x = Arc::new(AtomicUsize::new(0));
        let theirs = x.clone();
        thread::spawn(move || theirs.fetch_add(1, Relaxed));
        x.fetch_add(1, Relaxed);
    };
    let report = Checker::new().random(3, 50).run(two);
    let sample = report.sample().unwrap();
    assert_eq!((sample.executions, sample.behaviours, sample.seen_once), (50, 2, 0));
    assert_eq!(sample.unseen(), 0.0);
    assert_eq!(*report.verdict(), Verdict::Incomplete(Limit::Sampled(sample)));
    let report = Checker::new().random(3, 1).run(two);
    assert_eq!(report.sample().unwrap().unseen(), 1.0);
}

#[test]
fn a_sample_is_saved_and_shown() {
    let report = Checker::new().random(3, 10).workers(4).run(|| {
        selvedge::choose(2);
    });
    let loaded: selvedge::Report = report.to_text().parse().unwrap();
    assert_eq!((loaded.sample(), loaded.verdict()), (report.sample(), report.verdict()));
    let shown = Terminal::new(&report, &Sources::default()).to_string();
    assert!(
        shown.starts_with("SAMPLED  10 executions drawn at random with seed 3 show 2 behaviours"),
        "{shown}"
    );
    assert!(shown.contains("not a proof"), "{shown}");
}

#[test]
#[should_panic(expected = "have no parts")]
fn what_is_drawn_has_no_shards() {
    let _report = Checker::new().random(3, 10).shard(1, 2).run(|| {});
}
