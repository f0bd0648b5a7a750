//! The engine finds what brute force finds, no more, no less, and nothing twice.
//!
//! `SELVEDGE_CASES=full cargo test --release -p selvedge --test oracles` tries 10,000 programs of sequential consistency
//! and 2,000 of each of the others.

mod oracle;

use std::collections::BTreeSet;

use oracle::{assert_explores, axioms, cases, explore, generate, interleavings};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use selvedge::MemoryModel::{Rc11, Sc};

fn config(ordinary: u32, full: u32) -> Config {
    Config {
        cases: cases(ordinary, full),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(3),
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(config(200, 10_000))]

    #[test]
    fn sequential_consistency_is_what_all_interleavings_show(program in generate::sequentially_consistent()) {
        assert_explores(&program, Sc, &interleavings::behaviours(&program));
    }
}

proptest! {
    #![proptest_config(config(150, 2_000))]

    #[test]
    fn rc11_is_what_its_axioms_allow(program in generate::atomics()) {
        assert_explores(&program, Rc11, &axioms::behaviours(&program));
    }
}

proptest! {
    #![proptest_config(config(100, 2_000))]

    #[test]
    fn blocking_objects_do_what_all_interleavings_show(program in generate::blocking()) {
        let wanted: BTreeSet<_> = interleavings::behaviours(&program);
        assert_explores(&program, Sc, &wanted);
        // RC11 allows more even where every access is SeqCst: being served after another does not mean to happen after it.
        let (_, found) = explore(&program, Rc11);
        let set: BTreeSet<_> = found.iter().cloned().collect();
        prop_assert_eq!(found.len(), set.len(), "explored twice");
        prop_assert!(wanted.is_subset(&set));
    }
}
