//! What loom 0.7.2 gets wrong or cannot do, each with the result that is wanted.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

use std::collections::BTreeSet;

use selvedge::cell::UnsafeCell;
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::{self, Relaxed, SeqCst};
use selvedge::sync::{Arc, Barrier, Condvar, LazyLock, Mutex, Once, OnceLock, RwLock, Weak, mpsc};
use selvedge::{Checker, FailureKind, Limit, MemoryModel, Report, Verdict, outcome, thread};

#[track_caller]
fn verified(f: impl Fn() + Send + Sync + 'static) -> Report {
    Checker::new().run(f).assert_verified()
}

#[track_caller]
fn failure(f: impl Fn() + Send + Sync + 'static) -> selvedge::Failure {
    match Checker::new().run(f).verdict() {
        Verdict::Failed(failure) => failure.clone(),
        other => panic!("{other}"),
    }
}

fn outcomes(report: &Report) -> BTreeSet<&str> {
    report.outcomes().keys().map(String::as_str).collect()
}

fn store_buffering(order: Ordering) -> Report {
    verified(move || {
        let (x, y) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (theirs, ours) = (x.clone(), y.clone());
        let other = thread::spawn(move || {
            theirs.store(1, order);
            ours.load(order)
        });
        y.store(1, order);
        let seen = x.load(order);
        outcome(format!("{} {seen}", other.join().unwrap()));
    })
}

#[test]
fn a_load_sees_a_store_that_comes_after_a_load() {
    let report = verified(|| {
        let x = Arc::new(AtomicUsize::new(0));
        let theirs = x.clone();
        let reader = thread::spawn(move || theirs.load(SeqCst));
        let theirs = x.clone();
        thread::spawn(move || {
            theirs.load(SeqCst);
            theirs.store(1, SeqCst);
        });
        outcome(reader.join().unwrap());
    });
    assert_eq!(outcomes(&report), ["0", "1"].into());
}

#[test]
fn seq_cst_accesses_do_not_buffer_stores() {
    assert_eq!(outcomes(&store_buffering(SeqCst)), ["0 1", "1 0", "1 1"].into());
    assert_eq!(outcomes(&store_buffering(Relaxed)), ["0 0", "0 1", "1 0", "1 1"].into());
}

#[test]
fn there_is_no_limit_on_threads() {
    let report = verified(|| {
        let base = Arc::new(AtomicUsize::new(0));
        let begin = |i| {
            let base = base.clone();
            thread::spawn(move || base.load(Relaxed) + i)
        };
        let threads: Vec<_> = (0..100).map(begin).collect();
        let sum: usize = threads.into_iter().map(|t| t.join().unwrap()).sum();
        assert_eq!(sum, 4950);
    });
    assert_eq!(report.executions(), 1);
}

#[test]
fn a_failed_exchange_may_read_an_older_value() {
    let report = verified(|| {
        let x = Arc::new(AtomicUsize::new(0));
        let theirs = x.clone();
        thread::spawn(move || {
            theirs.store(1, Relaxed);
            theirs.store(2, Relaxed);
        });
        outcome(x.compare_exchange(9, 9, Relaxed, Relaxed).unwrap_err());
    });
    assert_eq!(outcomes(&report), ["0", "1", "2"].into());
}

#[test]
fn a_relaxed_update_may_come_before_a_store_that_its_thread_has_heard_of() {
    let report = verified(|| {
        let (x, y) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (theirs, told) = (x.clone(), y.clone());
        thread::spawn(move || {
            theirs.store(1, Relaxed);
            told.store(1, Relaxed);
        });
        let heard = y.load(Relaxed);
        outcome(format!("{heard} {}", x.fetch_add(2, Relaxed)));
    });
    assert_eq!(outcomes(&report), ["0 0", "0 1", "1 0", "1 1"].into());
}

#[test]
fn no_store_is_forgotten() {
    let report = verified(|| {
        let x = Arc::new(AtomicUsize::new(0));
        let theirs = x.clone();
        thread::spawn(move || (1..=10).for_each(|i| theirs.store(i, Relaxed)));
        outcome(x.load(Relaxed));
    });
    assert_eq!(report.outcomes().len(), 11);
}

