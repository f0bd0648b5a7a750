//! Models that do not do the same each time are told so, and reports are the same in each run.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::atomic::AtomicUsize as StdAtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

use selvedge::sync::atomic::{AtomicPtr, AtomicUsize};
use selvedge::sync::{Arc, Mutex};
use selvedge::{Checker, FailureKind, Report, Verdict, thread};

#[track_caller]
fn is_nondeterministic(report: &Report) {
    let kind = match report.verdict() {
        Verdict::Failed(failure) => Some(failure.kind),
        _ => None,
    };
    assert_eq!(kind, Some(FailureKind::Nondeterminism), "{}", report.verdict());
}

/// What a model fails with where it takes locks in the order of a hash map.
fn in_the_order_of_a_hash_map() -> Report {
    Checker::new().run(|| {
        let locks: HashMap<u32, Mutex<u32>> = (0..8).map(|n| (n, Mutex::new(n))).collect();
        let locks = Arc::new(locks);
        let theirs = locks.clone();
        let other = thread::spawn(move || *theirs[&0].lock().unwrap() += 1);
        for (n, lock) in locks.iter() {
            if n % 2 == 0 {
                *lock.lock().unwrap() += 1;
            }
            if *n == 0 {
                break;
            }
        }
        other.join().unwrap();
    })
}

#[test]
fn an_order_that_a_hash_map_decides_is_found_each_time() {
    for _ in 0..20 {
        is_nondeterministic(&in_the_order_of_a_hash_map());
    }
}

#[test]
fn the_usual_causes_are_told() {
    let found = in_the_order_of_a_hash_map();
    let panic = std::panic::catch_unwind(|| drop(found.assert_verified())).unwrap_err();
    let told = panic.downcast_ref::<String>().unwrap();
    for cause in ["HashMap", "addresses", "the time", "static", "threads, atomics, locks and channels of std"]
    {
        assert!(told.contains(cause), "{cause} is not in\n{told}");
    }
}

#[test]
fn what_only_the_last_execution_does_otherwise_is_found() {
    static RUNS: StdAtomicUsize = StdAtomicUsize::new(0);
    let report = Checker::new().run(|| {
        let last = selvedge::choose(100) == 99;
        let x = AtomicUsize::new(0);
        x.store(1, SeqCst);
        if last && RUNS.fetch_add(1, SeqCst) > 0 {
            x.store(2, SeqCst);
        }
    });
    is_nondeterministic(&report);
}

#[test]
fn an_outcome_that_changes_is_found() {
    static RUNS: StdAtomicUsize = StdAtomicUsize::new(0);
    let report = Checker::new().run(|| {
        AtomicUsize::new(0).store(1, SeqCst);
        selvedge::outcome(RUNS.fetch_add(1, SeqCst));
    });
    is_nondeterministic(&report);
}

thread_local! {
    static COUNT: Cell<u32> = const { Cell::new(0) };
    static LIST: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

#[test]
fn a_thread_local_of_std_is_new_in_each_exploration() {
    let counts = || {
        Checker::new().run(|| {
            AtomicUsize::new(0).store(1, SeqCst);
            assert!(COUNT.replace(1) == 0, "it was used");
        })
    };
    let lists = || {
        Checker::new().run(|| {
            AtomicUsize::new(0).store(1, SeqCst);
            LIST.with_borrow_mut(|list| {
                assert!(list.is_empty(), "it was used");
                list.push(1);
            });
        })
    };
    // The first execution finds it new; the one that repeats it does not.
    for _ in 0..3 {
        is_nondeterministic(&counts());
        is_nondeterministic(&lists());
        let _verified = Checker::new().run(|| AtomicUsize::new(0).store(1, SeqCst)).assert_verified();
    }
}

#[test]
fn a_fiber_that_is_given_up_while_it_unwinds_leaves_the_next_exploration_alone() {
    struct Waits(Arc<Mutex<u32>>);
    impl Drop for Waits {
        fn drop(&mut self) {
            // Another holds it forever.
            drop(self.0.lock());
        }
    }
    for _ in 0..3 {
        let report = Checker::new().run(|| {
            let lock = Arc::new(Mutex::new(0));
            let theirs = lock.clone();
            let held = lock.lock().unwrap();
            let other = thread::spawn(move || {
                let _waits = Waits(theirs);
                panic!("and waits in a destructor");
            });
            let _ = other.join();
            drop(held);
        });
        assert!(matches!(report.verdict(), Verdict::Failed(_)));
        assert!(!std::thread::panicking());
        let _verified = Checker::new()
            .run(|| {
                AtomicUsize::new(0).store(1, SeqCst);
                assert!(!std::thread::panicking());
            })
            .assert_verified();
    }
}

#[test]
fn explorations_from_several_threads_at_once_do_not_meet() {
    let explore = || {
        for _ in 0..50 {
            let x = Checker::new().run(|| {
                let x = Arc::new(AtomicUsize::new(0));
                let theirs = x.clone();
                let other = thread::spawn(move || theirs.fetch_add(1, SeqCst));
                x.fetch_add(1, SeqCst);
                other.join().unwrap();
                selvedge::outcome(x.load(SeqCst));
            });
            assert_eq!(x.assert_verified().executions(), 2);
        }
    };
    std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(explore))));
}

#[test]
fn an_exploration_inside_of_a_callback() {
    let inner = |_: &selvedge::Behaviour| {
        let _verified = Checker::new().run(|| AtomicUsize::new(0).store(1, SeqCst)).assert_verified();
    };
    let report = Checker::new().on_behaviour(inner).run(|| assert!(selvedge::choose(3) < 3));
    assert_eq!(report.assert_verified().executions(), 3);
}

#[test]
fn addresses_are_numbered_in_outcomes() {
    let report = Checker::new().run(|| {
        let (a, b) = (Box::new(1), Box::new(2));
        AtomicUsize::new(0).store(1, SeqCst);
        selvedge::outcome(format!("{:p} {:p} {:p} {:#x}", a, b, a, 0x1_0000_0002u64));
    });
    let report = report.assert_verified();
    assert_eq!(report.outcomes().keys().collect::<Vec<_>>(), ["node 1 node 2 node 1 0x100000002"]);
}

fn a_pointer_that_is_null() -> String {
    let report = Checker::new().run(|| {
        let mut values = [1u32, 2];
        let [first, second] = &mut values;
        let (first, second): (*mut u32, *mut u32) = (first, second);
        let p = Arc::new(AtomicPtr::new(first));
        let theirs = p.clone();
        let other = thread::spawn(move || theirs.store(std::ptr::null_mut(), SeqCst));
        p.store(second, SeqCst);
        let seen = p.load(SeqCst);
        other.join().unwrap();
        assert_eq!(seen, second, "another has changed it");
    });
    let found = report.counterexample().unwrap();
    format!("{}\n{}", report.verdict(), found.render())
}

#[test]
fn a_report_on_pointers_is_the_same_in_each_run() {
    let told = a_pointer_that_is_null();
    // What was allocated meanwhile moves what is allocated now.
    let moved: Vec<Box<[u8]>> = (1..200).map(|n| vec![0; n * 7].into_boxed_slice()).collect();
    assert_eq!(a_pointer_that_is_null(), told);
    drop(moved);
    assert!(told.contains("node 1"), "{told}");
    assert!(!told.contains("0x7"), "{told}");
    let elsewhere = std::thread::spawn(a_pointer_that_is_null).join().unwrap();
    assert_eq!(elsewhere, told);
}
