//! What a model's threads share by std's atomics, locks and statics is not explored: then nothing is verified.

use std::sync::Arc as StdArc;
use std::sync::atomic::AtomicUsize as StdAtomicUsize;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use selvedge::cell::UnsafeCell;
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::{Arc, Mutex, mpsc};
use selvedge::{Checker, Limit, Report, Shards, Verdict, thread};

#[track_caller]
fn is_not_verified(model: impl Fn() + Send + Sync + 'static) -> Report {
    let report = Checker::new().run(model);
    assert_eq!(report.verdict(), &Verdict::Incomplete(Limit::NothingShared));
    report
}

/// A slot whose orderings are too weak: a race that is not seen, for it is std's atomic that is wrong.
struct Slot {
    ready: StdAtomicUsize,
    value: std::cell::UnsafeCell<u64>,
}

// SAFETY: it is not safe, which is what a checker would have to find.
unsafe impl Sync for Slot {}
// SAFETY: as above.
unsafe impl Send for Slot {}

#[test]
fn an_atomic_of_std() {
    is_not_verified(|| {
        let slot = StdArc::new(Slot { ready: 0.into(), value: 0.into() });
        let theirs = slot.clone();
        let writer = thread::spawn(move || {
            // SAFETY: nobody reads before `ready` is 1.
            unsafe { *theirs.value.get() = 42 };
            theirs.ready.store(1, Relaxed);
        });
        if slot.ready.load(Relaxed) == 1 {
            // SAFETY: nobody writes after `ready` is 1.
            assert_eq!(unsafe { *slot.value.get() }, 42);
        }
        writer.join().unwrap();
    });
}

#[test]
fn a_counter_that_loses_updates_on_std() {
    let report = is_not_verified(|| {
        let count = StdArc::new(StdAtomicUsize::new(0));
        let add = |count: &StdAtomicUsize| count.store(count.load(SeqCst) + 1, SeqCst);
        let theirs = count.clone();
        let other = thread::spawn(move || add(&theirs));
        add(&count);
        other.join().unwrap();
        assert_eq!(count.load(SeqCst), 2);
    });
    assert!(report.verdict().to_string().contains("use those of selvedge"), "{}", report.verdict());
}

#[test]
fn a_static_of_std() {
    static COUNT: StdAtomicUsize = StdAtomicUsize::new(0);
    is_not_verified(|| {
        let other = thread::spawn(|| COUNT.fetch_add(1, SeqCst));
        COUNT.fetch_add(1, SeqCst);
        other.join().unwrap();
    });
}

#[test]
fn a_lock_of_std_that_nobody_waits_with() {
    is_not_verified(|| {
        let m = StdArc::new(std::sync::Mutex::new(0));
        let theirs = m.clone();
        let other = thread::spawn(move || *theirs.lock().unwrap() += 1);
        *m.lock().unwrap() += 1;
        other.join().unwrap();
    });
}

#[test]
fn what_is_std_s_inside_of_an_arc_of_ours() {
    is_not_verified(|| {
        let count = Arc::new(StdAtomicUsize::new(0));
        let theirs = count.clone();
        let other = thread::spawn(move || theirs.fetch_add(1, SeqCst));
        count.fetch_add(1, SeqCst);
        other.join().unwrap();
    });
}

#[test]
fn in_scoped_threads() {
    is_not_verified(|| {
        let count = StdAtomicUsize::new(0);
        thread::scope(|scope| {
            scope.spawn(|| count.fetch_add(1, SeqCst));
            scope.spawn(|| count.fetch_add(1, SeqCst));
        });
    });
}

#[test]
fn each_thread_s_own_objects_are_not_shared() {
    is_not_verified(|| {
        let count = StdArc::new(StdAtomicUsize::new(0));
        let theirs = count.clone();
        let own = || {
            let x = AtomicUsize::new(0);
            x.fetch_add(1, SeqCst);
            *Mutex::new(0).lock().unwrap() += x.load(SeqCst);
        };
        let other = thread::spawn(move || {
            own();
            theirs.fetch_add(1, SeqCst);
        });
        own();
        count.fetch_add(1, SeqCst);
        other.join().unwrap();
    });
}