#[test]
fn try_lock_is_seen_to_fail_and_to_succeed() {
    let report = verified(|| {
        let lock = Arc::new(Mutex::new(()));
        let theirs = lock.clone();
        thread::spawn(move || drop(theirs.lock().unwrap()));
        outcome(lock.try_lock().is_ok());
    });
    assert_eq!(outcomes(&report), ["false", "true"].into());
}

#[test]
fn a_receiver_without_senders_gets_an_error() {
    let report = verified(|| {
        let (sender, receiver) = mpsc::channel();
        let other = sender.clone();
        thread::spawn(move || other.send(1).unwrap());
        drop(sender);
        outcome(format!("{:?} {:?}", receiver.recv(), receiver.recv()));
    });
    assert_eq!(outcomes(&report), ["Ok(1) Err(RecvError)"].into());
}

#[test]
fn a_condition_variable_and_a_parked_thread_live_in_one_model() {
    verified(|| {
        let shared = Arc::new((Mutex::new(false), Condvar::new()));
        let theirs = shared.clone();
        let parked = thread::spawn(thread::park);
        let waiter = thread::spawn(move || {
            drop(theirs.1.wait_while(theirs.0.lock().unwrap(), |ready| !*ready).unwrap());
        });
        *shared.0.lock().unwrap() = true;
        shared.1.notify_one();
        parked.thread().unpark();
        parked.join().unwrap();
        waiter.join().unwrap();
    });
}

#[test]
fn a_token_is_kept_while_its_thread_waits_for_a_lock() {
    verified(|| {
        let lock = Arc::new(Mutex::new(()));
        let held = lock.lock().unwrap();
        let theirs = lock.clone();
        let other = thread::spawn(move || {
            drop(theirs.lock().unwrap());
            thread::park();
        });
        other.thread().unpark();
        drop(held);
        other.join().unwrap();
    });
}

#[test]
fn a_limit_that_is_reached_is_no_pass() {
    let report = Checker::new().max_executions(5).run(|| {
        let x = Arc::new(AtomicUsize::new(0));
        let theirs = x.clone();
        thread::spawn(move || theirs.store(1, Relaxed));
        for _ in 0..5 {
            x.load(Relaxed);
        }
    });
    assert_eq!(*report.verdict(), Verdict::Incomplete(Limit::Executions(5)));
    assert_eq!(report.executions(), 5);
    assert!(std::panic::catch_unwind(|| report.assert_verified()).is_err());
}

#[test]
fn a_deadlock_with_an_arc_alive_is_a_report() {
    let failure = failure(|| {
        let lock = Arc::new(Mutex::new(Box::new(1)));
        let held = lock.lock().unwrap();
        let theirs = lock.clone();
        thread::spawn(move || drop(theirs.lock().unwrap())).join().unwrap();
        drop(held);
    });
    assert_eq!(failure.kind, FailureKind::Deadlock);
}

#[test]
fn a_panic_in_a_spawned_thread_is_reported_with_its_thread() {
    let failure = failure(|| {
        let named = thread::Builder::new().name("worker".to_owned());
        let _ = named.spawn(|| panic!("out of luck")).unwrap().join();
    });
    assert_eq!((failure.kind, failure.message.as_str()), (FailureKind::Panic, "out of luck"));
    assert_eq!(failure.thread.as_deref(), Some("worker"));
    assert!(failure.place.is_some_and(|p| p.file.ends_with("beyond_loom.rs")));
}

#[test]
fn a_panic_in_a_destructor_is_a_report() {
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("in a destructor");
        }
    }

    let failure = failure(|| {
        let shared = Arc::new(Mutex::new(Bomb));
        let theirs = shared.clone();
        thread::spawn(move || drop(theirs));
        drop(shared);
    });
    assert_eq!((failure.kind, failure.message.as_str()), (FailureKind::Panic, "in a destructor"));
}

