//! Programs whose number of behaviours is known, from GenMC 0.11 and Nidhugg's optimal exploration: the engine finds as
//! many, each once, and throws nothing away.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex as StdMutex};

use selvedge::hint::spin_until;
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use selvedge::sync::{Condvar, Mutex};
use selvedge::{Checker, FailureKind, MemoryModel, Report, Verdict, thread};

const MODELS: [MemoryModel; 2] = [MemoryModel::Sc, MemoryModel::Rc11];

fn explored(model: MemoryModel, f: impl Fn() + Send + Sync + 'static) -> Report {
    let seen = Arc::new(StdMutex::new(BTreeSet::new()));
    let set = seen.clone();
    let report = Checker::new()
        .memory_model(model)
        .keep_going()
        .on_behaviour(move |b| assert!(set.lock().unwrap().insert(b.clone()), "explored twice:\n{b}"))
        .run(f);
    assert_eq!(seen.lock().unwrap().len() as u64, report.executions());
    assert_eq!(report.blocked(), 0);
    report
}

#[track_caller]
fn assert_behaviours(wanted: u64, f: impl Fn() + Send + Sync + Clone + 'static) {
    for model in MODELS {
        let report = explored(model, f.clone());
        assert_eq!(*report.verdict(), Verdict::Verified, "{model:?}");
        assert_eq!(report.executions(), wanted, "{model:?}");
        assert_memory(wanted);
    }
}

/// Whether this process, with all that its tests hold at once, has kept below 64 MiB; where the system tells.
#[track_caller]
fn assert_memory(behaviours: u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    if let Some(peak) = peak.and_then(|kib| kib.parse::<u64>().ok()) {
        println!("{behaviours} behaviours: {} MiB at most so far", peak.div_ceil(1024));
        assert!(peak < 64 * 1024, "{peak} KiB");
    }
}

fn in_threads(n: usize, f: impl Fn(usize) + Clone + 'static) {
    let begin = |i| {
        let f = f.clone();
        thread::spawn(move || f(i))
    };
    let threads: Vec<_> = (0..n).map(begin).collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
}

#[test]
fn additions_to_one_atomic_happen_in_every_order() {
    for (n, wanted) in [(3, 6), (4, 24), (5, 120), (6, 720), (7, 5040)] {
        assert_behaviours(wanted, move || {
            let x = Arc::new(AtomicUsize::new(0));
            in_threads(n, move |_| {
                x.fetch_add(1, Relaxed);
            });
        });
    }
}

#[test]
fn critical_sections_happen_in_every_order() {
    for (n, k, wanted) in [(2, 1, 2), (3, 1, 6), (4, 1, 24), (5, 1, 120), (6, 1, 720), (3, 2, 90)] {
        assert_behaviours(wanted, move || {
            let x = Arc::new(Mutex::new(0));
            in_threads(n, move |_| (0..k).for_each(|_| *x.lock().unwrap() += 1));
        });
    }
}

#[test]
fn readers_of_one_atomic_do_not_disturb_one_another() {
    for (readers, wanted) in [(4, 16), (8, 256), (12, 4096)] {
        assert_behaviours(wanted, move || {
            let x = Arc::new(AtomicUsize::new(0));
            in_threads(readers + 1, move |i| match i {
                0 => x.store(1, Relaxed),
                _ => {
                    x.load(Relaxed);
                }
            });
        });
    }
}

/// The hash table of C. Flanagan and P. Godefroid, "Dynamic Partial-Order Reduction for Model Checking Software", POPL
/// 2005: each thread inserts four messages into a table of 128 places, and the first collisions come with 12 threads.
#[test]
fn inserts_into_a_hash_table_collide_in_every_order() {
    for (n, wanted) in [(11, 1), (12, 8), (13, 64), (14, 512), (15, 4096)] {
        assert_behaviours(wanted, move || {
            let table: Arc<Vec<AtomicUsize>> = Arc::new((0..128).map(|_| AtomicUsize::new(0)).collect());
            in_threads(n, move |thread| {
                for m in 1..=4 {
                    let message = m * 11 + thread;
                    let mut at = message * 7 % 128;
                    while table[at].compare_exchange(0, message, AcqRel, Acquire).is_err() {
                        at = (at + 1) % 128;
                    }
                }
            });
        });
    }
}

/// Nidhugg counts 8 and 56, but it does not tell which notification was seen.
#[test]
fn a_bounded_queue_behaves_in_as_many_ways_as_its_waits_and_notifications() {
    for (capacity, items, wanted) in [(1, 2, 8), (2, 4, 96)] {
        assert_behaviours(wanted, move || {
            let queue = Arc::new((Mutex::new(Vec::new()), Condvar::new(), Condvar::new()));
            let theirs = queue.clone();
            let producer = thread::spawn(move || {
                let (goods, not_full, not_empty) = &*theirs;
                for i in 0..items {
                    let mut goods =
                        not_full.wait_while(goods.lock().unwrap(), |g| g.len() == capacity).unwrap();
                    goods.push(i);
                    not_empty.notify_one();
                }
            });
            let (goods, not_full, not_empty) = &*queue;
            for _ in 0..items {
                let mut goods = not_empty.wait_while(goods.lock().unwrap(), |g| g.is_empty()).unwrap();
                goods.remove(0);
                not_full.notify_one();
            }
            producer.join().unwrap();
        });
    }
}

