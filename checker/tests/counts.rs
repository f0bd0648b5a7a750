//! Programs whose number of behaviours is known, from GenMC 0.11 and Nidhugg's optimal exploration: the engine finds as
//! many, each once, and throws nothing away. Where it finds more than Nidhugg, the test says why.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex as StdMutex};

use selvedge::hint::spin_until;
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use selvedge::sync::{Condvar, Mutex};
use selvedge::{Behaviour, Checker, FailureKind, MemoryModel, Report, Verdict, thread};

const MODELS: [MemoryModel; 2] = [MemoryModel::Sc, MemoryModel::Rc11];

fn explored(model: MemoryModel, f: impl Fn() + Send + Sync + 'static) -> Report {
    behaviours(model, f).0
}

/// What is found, each once and nothing blocked.
fn behaviours(model: MemoryModel, f: impl Fn() + Send + Sync + 'static) -> (Report, BTreeSet<Behaviour>) {
    let seen = Arc::new(StdMutex::new(BTreeSet::new()));
    let set = seen.clone();
    let report = Checker::new()
        .memory_model(model)
        .keep_going()
        .on_behaviour(move |b| assert!(set.lock().unwrap().insert(b.clone()), "explored twice:\n{b}"))
        .run(f);
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    assert_eq!(seen.len() as u64, report.executions());
    assert_eq!(report.blocked(), 0);
    (report, seen)
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

/// A queue of one producer and one consumer with a condition variable each.
fn bounded_queue(capacity: usize, items: usize) {
    let queue = Arc::new((Mutex::new(Vec::new()), Condvar::new(), Condvar::new()));
    let theirs = queue.clone();
    let producer = thread::spawn(move || {
        let (goods, not_full, not_empty) = &*theirs;
        for i in 0..items {
            let mut goods = not_full.wait_while(goods.lock().unwrap(), |g| g.len() == capacity).unwrap();
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
}

/// The threads of a [`bounded_queue`], by their numbers there.
const CONSUMER: usize = 0;
const PRODUCER: usize = 1;

/// A bounded queue between critical sections: all that its threads do, they do in these, and a section ends with a wait or
/// with a notification.
#[derive(Clone)]
struct Queue {
    capacity: usize,
    items: usize,
    /// How often the consumer has taken, and the producer put.
    done: [usize; 2],
    /// For a thread that began to wait and has not gone on: how often it was notified since.
    waits: [Option<usize>; 2],
}

impl Queue {
    fn new(capacity: usize, items: usize) -> Self {
        Queue { capacity, items, done: [0; 2], waits: [None; 2] }
    }

    fn can_enter(&self, thread: usize) -> bool {
        self.done[thread] < self.items && self.waits[thread] != Some(0)
    }

    /// The thread's next critical section. Says whether it notifies.
    fn enter(&mut self, thread: usize) -> bool {
        let stored = self.done[PRODUCER] - self.done[CONSUMER];
        self.waits[thread] = None;
        if stored == [0, self.capacity][thread] {
            self.waits[thread] = Some(0);
            return false;
        }
        self.done[thread] += 1;
        self.waits[1 - thread] = self.waits[1 - thread].map(|n| n + 1);
        true
    }

    /// Every order in which the threads can enter.
    fn orders(&self, before: &[usize], found: &mut BTreeSet<Vec<usize>>) {
        let mut last = true;
        for thread in (0..2).filter(|t| self.can_enter(*t)) {
            last = false;
            let mut next = self.clone();
            next.enter(thread);
            next.orders(&[before, &[thread]].concat(), found);
        }
        if last {
            found.insert(before.to_vec());
        }
    }

    /// How many orders a search by reversals finds that first lets `first` go on for as long as it can: two neighbours
    /// change places unless the second can only come after the first. `wakes` says that of a thread that waits and was
    /// notified so often, the last time by the first of the two.
    fn reversals(&self, first: usize, wakes: fn(usize) -> bool) -> usize {
        let mut found: BTreeSet<Vec<usize>> = BTreeSet::new();
        let mut todo = vec![Vec::new()];
        while let Some(begin) = todo.pop() {
            if found.iter().any(|other| other.starts_with(&begin)) {
                continue;
            }
            let mut queue = self.clone();
            let (mut order, mut before) = (Vec::new(), Vec::new());
            loop {
                let next = begin.get(order.len()).copied();
                let next = next.or_else(|| [first, 1 - first].into_iter().find(|t| queue.can_enter(*t)));
                let Some(thread) = next else { break };
                order.push(thread);
                before.push((queue.clone(), queue.waits[thread]));
                queue.enter(thread);
            }
            for (at, pair) in order.windows(2).enumerate() {
                let notified = before[at].0.clone().enter(pair[0]) && before[at + 1].1.is_some_and(wakes);
                if pair[0] != pair[1] && !notified && before[at].0.can_enter(pair[1]) {
                    todo.push([&order[..at], &pair[1..]].concat());
                }
            }
            found.insert(order);
        }
        found.len()
    }
}

/// All that the threads do is in critical sections of one mutex, so each order of these is a behaviour of its own: 8, 96
/// and 384. (2 ways to be first, twice 2 for each item between, and 3 at the end: 2 * 4 * 4 * 3 = 96.)
///
/// Nidhugg counts 8, 56 and 200. It takes a thread that wakes up to come after the *last* notification, also where an
/// earlier one has woken it, and never tries the two in the other order. That is no coarser equivalence: with the
/// consumer first it would find 78 and 278.
#[test]
fn a_bounded_queue_behaves_in_as_many_ways_as_its_critical_sections_are_ordered() {
    let nidhugg = [(1, 2, 8, 8), (2, 4, 56, 78), (2, 5, 200, 278)];
    for ((capacity, items, producer_first, consumer_first), wanted) in nidhugg.into_iter().zip([8, 96, 384]) {
        let queue = Queue::new(capacity, items);
        let mut orders = BTreeSet::new();
        queue.orders(&[], &mut orders);
        for model in MODELS {
            let (report, behaviours) = behaviours(model, move || bounded_queue(capacity, items));
            assert_eq!(*report.verdict(), Verdict::Verified);
            let sections = |b: &Behaviour| -> Vec<usize> {
                // A section is two calls of the mutex and one of a condition variable.
                let mutex = b.served.iter().max_by_key(|calls| calls.len()).unwrap();
                mutex.chunks(2).map(|section| section[0].0.0 as usize).collect()
            };
            assert_eq!(behaviours.len(), wanted);
            assert_eq!(behaviours.iter().map(sections).collect::<BTreeSet<_>>(), orders);
        }
        assert_eq!(queue.reversals(PRODUCER, |notified| notified == 1), wanted);
        assert_eq!(queue.reversals(CONSUMER, |notified| notified == 1), wanted);
        assert_eq!(queue.reversals(PRODUCER, |_| true), producer_first);
        assert_eq!(queue.reversals(CONSUMER, |_| true), consumer_first);
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

/// Takes a lock that is one flag, by exchanging it until it was free.
fn exchange_lock(threads: usize) {
    let taken = Arc::new(AtomicUsize::new(0));
    in_threads(threads, move |_| {
        while taken.swap(1, Acquire) == 1 {
            thread::yield_now();
        }
        taken.store(0, Release);
    });
}

/// A thread that waits has exchanged nothing for itself, and waits until the flag is another: for the release of the thread that
/// holds the lock, or for what comes after that. Of two threads the second may have failed once: 2 in each order. Of three, the second
/// may have failed while the first held the lock. The third may have failed never; then, once; or while the first held it,
/// and then have seen the first release (and failed once more or not), the second taking the lock (the same), or the second
/// release: 7 in all. Where both failed beside the first, the 5 that begin with that are there in both orders: 12. So there are
/// 19 for each of 6 orders.
#[test]
fn an_exchange_that_changes_nothing_wakes_nobody() {
    assert_behaviours(2 * 2, || exchange_lock(2));
    assert_behaviours(6 * 19, || exchange_lock(3));
}

/// Who waits looks first after the store, or after the exchange: 2. Or before both, and then at the second flag. Before that is
/// stored to, what wakes it is the first store, before the exchange or after it, or the last: 3. After that, the first store is
/// still what changed: 1.
#[test]
fn a_change_is_seen_though_an_exchange_of_nothing_came_after_it() {
    assert_behaviours(6, || {
        let flags = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
        let theirs = flags.clone();
        let other = thread::spawn(move || {
            theirs.0.store(1, SeqCst);
            theirs.0.swap(1, SeqCst);
            theirs.1.store(1, SeqCst);
        });
        while flags.0.load(SeqCst) == 0 {
            flags.1.load(SeqCst);
            thread::yield_now();
        }
        other.join().unwrap();
    });
}

/// Each of them may look once before the store and is woken by it: both after it in 2 orders, one before it in 2, the other in 2,
/// both before it in 4.
#[test]
fn an_addition_of_nothing_waits_for_a_store() {
    assert_behaviours(10, || {
        let flag = Arc::new(AtomicUsize::new(0));
        let waits = |flag: Arc<AtomicUsize>| {
            move || {
                while flag.fetch_add(0, Acquire) == 0 {
                    thread::yield_now();
                }
            }
        };
        let waiting = [thread::spawn(waits(flag.clone())), thread::spawn(waits(flag.clone()))];
        flag.store(1, Release);
        waiting.into_iter().for_each(|thread| thread.join().unwrap());
    });
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