#[test]
fn a_spin_without_end_is_a_livelock() {
    let failure = failure(|| {
        let flag = AtomicUsize::new(0);
        while flag.load(Relaxed) == 0 {
            selvedge::hint::spin_loop();
        }
    });
    assert_eq!(failure.kind, FailureKind::Livelock);
}

#[test]
fn a_spin_that_gives_up_goes_on() {
    let report = verified(|| {
        let flag = AtomicUsize::new(0);
        let mut tries = 0;
        while flag.load(Relaxed) == 0 && tries < 20 {
            selvedge::hint::spin_loop();
            tries += 1;
        }
        outcome(tries);
    });
    assert_eq!(outcomes(&report), ["20"].into());
}

#[test]
fn a_data_race_names_both_accesses() {
    let failure = failure(|| {
        let cell = Arc::new(UnsafeCell::new(0));
        // SAFETY: the race is what the test is about; the engine stops before anybody notices.
        let write = |cell: &UnsafeCell<i32>| cell.with_mut(|p| unsafe { *p += 1 });
        struct Racy(Arc<UnsafeCell<i32>>);
        let theirs = Racy(cell.clone());
        thread::spawn(move || write(&{ theirs }.0));
        write(&cell);
    });
    assert_eq!(failure.kind, FailureKind::DataRace);
    assert!(failure.message.contains("neither happens before the other"), "{failure}");
}

static COUNT: AtomicUsize = AtomicUsize::new(7);
static GREETING: OnceLock<String> = OnceLock::new();
static LAZY: LazyLock<usize> = LazyLock::new(|| 5);
static ONCE: Once = Once::new();
static GUARDED: Mutex<Vec<usize>> = Mutex::new(Vec::new());

#[test]
fn statics_are_fresh_in_each_execution() {
    let report = verified(|| {
        assert_eq!(COUNT.fetch_add(1, SeqCst), 7);
        let other = thread::spawn(|| COUNT.fetch_add(1, SeqCst));
        COUNT.fetch_add(1, SeqCst);
        other.join().unwrap();
        assert_eq!(COUNT.load(SeqCst), 10);
        assert_eq!(GREETING.get(), None);
        assert_eq!(GREETING.get_or_init(|| "hello".to_owned()), "hello");
        let mut ran = false;
        ONCE.call_once(|| ran = true);
        assert!(ran);
        let mut guarded = GUARDED.lock().unwrap();
        guarded.push(1);
        assert_eq!(guarded.len(), 1);
        assert_eq!(*LAZY, 5);
    });
    assert_eq!(report.executions(), 2);
}

#[test]
fn a_barrier_has_one_leader_a_round() {
    verified(|| {
        let barrier = Arc::new(Barrier::new(2));
        let theirs = barrier.clone();
        let other = thread::spawn(move || [theirs.wait().is_leader(), theirs.wait().is_leader()]);
        let mine = [barrier.wait().is_leader(), barrier.wait().is_leader()];
        let other = other.join().unwrap();
        assert!((0..2).all(|round| mine[round] != other[round]));
    });
}

#[test]
fn a_scope_joins_threads_that_borrow() {
    verified(|| {
        let x = AtomicUsize::new(0);
        thread::scope(|scope| {
            scope.spawn(|| x.fetch_add(1, Relaxed));
            scope.spawn(|| x.fetch_add(1, Relaxed));
        });
        assert_eq!(x.load(Relaxed), 2);
    });
}

#[test]
fn a_weak_handle_outlives_its_value_or_not() {
    let report = verified(|| {
        let strong = Arc::new(1);
        let weak: Weak<_> = Arc::downgrade(&strong);
        let other = thread::spawn(move || outcome(weak.upgrade().is_some()));
        drop(strong);
        other.join().unwrap();
    });
    assert_eq!(outcomes(&report), ["false", "true"].into());
}

