//! What `Verified` promises, tried by models that make it hard to keep.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

use std::collections::BTreeSet;
use std::sync::atomic::AtomicUsize as StdUsize;

use selvedge::cell::UnsafeCell;
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::{Relaxed, SeqCst};
use selvedge::sync::{Arc, Condvar, Mutex, mpsc};
use selvedge::{Checker, Failure, FailureKind, MemoryModel, Report, Verdict, assume, outcome, thread};

#[track_caller]
fn failure(report: &Report) -> &Failure {
    match report.verdict() {
        Verdict::Failed(failure) => failure,
        other => panic!("{other}"),
    }
}

fn outcomes(report: &Report) -> BTreeSet<&str> {
    report.outcomes().keys().map(String::as_str).collect()
}

fn atomics() -> (Arc<AtomicUsize>, Arc<AtomicUsize>) {
    (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)))
}

#[test]
fn an_assumption_that_a_later_write_makes_true_is_explored() {
    let report = Checker::new().run(|| {
        let (x, y) = atomics();
        let (theirs, other) = (x.clone(), y.clone());
        thread::spawn(move || {
            theirs.store(1, SeqCst);
            other.store(1, SeqCst);
        });
        assume(x.load(SeqCst) == 1);
        outcome(y.load(SeqCst));
    });
    let report = report.assert_verified();
    assert_eq!(outcomes(&report), ["0", "1"].into());
    assert_eq!(report.blocked(), 1);
}

/// A `try_lock` that fails comes after the store before the lock, and the join after it. A thread that has not seen that store is before
/// the join too, and so is what it stored itself.
#[test]
fn a_join_comes_after_all_that_its_threads_last_call_came_after() {
    let model = || {
        let (x, z) = atomics();
        let m = Arc::new(Mutex::new(()));
        drop(m.lock());
        let (theirs, lock) = (x.clone(), m.clone());
        let locks = thread::spawn(move || {
            theirs.store(1, SeqCst);
            drop(lock.lock());
        });
        let tries = thread::spawn(move || m.try_lock().is_err());
        let theirs = z.clone();
        let looks = thread::spawn(move || {
            theirs.store(1, SeqCst);
            x.load(SeqCst)
        });
        let last = thread::spawn(|| ());
        let failed = tries.join().unwrap();
        last.join().unwrap();
        let z = z.load(SeqCst);
        assert!(!failed || (looks.join().unwrap(), z) != (0, 0), "no interleaving does that");
        locks.join().unwrap();
    };
    Checker::new().memory_model(MemoryModel::Sc).run(model).assert_verified();
}

#[test]
fn a_failure_is_found_behind_an_assumption() {
    let report = Checker::new().run(|| {
        let (x, _) = atomics();
        let theirs = x.clone();
        thread::spawn(move || theirs.store(1, SeqCst));
        assume(x.load(SeqCst) == 1);
        panic!("reached");
    });
    assert_eq!(failure(&report).message, "reached");
}

#[test]
fn what_fails_in_a_dropped_execution_drops_its_own_thread_alone() {
    let report = Checker::new().run(|| {
        let (x, y) = atomics();
        let theirs = y.clone();
        thread::spawn(move || assert_eq!(theirs.load(SeqCst), 1, "reached"));
        let (theirs, other) = (x.clone(), y.clone());
        thread::spawn(move || {
            other.store(1, SeqCst);
            theirs.store(1, SeqCst);
        });
        assume(x.load(SeqCst) == 1);
    });
    assert_eq!(failure(&report).kind, FailureKind::Panic);
}

#[test]
fn a_thread_that_never_began_is_given_up_with_what_it_owns() {
    let report = Checker::new().run(|| {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(1).unwrap());
        drop(receiver);
        panic!("on purpose");
    });
    assert_eq!(failure(&report).message, "on purpose");
}