#[test]
fn reports_to_the_observer_are_no_sharing() {
    is_not_verified(|| {
        let count = StdArc::new(StdAtomicUsize::new(0));
        let theirs = count.clone();
        let other = thread::spawn(move || selvedge::outcome(theirs.fetch_add(1, SeqCst)));
        selvedge::outcome(count.fetch_add(1, SeqCst));
        other.join().unwrap();
    });
}

#[test]
fn threads_of_std() {
    let report = Checker::new().run(|| {
        let count = StdArc::new(StdAtomicUsize::new(0));
        let theirs = count.clone();
        let other = std::thread::spawn(move || theirs.fetch_add(1, SeqCst));
        count.fetch_add(1, SeqCst);
        other.join().unwrap();
    });
    assert_eq!(report.verdict(), &Verdict::Incomplete(Limit::RealThreads));
}

#[test]
fn with_several_workers_in_shards_and_in_a_file() {
    let model = || {
        selvedge::choose(1000);
        let count = StdArc::new(StdAtomicUsize::new(0));
        let theirs = count.clone();
        let other = thread::spawn(move || theirs.fetch_add(1, SeqCst));
        count.fetch_add(1, SeqCst);
        other.join().unwrap();
    };
    let unseen = Verdict::Incomplete(Limit::NothingShared);
    assert_eq!(Checker::new().workers(3).run(model).verdict(), &unseen);
    let shards = [1, 2].map(|n| Checker::new().shard(n, 2).run(model));
    let read: Report = shards[0].to_text().parse().unwrap();
    assert_eq!(read.verdict(), &unseen);
    assert_eq!(Shards::sum(shards).unwrap().verdict(), &unseen);
}

#[test]
fn one_execution_in_which_threads_share_is_enough() {
    let model = || {
        let x = Arc::new(AtomicUsize::new(0));
        if selvedge::choose(500) == 300 {
            let theirs = x.clone();
            thread::spawn(move || theirs.fetch_add(1, SeqCst)).join().unwrap();
            x.load(SeqCst);
        } else {
            thread::spawn(|| ()).join().unwrap();
        }
    };
    let _verified = Checker::new().run(model).assert_verified();
    let _verified = Checker::new().workers(2).run(model).assert_verified();
    let shards = [1, 2, 3].map(|n| Checker::new().shard(n, 3).run(model));
    let _verified = Shards::sum(shards).unwrap().assert_verified();
}

#[test]
fn threads_may_each_use_a_part_of_an_array() {
    let _verified = Checker::new()
        .run(|| {
            let array: Arc<Vec<AtomicUsize>> = Arc::new((0..2).map(AtomicUsize::new).collect());
            let theirs = array.clone();
            let other = thread::spawn(move || theirs[0].fetch_add(1, SeqCst));
            array[1].fetch_add(1, SeqCst);
            other.join().unwrap();
        })
        .assert_verified();
}

#[test]
fn a_model_of_one_thread_shares_with_nobody() {
    let _verified = Checker::new().run(|| assert!(selvedge::choose(3) < 3)).assert_verified();
}

#[test]
fn a_cell_a_channel_and_a_token_are_shared() {
    let _verified = Checker::new()
        .run(|| {
            let cell = Arc::new(UnsafeCell::new(0));
            let theirs = cell.clone();
            // SAFETY: the join orders the accesses.
            cell.with_mut(|at| unsafe { *at = 1 });
            // SAFETY: as above.
            let other = thread::spawn(move || theirs.with_mut(|at| unsafe { *at += 1 }));
            other.join().unwrap();
        })
        .assert_verified();
    let _verified = Checker::new()
        .run(|| {
            let (send, receive) = mpsc::channel();
            let other = thread::spawn(move || send.send(1).unwrap());
            assert_eq!(receive.recv(), Ok(1));
            other.join().unwrap();
        })
        .assert_verified();
    let _verified = Checker::new()
        .run(|| {
            let other = thread::spawn(thread::park);
            other.thread().unpark();
            other.join().unwrap();
        })
        .assert_verified();
}
