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
    let interrupted = || {
        let x = Arc::new(AtomicUsize::new(0));
        let theirs = x.clone();
        let other = thread::spawn(move || (0..2).map(|_| theirs.fetch_add(1, SeqCst)).sum::<usize>());
        assert_ne!(x.fetch_add(1, SeqCst), 1, "between the other's two steps");
        other.join().unwrap();
    };
    let mut builder = selvedge::model::Builder::new();
    builder.preemption_bound = Some(0);
    builder.check(interrupted);
    builder.preemption_bound = None;
    let panicked = std::panic::catch_unwind(move || builder.check(interrupted));
    assert!(panicked.is_err());
}
