//! Bounds on what is explored keep to what they say.
//!
//! `SELVEDGE_CASES=full cargo test --release -p selvedge --test bounds` tries 2,000 programs of each kind.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

mod oracle;

use oracle::{assert_explores_within_bounds, axioms, cases, generate, interleavings};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use selvedge::MemoryModel::{Rc11, Sc};
use selvedge::sync::Arc;
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::SeqCst;
use selvedge::thread;
use std::sync::atomic::AtomicU64;

fn config(ordinary: u32, full: u32) -> Config {
    Config {
        cases: cases(ordinary, full),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(3),
        ..Config::default()
    }
}

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