#[test]
fn thread_locals_of_a_thread_that_is_given_up_are_given_up_too() {
    struct Locks(Arc<Mutex<()>>);
    impl Drop for Locks {
        fn drop(&mut self) {
            drop(self.0.lock().unwrap());
        }
    }
    selvedge::thread_local! {
        static LOCAL: Locks = Locks(Arc::new(Mutex::new(())));
    }
    let report = Checker::new().keep_going().run(|| {
        let (x, _) = atomics();
        let theirs = x.clone();
        thread::spawn(move || theirs.store(1, SeqCst));
        let both = (Arc::new(Mutex::new(false)), Arc::new(Condvar::new()));
        LOCAL.with(|_| {});
        if x.load(SeqCst) == 0 {
            let never = both.0.lock().unwrap();
            drop(both.1.wait(never).unwrap());
        }
    });
    assert_eq!(failure(&report).kind, FailureKind::Deadlock);
    assert_eq!(report.executions(), 2);
}

#[test]
fn a_model_that_reads_another_object_than_before_is_nondeterministic() {
    static RUNS: StdUsize = StdUsize::new(0);
    let report = Checker::new().run(|| {
        let run = RUNS.fetch_add(1, Relaxed);
        let (x, y) = atomics();
        let theirs = x.clone();
        thread::spawn(move || theirs.store(1, SeqCst));
        if run.is_multiple_of(2) {
            x.load(SeqCst);
        } else {
            y.load(SeqCst);
        }
        thread::spawn(move || y.store(1, SeqCst));
    });
    let failure = failure(&report);
    assert_eq!(failure.kind, FailureKind::Nondeterminism);
    assert!(failure.place.is_some_and(|place| place.file.ends_with("promises.rs")), "{failure}");
}

#[test]
fn a_model_that_calls_an_object_otherwise_than_before_is_nondeterministic() {
    static RUNS: StdUsize = StdUsize::new(0);
    let report = Checker::new().run(|| {
        let run = RUNS.fetch_add(1, Relaxed);
        let order = if run.is_multiple_of(2) { SeqCst } else { Relaxed };
        let (x, _) = atomics();
        let theirs = x.clone();
        thread::spawn(move || theirs.store(1, SeqCst));
        x.load(order);
    });
    assert_eq!(failure(&report).kind, FailureKind::Nondeterminism);
}

#[test]
fn a_model_with_one_execution_is_nondeterministic_too() {
    static RUNS: StdUsize = StdUsize::new(0);
    let report = Checker::new().run(|| {
        let (x, _) = atomics();
        x.store(1, SeqCst);
        if RUNS.fetch_add(1, Relaxed) > 0 {
            assert_eq!(x.load(SeqCst), 0);
        }
    });
    let failure = failure(&report);
    assert_eq!(failure.kind, FailureKind::Nondeterminism);
    assert!(failure.place.is_some(), "{failure}");
}

#[test]
fn a_failure_that_does_not_happen_again_is_nondeterministic() {
    static RUNS: StdUsize = StdUsize::new(0);
    let report = Checker::new().run(|| {
        let (x, _) = atomics();
        let theirs = x.clone();
        thread::spawn(move || theirs.store(1, SeqCst));
        if x.load(SeqCst) == 1 {
            assert!(RUNS.fetch_add(1, Relaxed) > 0, "the first time alone");
        }
    });
    assert_eq!(failure(&report).kind, FailureKind::Nondeterminism);
}

#[test]
fn an_abandoned_unwinding_leaves_the_callers_thread_as_it_was() {
    struct Waits(Arc<Mutex<()>>);
    impl Drop for Waits {
        fn drop(&mut self) {
            std::mem::forget(self.0.lock().unwrap());
        }
    }
    let report = Checker::new().run(|| {
        let lock = Arc::new(Mutex::new(()));
        std::mem::forget(lock.lock().unwrap());
        let _waits = Waits(lock);
        panic!("and then waits forever");
    });
    assert_eq!(failure(&report).kind, FailureKind::Deadlock);
    assert!(!std::thread::panicking());
}