#[test]
fn locks_taken_in_opposite_orders_deadlock_once() {
    for model in MODELS {
        let report = explored(model, || {
            let locks = Arc::new((Mutex::new(()), Mutex::new(())));
            in_threads(2, move |i| {
                let (first, second) = if i == 0 { (&locks.0, &locks.1) } else { (&locks.1, &locks.0) };
                let first = first.lock().unwrap();
                let second = second.lock().unwrap();
                drop(second);
                drop(first);
            });
            selvedge::outcome("complete");
        });
        assert_eq!((report.executions(), report.outcomes()["complete"]), (3, 2));
        let Verdict::Failed(failure) = report.verdict() else { panic!("{}", report.verdict()) };
        assert_eq!(failure.kind, FailureKind::Deadlock);
        assert!(failure.message.contains("thread 1 waits for a lock at"), "{failure}");
        assert!(failure.message.contains("MainThread waits for the end of thread 1 at"), "{failure}");
    }
}

/// A semaphore of 2 over a mutex and a condition variable: with 3 threads loom was stopped after 40 seconds. With
/// SELVEDGE_CASES=full also with 4 threads, which takes some 20 seconds in a release build.
#[test]
fn a_semaphore_is_explored_completely() {
    let full = std::env::var("SELVEDGE_CASES").is_ok_and(|cases| cases == "full");
    for (threads, wanted) in [(3, 4_068), (4, 965_952)].into_iter().take(if full { 2 } else { 1 }) {
        let report = Checker::new()
            .run(move || {
                let semaphore = Arc::new((Mutex::new(2), Condvar::new()));
                let inside = Arc::new(AtomicUsize::new(0));
                in_threads(threads, move |_| {
                    let (permits, released) = &*semaphore;
                    let mut held = released.wait_while(permits.lock().unwrap(), |p| *p == 0).unwrap();
                    *held -= 1;
                    drop(held);
                    assert!(inside.fetch_add(1, SeqCst) < 2);
                    inside.fetch_sub(1, SeqCst);
                    *permits.lock().unwrap() += 1;
                    released.notify_one();
                });
            })
            .assert_verified();
        assert_eq!((report.executions(), report.blocked()), (wanted, 0));
        assert_memory(wanted);
    }
}

#[test]
fn a_flag_that_is_waited_for_ends_the_wait() {
    for model in MODELS {
        let report = explored(model, || {
            let flag = Arc::new(AtomicUsize::new(0));
            let theirs = flag.clone();
            let other = thread::spawn(move || theirs.store(1, Release));
            while flag.load(Acquire) == 0 {
                thread::yield_now();
            }
            other.join().unwrap();
        });
        assert_eq!(*report.verdict(), Verdict::Verified);
    }
}

#[test]
fn a_spin_lock_excludes_and_ends() {
    for (n, k) in [(2, 1), (2, 2), (3, 1)] {
        for model in MODELS {
            let report = explored(model, move || {
                let lock = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
                let inside = lock.clone();
                in_threads(n, move |_| {
                    for _ in 0..k {
                        while inside.0.compare_exchange(0, 1, Acquire, Relaxed).is_err() {
                            selvedge::hint::spin_loop();
                        }
                        let count = inside.1.load(Relaxed);
                        inside.1.store(count + 1, Relaxed);
                        inside.0.store(0, Release);
                    }
                });
                assert_eq!(lock.1.load(Relaxed), n * k);
            });
            assert_eq!(*report.verdict(), Verdict::Verified);
        }
    }
}

fn ticket_lock(threads: usize, rounds: usize) {
    let lock = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0)));
    let inside = lock.clone();
    in_threads(threads, move |_| {
        let (next, serving, count) = &*inside;
        for _ in 0..rounds {
            let ticket = next.fetch_add(1, Relaxed);
            spin_until(|| serving.load(Acquire) == ticket);
            let before = count.load(Relaxed);
            count.store(before + 1, Relaxed);
            serving.store(ticket + 1, Release);
        }
    });
    assert_eq!(lock.2.load(Relaxed), threads * rounds);
}

#[test]
fn a_ticket_lock_is_explored_in_every_order_of_its_tickets() {
    for (threads, rounds, wanted) in [(2, 1, 2), (2, 2, 6), (3, 1, 6), (3, 2, 90), (4, 1, 24), (2, 5, 252)] {
        assert_behaviours(wanted, move || ticket_lock(threads, rounds));
    }
}

#[test]
fn a_ticket_lock_serves_in_order() {
    for (n, k) in [(2, 1), (2, 2), (3, 1)] {
        for model in MODELS {
            let report = explored(model, move || {
                let lock = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0)));
                let inside = lock.clone();
                in_threads(n, move |_| {
                    for _ in 0..k {
                        let ticket = inside.0.fetch_add(1, Relaxed);
                        while inside.1.load(Acquire) != ticket {
                            selvedge::hint::spin_loop();
                        }
                        let count = inside.2.load(Relaxed);
                        inside.2.store(count + 1, Relaxed);
                        inside.1.store(ticket + 1, Release);
                    }
                });
                assert_eq!(lock.2.load(Relaxed), n * k);
            });
            assert_eq!(*report.verdict(), Verdict::Verified);
        }
    }
}