#[test]
fn a_rendezvous_waits_for_its_receiver() {
    verified(|| {
        let (sender, receiver) = mpsc::sync_channel(0);
        let received = Arc::new(AtomicUsize::new(0));
        let theirs = received.clone();
        let other = thread::spawn(move || {
            assert_eq!(receiver.recv(), Ok(5));
            theirs.store(1, Relaxed);
        });
        sender.send(5).unwrap();
        other.join().unwrap();
        assert_eq!(received.load(Relaxed), 1);
    });
}

#[test]
fn readers_exclude_writers_only() {
    let report = verified(|| {
        let lock = Arc::new(RwLock::new(0));
        let theirs = lock.clone();
        let writer = thread::spawn(move || *theirs.write().unwrap() += 1);
        outcome(*lock.read().unwrap());
        writer.join().unwrap();
    });
    assert_eq!(outcomes(&report), ["0", "1"].into());
}

#[test]
fn what_is_assumed_away_is_not_counted() {
    let report = verified(|| {
        let n = selvedge::choose(4);
        selvedge::assume(n.is_multiple_of(2));
        outcome(n);
    });
    assert_eq!(outcomes(&report), ["0", "2"].into());
    assert_eq!((report.executions(), report.blocked()), (2, 2));
}

#[test]
fn a_model_that_does_something_else_each_time_is_told_apart() {
    let run = std::sync::atomic::AtomicUsize::new(0);
    let report = Checker::new().memory_model(MemoryModel::Sc).run(move || {
        let x = Arc::new(AtomicUsize::new(0));
        let theirs = x.clone();
        let other = thread::spawn(move || theirs.store(1, SeqCst));
        match run.fetch_add(1, SeqCst) {
            0 => drop(x.load(SeqCst)),
            _ => x.store(2, SeqCst),
        }
        other.join().unwrap();
    });
    let Verdict::Failed(failure) = report.verdict() else { panic!("{}", report.verdict()) };
    assert_eq!(failure.kind, FailureKind::Nondeterminism);
    assert!(failure.place.is_some());
}

#[test]
fn a_bound_keeps_all_that_is_within_it() {
    let adds = |each: usize| {
        move || {
            let x = Arc::new(AtomicUsize::new(0));
            let add = |_| {
                let x = x.clone();
                thread::spawn(move || {
                    for _ in 0..each {
                        x.fetch_add(1, SeqCst);
                    }
                })
            };
            let threads: Vec<_> = (0..3).map(add).collect();
            threads.into_iter().for_each(|t| t.join().unwrap());
        }
    };
    // Each thread has ended when the next begins, in all six orders.
    let report = Checker::new().preemption_bound(0).run(adds(1)).assert_verified();
    assert_eq!(report.executions(), 6);
    // The orders are the words of two As, two Bs and two Cs. A letter that is followed by another while it is to come once
    // more was preempted: of the 90 words 6 have no such letter, 18 one, 36 two, and 30 three.
    for (bound, executions) in [(0, 6), (1, 24), (2, 60), (3, 90)] {
        let report = Checker::new().preemption_bound(bound).run(adds(2));
        assert_eq!(report.executions(), executions, "at most {bound} preemptions");
        let wanted =
            if bound < 3 { Verdict::Incomplete(Limit::Preemptions(bound)) } else { Verdict::Verified };
        assert_eq!(*report.verdict(), wanted);
    }
}

#[test]
fn a_thread_that_waits_is_not_preempted() {
    let report = Checker::new().preemption_bound(0).run(|| {
        let shared = Arc::new((Mutex::new(0), Condvar::new()));
        let theirs = shared.clone();
        let waiter = thread::spawn(move || {
            let mut count = theirs.0.lock().unwrap();
            while *count == 0 {
                count = theirs.1.wait(count).unwrap();
            }
        });
        *shared.0.lock().unwrap() += 1;
        shared.1.notify_one();
        waiter.join().unwrap();
        outcome("met");
    });
    // The first thread goes on until it joins. That the other waits first would preempt it.
    assert_eq!(report.executions(), 1);
    assert_eq!(*report.verdict(), Verdict::Incomplete(Limit::Preemptions(0)));
}
