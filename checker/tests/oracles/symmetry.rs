//! Identical threads are explored up to renaming, no more, no less, and nothing twice.
//!
//! `SELVEDGE_CASES=full cargo test --release -p selvedge --test oracles symmetry` tries 1,000 programs of each kind.

use crate::oracle::{assert_explores_up_to_renaming, axioms, config, generate, interleavings};
use proptest::prelude::*;
use selvedge::MemoryModel::{Rc11, Sc};
use selvedge::Time::{Adversarial, Virtual};
use selvedge::report::{Sources, Terminal};
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::SeqCst;
use selvedge::sync::{Arc, Mutex};
use selvedge::{Checker, FailureKind, Report, Shards, Verdict, thread};

proptest! {
    #![proptest_config(config(150, 1_000))]

    #[test]
    fn identical_threads_under_sequential_consistency((program, group) in generate::identical()) {
        assert_explores_up_to_renaming(&program, group, (Sc, Adversarial), &interleavings::behaviours(&program));
    }

    #[test]
    fn identical_threads_under_rc11((program, group) in generate::identical_atomics()) {
        assert_explores_up_to_renaming(&program, group, (Rc11, Adversarial), &axioms::behaviours(&program));
    }

    #[test]
    fn identical_threads_that_block((program, group) in generate::identical_blocking()) {
        assert_explores_up_to_renaming(&program, group, (Sc, Adversarial), &interleavings::behaviours(&program));
    }

    #[test]
    fn identical_threads_that_wait((program, group) in generate::identical_waiting()) {
        assert_explores_up_to_renaming(&program, group, (Sc, Adversarial), &interleavings::behaviours(&program));
    }
}

proptest! {
    #![proptest_config(config(100, 1_000))]

    #[test]
    fn identical_threads_that_wait_for_conditions((program, group) in generate::identical_awaiting()) {
        let wanted = interleavings::behaviours(&program);
        assert_explores_up_to_renaming(&program, group, (Sc, Adversarial), &wanted);
    }

    #[test]
    fn identical_threads_in_time((program, group) in generate::identical_timed()) {
        for time in [Adversarial, Virtual] {
            let wanted = interleavings::behaviours_in(time, &program);
            assert_explores_up_to_renaming(&program, group.clone(), (Sc, time), &wanted);
        }
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

fn two_orders_of_three() {
    let lock = Arc::new(Mutex::new(0));
    thread::symmetric(3, move |_| (0..2).for_each(|_| *lock.lock().unwrap() += 1)).join();
}

#[test]
fn workers_and_shards_find_what_one_finds() {
    let one = Checker::new().run(two_orders_of_three).assert_verified();
    assert_eq!(one.executions(), 15);
    let many = Checker::new().workers(3).run(two_orders_of_three).assert_verified();
    let shard = |number| Checker::new().shard(number, 3).run(two_orders_of_three);
    let sum = Shards::sum((1..=3).map(shard)).unwrap().assert_verified();
    for other in [many, sum] {
        assert!(other.is_symmetric());
        assert_eq!((other.executions(), other.blocked()), (one.executions(), one.blocked()));
    }
    let shown = Terminal::new(&one, &Sources::default()).to_string();
    assert!(shown.starts_with("PASS  complete up to renaming: 15 executions"), "{shown}");
    let loaded: Report = one.to_text().parse().unwrap();
    assert!(loaded.is_symmetric());
}

#[test]
fn what_fails_among_identical_threads_fails_again() {
    let loses_an_update = || {
        let x = Arc::new(AtomicUsize::new(0));
        let theirs = x.clone();
        thread::symmetric(3, move |_| theirs.store(theirs.load(SeqCst) + 1, SeqCst)).join();
        assert_eq!(x.load(SeqCst), 3);
    };
    let knows_its_name = || {
        let x = Arc::new(AtomicUsize::new(0));
        thread::symmetric(
            2,
            move |name| if name == 0 { x.store(1, SeqCst) } else { x.store(x.load(SeqCst), SeqCst) },
        )
        .join();
    };
    for model in [loses_an_update as fn(), knows_its_name] {
        let report = Checker::new().run(model);
        let schedule = report.counterexample().and_then(|c| c.schedule()).expect("it has a schedule");
        assert_eq!(Checker::new().replay(schedule).run(model).verdict(), report.verdict());
    }
}
