//! Bounds on what is explored keep to what they say.
//!
//! `SELVEDGE_CASES=full cargo test --release -p selvedge --test oracles bounds` tries 2,000 programs of each kind.

use crate::oracle::{
    assert_explores_within_bounds, assert_explores_within_bounds_in, assert_loses_nothing_within_bounds,
    axioms, config, generate, interleavings,
};
use proptest::prelude::*;
use selvedge::MemoryModel::{Rc11, Sc};
use selvedge::sync::Arc;
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::SeqCst;
use selvedge::{Checker, Difference, Limit, Shards, SumError, Time, Verdict, thread};
use std::sync::atomic::AtomicU64;

proptest! {
    #![proptest_config(config(100, 2_000))]

    #[test]
    fn preemptions_of_accesses_are_those_that_interleavings_count(program in generate::sequentially_consistent()) {
        assert_explores_within_bounds(&program, Sc, &interleavings::preemptions(&program));
    }

    #[test]
    fn preemptions_of_blocking_threads_are_those_that_interleavings_count(program in generate::blocking()) {
        assert_explores_within_bounds(&program, Sc, &interleavings::preemptions(&program));
    }

    #[test]
    fn preemptions_of_waiting_threads_are_those_that_interleavings_count(program in generate::waiting()) {
        assert_explores_within_bounds(&program, Sc, &interleavings::preemptions(&program));
    }

    #[test]
    fn preemptions_under_rc11_are_those_of_the_orders_that_extend_reads_from(program in generate::atomics()) {
        assert_explores_within_bounds(&program, Rc11, &axioms::preemptions(&program));
    }
}

proptest! {
    #![proptest_config(config(60, 1_000))]

    #[test]
    fn nothing_that_waits_for_conditions_is_lost_within_a_bound(program in generate::awaiting()) {
        assert_loses_nothing_within_bounds(&program, &interleavings::preemptions(&program));
    }

    #[test]
    fn preemptions_in_time_are_those_that_interleavings_count(program in generate::timed()) {
        for time in [Time::Adversarial, Time::Virtual] {
            let wanted = interleavings::preemptions_in(time, &program);
            assert_explores_within_bounds_in(time, &program, Sc, &wanted);
        }
    }
}

/// The words of two As, two Bs and two Cs.
fn words() {
    let x = Arc::new(AtomicUsize::new(0));
    let add = |_| {
        let x = x.clone();
        thread::spawn(move || {
            (0..2).for_each(|_| {
                x.fetch_add(1, SeqCst);
            })
        })
    };
    let threads: Vec<_> = (0..3).map(add).collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
}

#[test]
fn workers_and_shards_keep_to_the_bound() {
    let checker = || Checker::new().preemption_bound(1);
    let one = checker().run(words);
    assert_eq!(one.executions(), 24);
    let many = checker().workers(3).run(words);
    let sum = Shards::sum((1..=3).map(|number| checker().shard(number, 3).run(words))).unwrap();
    let (first, items) = checker().split(5, words);
    let items = items.into_iter().map(|item| checker().item(item).run(words));
    let items = Shards::sum(items.chain([first])).unwrap();
    for other in [one.clone(), many, sum, items] {
        assert_eq!((other.executions(), other.blocked()), (one.executions(), one.blocked()));
        assert_eq!(*other.verdict(), Verdict::Incomplete(Limit::Preemptions(1)));
    }
    let without = Checker::new().shard(2, 3).run(words);
    let mixed = Shards::sum([checker().shard(1, 3).run(words), without, checker().shard(3, 3).run(words)]);
    let difference = Difference::Settings;
    assert_eq!(mixed.unwrap_err(), SumError::Foreign { shard: 2, difference });
}

#[test]
fn an_estimate_is_of_what_is_within_the_bound() {
    let estimate = Checker::new().preemption_bound(1).estimate(3_000, words);
    assert!((21..27).contains(&estimate), "{estimate} in place of 24");
}

#[test]
fn what_has_failed_replays_whatever_the_bound() {
    let lost_update = || {
        let x = Arc::new(AtomicUsize::new(0));
        let add = |_| {
            let x = x.clone();
            thread::spawn(move || x.store(x.load(SeqCst) + 1, SeqCst))
        };
        let threads: Vec<_> = (0..2).map(add).collect();
        threads.into_iter().for_each(|t| t.join().unwrap());
        assert_eq!(x.load(SeqCst), 2);
    };
    let report = Checker::new().run(lost_update);
    let schedule = report.counterexample().and_then(|c| c.schedule()).expect("it has a schedule");
    let again = Checker::new().preemption_bound(0).replay(schedule).run(lost_update);
    assert_eq!(again.verdict(), report.verdict());
}

#[test]
fn looms_builder_takes_the_bound() {
    let runs = |bound| {
        let count = std::sync::Arc::new(AtomicU64::new(0));
        let counted = count.clone();
        let mut builder = selvedge::model::Builder::new();
        builder.preemption_bound = bound;
        builder.check(move || {
            counted.fetch_add(1, SeqCst);
            let x = Arc::new(AtomicUsize::new(0));
            for _ in 0..3 {
                let x = x.clone();
                thread::spawn(move || (0..3).map(|_| x.fetch_add(1, SeqCst)).sum::<usize>());
            }
        });
        count.load(SeqCst)
    };
    // The words of three As, three Bs and three Cs.
    assert!(runs(None) >= 1680);
    assert!(runs(Some(0)) < 1680 / 2);
}
