//! Identical threads are explored up to renaming, no more, no less, and nothing twice.
//!
//! `SELVEDGE_CASES=full cargo test --release -p selvedge --test symmetry` tries 1,000 programs of each kind.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

mod oracle;

use oracle::{assert_explores_up_to_renaming, axioms, cases, generate, interleavings};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use selvedge::MemoryModel::{Rc11, Sc};
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::SeqCst;
use selvedge::sync::{Arc, Mutex};
use selvedge::{Checker, FailureKind, Report, Verdict, thread};

fn config(ordinary: u32, full: u32) -> Config {
    Config {
        cases: cases(ordinary, full),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(3),
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(config(150, 1_000))]

    #[test]
    fn identical_threads_under_sequential_consistency((program, group) in generate::identical()) {
        assert_explores_up_to_renaming(&program, group, Sc, &interleavings::behaviours(&program));
    }

    #[test]
    fn identical_threads_under_rc11((program, group) in generate::identical_atomics()) {
        assert_explores_up_to_renaming(&program, group, Rc11, &axioms::behaviours(&program));
    }

    #[test]
    fn identical_threads_that_block((program, group) in generate::identical_blocking()) {
        assert_explores_up_to_renaming(&program, group, Sc, &interleavings::behaviours(&program));
    }

    #[test]
    fn identical_threads_that_wait((program, group) in generate::identical_waiting()) {
        assert_explores_up_to_renaming(&program, group, Sc, &interleavings::behaviours(&program));
    }
}

fn symmetric(n: usize, f: impl Fn(&AtomicUsize, &Mutex<usize>) + Clone + Send + Sync + 'static) -> Report {
    Checker::new().run(move || {
        let shared = Arc::new((AtomicUsize::new(0), Mutex::new(0)));
        let f = f.clone();
        thread::symmetric(n, move |_| f(&shared.0, &shared.1)).join();
    })
}

#[test]
fn one_order_stands_for_all() {
    let report = symmetric(8, |x, _| {
        x.fetch_add(1, SeqCst);
    });
    assert!(report.is_symmetric());
    assert_eq!((report.executions(), report.blocked()), (1, 0));
    let report = symmetric(8, |_, lock| *lock.lock().unwrap() += 1).assert_verified();
    assert_eq!((report.executions(), report.blocked()), (1, 0));
    // The words of two As, two Bs and two Cs: 90 / 3!.
    let report = symmetric(3, |_, lock| (0..2).for_each(|_| *lock.lock().unwrap() += 1)).assert_verified();
    assert_eq!(report.executions(), 15);
    assert!(report.blocked() < 2, "{} renamings were explored", report.blocked());
}

#[test]
fn threads_that_are_not_identical_are_found_out() {
    let run = |f: fn(usize, &AtomicUsize)| {
        let report = Checker::new().run(move || {
            let x = Arc::new(AtomicUsize::new(0));
            thread::symmetric(2, move |name| f(name, &x)).join();
        });
        match report.verdict() {
            Verdict::Failed(failure) => failure.clone(),
            other => panic!("{other}"),
        }
    };
    let failure = run(|name, x| {
        if name == 0 {
            x.store(1, SeqCst)
        } else {
            x.load(SeqCst);
        }
    });
    assert_eq!(failure.kind, FailureKind::Asymmetry);
    let words = failure.message.split(" at ").collect::<Vec<_>>();
    assert!(words[0].ends_with("Write") && words[1].contains("Read"), "{failure}");
    let failure = run(|name, x| {
        if name == 0 {
            x.store(1, SeqCst)
        }
    });
    assert_eq!(failure.kind, FailureKind::Asymmetry);
    assert!(failure.message.contains("ends"), "{failure}");
}
