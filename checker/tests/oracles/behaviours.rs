//! The engine finds what brute force finds, no more, no less, and nothing twice.
//!
//! `SELVEDGE_CASES=full cargo test --release -p selvedge --test oracles behaviours` tries 10,000 programs of sequential consistency,
//! 5,000 that wait in other ways than for a lock, and 2,000 of each of the others.

use std::collections::BTreeSet;

use crate::oracle::Op::{Add, Assume, Fence, Load, Lock, NotifyOne, Store, TryLock, Unlock, Wait};
use crate::oracle::{
    assert_explores, assert_explores_in, axioms, config, explore, explore_to_ends, generate, interleavings,
};
use proptest::prelude::*;
use selvedge::MemoryModel::{Rc11, Sc};
use selvedge::Time;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};

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
        let (_, found) = explore(&program, Rc11, Time::Adversarial);
        let set: BTreeSet<_> = found.iter().cloned().collect();
        prop_assert_eq!(found.len(), set.len(), "explored twice");
        prop_assert!(wanted.is_subset(&set));
    }
}

proptest! {
    #![proptest_config(config(400, 5_000))]

    #[test]
    fn free_locks_joins_hints_and_assumptions_do_what_all_interleavings_show(program in generate::waiting()) {
        assert_explores(&program, Sc, &interleavings::behaviours(&program));
    }
}

proptest! {
    #![proptest_config(config(400, 5_000))]

    #[test]
    fn threads_wait_for_conditions_as_all_interleavings_show(program in generate::awaiting()) {
        assert_explores(&program, Sc, &interleavings::behaviours(&program));
    }
}

proptest! {
    #![proptest_config(config(150, 2_000))]

    #[test]
    fn conditions_come_to_hold_as_the_axioms_allow(program in generate::awaiting_atomics()) {
        let (_, found) = explore_to_ends(&program, Rc11, Time::Adversarial);
        let ended: Vec<_> = found.into_iter().filter(|(_, all)| *all).map(|(behaviour, _)| behaviour).collect();
        let set: BTreeSet<_> = ended.iter().cloned().collect();
        prop_assert_eq!(ended.len(), set.len(), "explored twice");
        prop_assert_eq!(set, axioms::behaviours(&program));
    }
}

proptest! {
    #![proptest_config(config(100, 2_000))]

    #[test]
    fn time_and_the_end_of_the_program_do_what_all_interleavings_show(program in generate::timed()) {
        for time in [Time::Adversarial, Time::Virtual] {
            let wanted = interleavings::behaviours_in(time, &program);
            assert_explores_in(time, &program, Sc, &wanted);
            let (_, found) = explore(&program, Rc11, time);
            let set: BTreeSet<_> = found.iter().cloned().collect();
            prop_assert_eq!(found.len(), set.len(), "explored twice");
            prop_assert!(wanted.is_subset(&set));
        }
    }
}

/// What the generator is unlikely to find: each needs several threads that do just the right thing. GenMC's numbers.
#[test]
fn litmus_tests_are_as_the_axioms_and_genmc_say() {
    let (rlx, acq, rel, sc) = (Relaxed, Acquire, Release, SeqCst);
    let w = |x, order| Store(x, 1, order);
    let litmus = [
        ("store buffering", 4, vec![vec![w(0, rlx), Load(1, rlx)], vec![w(1, rlx), Load(0, rlx)]]),
        ("store buffering, SeqCst", 3, vec![vec![w(0, sc), Load(1, sc)], vec![w(1, sc), Load(0, sc)]]),
        (
            "store buffering, SeqCst fences",
            3,
            vec![vec![w(0, rlx), Fence(sc), Load(1, rlx)], vec![w(1, rlx), Fence(sc), Load(0, rlx)]],
        ),
        ("message passing", 3, vec![vec![w(0, rlx), w(1, rel)], vec![Load(1, acq), Load(0, rlx)]]),
        (
            "message passing, fences",
            3,
            vec![vec![w(0, rlx), Fence(rel), w(1, rlx)], vec![Load(1, rlx), Fence(acq), Load(0, rlx)]],
        ),
        (
            "independent reads, SeqCst",
            15,
            vec![
                vec![w(0, sc)],
                vec![w(1, sc)],
                vec![Load(0, sc), Load(1, sc)],
                vec![Load(1, sc), Load(0, sc)],
            ],
        ),
        (
            "independent reads, SeqCst fences",
            15,
            vec![
                vec![w(0, rlx)],
                vec![w(1, rlx)],
                vec![Load(0, rlx), Fence(sc), Load(1, rlx)],
                vec![Load(1, rlx), Fence(sc), Load(0, rlx)],
            ],
        ),
        (
            "independent reads, acquire",
            16,
            vec![
                vec![w(0, rel)],
                vec![w(1, rel)],
                vec![Load(0, acq), Load(1, acq)],
                vec![Load(1, acq), Load(0, acq)],
            ],
        ),
        ("load buffering", 3, vec![vec![Load(1, rlx), w(0, rlx)], vec![Load(0, rlx), w(1, rlx)]]),
    ];
    for (name, wanted, program) in litmus {
        let behaviours = axioms::behaviours(&program);
        assert_eq!(behaviours.len(), wanted, "{name}");
        assert_explores(&program, Rc11, &behaviours);
    }
    let release_sequence =
        vec![vec![w(0, rlx), w(1, rel)], vec![Add(1, rlx)], vec![Load(1, acq), Load(0, rlx)]];
    assert_explores(&release_sequence, Rc11, &axioms::behaviours(&release_sequence));
}

#[test]
fn any_waiter_may_be_the_one_that_is_notified() {
    let waits = vec![Lock(0), Wait(0), Unlock(0)];
    let program = vec![waits.clone(), waits, vec![NotifyOne(0)], vec![TryLock(0, vec![])]];
    assert_explores(&program, Sc, &interleavings::behaviours(&program));
}

#[test]
fn an_assumption_is_tried_with_all_that_others_write_later() {
    let program = vec![vec![Assume(0, 1), Load(1, SeqCst)], vec![w(0), w(1)], vec![Load(0, SeqCst)]];
    assert_explores(&program, Sc, &interleavings::behaviours(&program));
}

fn w(x: usize) -> crate::oracle::Op {
    Store(x, 1, SeqCst)
}