/// Memory that is not guarded.
struct Cell(UnsafeCell<u32>);

fn write(cell: &Cell) {
    // SAFETY: the checker reports a race before it happens.
    cell.0.with_mut(|c| unsafe { *c += 1 });
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("in a destructor");
    }
}

/// A name, the kind of failure, and a model that fails so.
type Failing = (&'static str, FailureKind, fn());

const FAILING: [Failing; 8] = [
    ("a deadlock", FailureKind::Deadlock, || {
        let locks = Arc::new((Mutex::new(()), Mutex::new(())));
        let theirs = locks.clone();
        let other = thread::spawn(move || {
            let second = theirs.1.lock().unwrap();
            drop(theirs.0.lock().unwrap());
            drop(second);
        });
        let first = locks.0.lock().unwrap();
        drop(locks.1.lock().unwrap());
        drop(first);
        other.join().unwrap();
    }),
    ("a livelock", FailureKind::Livelock, || {
        let (x, _) = atomics();
        while x.load(SeqCst) == 0 {
            thread::yield_now();
        }
    }),
    ("a data race", FailureKind::DataRace, || {
        let cell = Arc::new(Cell(UnsafeCell::new(0)));
        let theirs = cell.clone();
        thread::spawn(move || write(&theirs));
        write(&cell);
    }),
    ("a panic", FailureKind::Panic, || {
        thread::spawn(|| panic!("on purpose")).join().unwrap();
    }),
    ("a panic in a destructor of a thread", FailureKind::Panic, || {
        let bomb = Bomb;
        thread::spawn(move || drop(bomb)).join().unwrap();
    }),
    ("a panic in the destructor of what a thread returns", FailureKind::Panic, || {
        let (x, _) = atomics();
        let _ended = thread::spawn(move || (x.load(SeqCst), Bomb)).join();
    }),
    ("a panic in the destructor of a thread-local", FailureKind::Panic, || {
        selvedge::thread_local! {
            static LOCAL: Bomb = Bomb;
        }
        thread::spawn(|| LOCAL.with(|_| {})).join().unwrap();
    }),
    ("a panic in the destructor of a lazy static", FailureKind::Panic, || {
        selvedge::lazy_static! {
            static ref LAZY: Bomb = Bomb;
        }
        let (x, _) = atomics();
        x.load(SeqCst);
        let _made: &Bomb = &LAZY;
    }),
];

/// Twice over, and a model that holds after each: no failure leaves anything behind for what runs next.
#[test]
fn every_kind_of_failure_is_a_report_and_nothing_else() {
    for (name, kind, model) in FAILING.iter().chain(&FAILING) {
        for checker in [Checker::new(), Checker::new().keep_going()] {
            let report = checker.run(model);
            assert_eq!(failure(&report).kind, *kind, "{name}: {}", failure(&report));
            assert!(report.counterexample().is_some(), "{name}");
        }
        let report = Checker::new().run(|| {
            let (x, _) = atomics();
            let theirs = x.clone();
            let other = thread::spawn(move || theirs.fetch_add(1, SeqCst));
            x.fetch_add(1, SeqCst);
            other.join().unwrap();
            assert_eq!(x.load(SeqCst), 2);
        });
        assert_eq!(report.assert_verified().executions(), 2, "after {name}");
    }
    assert!(!std::thread::panicking());
}

/// The value of a release is acquired through every object that orders two calls; a cell without one is a race.
#[test]
fn what_is_handed_over_through_an_object_is_no_race() {
    use selvedge::specification::Lock;
    type Hand = fn(Arc<Cell>, Arc<Cell>);
    let handed: [(&str, Hand); 4] = [
        ("park", |a, b| {
            let main = thread::current();
            let t = thread::spawn(move || {
                write(&a);
                main.unpark();
            });
            thread::park();
            write(&b);
            t.join().unwrap();
        }),
        ("free lock released by another", |a, b| {
            let lock = std::sync::Arc::new(Lock::new());
            let theirs = lock.clone();
            lock.acquire();
            thread::spawn(move || {
                write(&a);
                theirs.release();
            });
            lock.acquire();
            write(&b);
        }),
        ("rendezvous", |a, b| {
            let (sender, receiver) = mpsc::sync_channel(0);
            thread::spawn(move || {
                write(&a);
                sender.send(()).unwrap();
            });
            receiver.recv().unwrap();
            write(&b);
        }),
        ("join of a join", |a, b| {
            let t = thread::spawn(move || thread::spawn(move || write(&a)).join().unwrap());
            t.join().unwrap();
            write(&b);
        }),
    ];
    for (name, hand) in handed {
        let report = Checker::new().run(move || {
            let cell = Arc::new(Cell(UnsafeCell::new(0)));
            hand(cell.clone(), cell);
        });
        assert!(report.verdict().is_verified(), "{name}: {}", report.verdict());
    }
    let races: [(&str, Hand); 4] = [
        ("a failed try", |a, b| {
            let lock = std::sync::Arc::new(Lock::new());
            let theirs = lock.clone();
            lock.acquire();
            thread::spawn(move || {
                write(&a);
                theirs.try_acquire();
            });
            lock.release();
            write(&b);
        }),
        ("a look", |a, b| {
            let lock = std::sync::Arc::new(Lock::new());
            let theirs = lock.clone();
            lock.acquire();
            thread::spawn(move || {
                write(&a);
                theirs.release();
            });
            if !lock.is_locked() {
                write(&b);
            }
        }),
        ("a condition variable alone", |a, b| {
            let (lock, other, signal) =
                (Arc::new(Mutex::new(())), Arc::new(Mutex::new(())), Arc::new(Condvar::new()));
            let theirs = signal.clone();
            thread::spawn(move || {
                write(&a);
                let guard = other.lock();
                theirs.notify_one();
                drop(guard);
            });
            drop(signal.wait(lock.lock().unwrap()).unwrap());
            write(&b);
        }),
        ("a hint", |a, b| {
            let (x, _) = atomics();
            let theirs = x.clone();
            thread::spawn(move || {
                write(&a);
                theirs.store(1, SeqCst);
            });
            while x.load(Relaxed) == 0 {
                thread::yield_now();
            }
            write(&b);
        }),
    ];
    for (name, hand) in races {
        let report = Checker::new().keep_going().run(move || {
            let cell = Arc::new(Cell(UnsafeCell::new(0)));
            hand(cell.clone(), cell);
        });
        let raced = matches!(report.verdict(), Verdict::Failed(f) if matches!(f.kind, FailureKind::DataRace | FailureKind::Deadlock));
        assert!(raced, "{name}: {}", report.verdict());
    }
}

#[test]
fn a_callback_that_panics_ends_the_exploration() {
    let checker = Checker::new().on_progress(|_| {}).on_behaviour(|_| panic!("in a callback"));
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        checker.run(|| atomics().0.store(1, SeqCst)).executions()
    }));
    assert!(ended.is_err());
}

#[test]
fn a_model_passes_where_no_environment_limits_it() {
    selvedge::model(|| {
        selvedge::choose(3);
    });
}

#[test]
fn a_limit_that_the_environment_sets_is_no_pass() {
    let test = |limit: Option<&str>| {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "a_model_passes_where_no_environment_limits_it"]);
        if let Some(limit) = limit {
            command.env("LOOM_MAX_PERMUTATIONS", limit);
        }
        command.output().unwrap().status.success()
    };
    assert!(test(None), "without a limit");
    assert!(test(Some("3")), "with a limit that leaves nothing out");
    assert!(!test(Some("2")), "with a limit that is reached");
}

#[test]
fn a_limit_that_the_code_sets_is_what_its_author_wants() {
    let mut builder = selvedge::model::Builder::new();
    builder.max_permutations = Some(2);
    builder.check(|| {
        selvedge::choose(3);
    });
}
