//! Two threads that want the same thing, or that wait for one another.
//!
//! Where the threads run decides most: on two processors they meet in the cache, and who sleeps is woken by an interrupt;
//! on one they never meet, and every handover is a switch. So each case is measured in both places.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use selvedge_primitives::{Barrier, Condition, Event, Lock, Queue};

use super::{Case, Contestant, bare, textbook};

/// So short that a third thread seldom comes in between.
const RUN: Duration = Duration::from_millis(1);

/// Where the two threads run.
#[derive(Clone, Copy)]
enum Place {
    /// Where the scheduler likes.
    Anywhere,
    /// Each on a processor of its own.
    Apart,
    /// Both on one processor.
    Together,
}

/// How long two threads take for what each does, from the first one's begin to the last one's end.
///
/// On processors of their own, a time in which a third thread took one of them is not counted, and they do it again; unless the
/// machine is so busy that this never ends.
fn both<A, B>(place: Place, bodies: impl Fn() -> (A, B)) -> Duration
where
    A: FnOnce() + Send + 'static,
    B: FnOnce() + Send + 'static,
{
    for _ in 0..50 {
        let (one, other) = bodies();
        let arrived = Arc::new(AtomicUsize::new(0));
        let threads = [run(place, 0, arrived.clone(), one), run(place, 1, arrived, other)];
        let [one, other] = threads.map(|thread| thread.join().unwrap());
        if !matches!(place, Place::Apart) || !(one.disturbed || other.disturbed) {
            return one.end.max(other.end) - one.begin.min(other.begin);
        }
    }
    Duration::MAX
}

/// What one of two threads saw.
struct Ran {
    begin: Instant,
    end: Instant,
    /// Its processor was given to another thread although it did not block.
    disturbed: bool,
}

fn run(
    place: Place,
    processor: usize,
    arrived: Arc<AtomicUsize>,
    body: impl FnOnce() + Send + 'static,
) -> JoinHandle<Ran> {
    thread::spawn(move || {
        match place {
            Place::Anywhere => {}
            Place::Apart => pin(processor),
            Place::Together => pin(0),
        }
        // Both begin at once: blocking here would let one wait until the other is awake.
        arrived.fetch_add(1, Relaxed);
        while arrived.load(Relaxed) < 2 {
            thread::yield_now();
        }
        let before = preemptions();
        let begin = Instant::now();
        body();
        let end = Instant::now();
        Ran { begin, end, disturbed: preemptions() != before }
    })
}

/// How often the calling thread's processor was given to another although it did not block; 0 where nobody counts that.
fn preemptions() -> u64 {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:"))
        .map_or(0, |count| count.trim().parse().unwrap())
}

/// As [`both`], for two threads that do the same thing so many times in all.
fn shared(place: Place, n: u64, operation: impl Fn() + Send + Sync + 'static) -> Duration {
    let operation = Arc::new(operation);
    both(place, || {
        let (one, other) = (operation.clone(), operation.clone());
        (move || (0..n.div_ceil(2)).for_each(|_| one()), move || (0..n.div_ceil(2)).for_each(|_| other()))
    })
}

/// As [`both`], for two threads that do the same thing so many times each.
fn each(place: Place, n: u64, operation: impl Fn() + Send + Sync + 'static) -> Duration {
    shared(place, 2 * n, operation)
}

/// Keeps the calling thread on one processor, where the operating system has such a call; elsewhere does nothing.
fn pin(processor: usize) {
    #[cfg(target_os = "linux")]
    {
        unsafe extern "C" {
            /// sched_setaffinity(2).
            fn sched_setaffinity(thread: i32, size: usize, processors: *const u64) -> i32;
        }
        let processors = 1u64 << processor;
        // SAFETY: the pointer leads to a set of `size` bytes, which the call only reads; thread 0 is the calling one.
        let failed = unsafe { sched_setaffinity(0, size_of::<u64>(), &processors) } != 0;
        assert!(!failed, "no processor {processor}");
    }
    let _ = processor;
}

pub(super) fn all() -> Vec<Case> {
    vec![
        lock("Lock, 2 threads, 2 processors", Place::Apart),
        lock("Lock, 2 threads, 1 processor", Place::Together),
        lock("Lock, 2 threads, anywhere", Place::Anywhere),
        transfer("transfer, capacity 10, 2 processors", Place::Apart),
        transfer("transfer, capacity 10, 1 processor", Place::Together),
        transfer("transfer, capacity 10, anywhere", Place::Anywhere),
        events("Event, to and fro, 2 processors", Place::Apart),
        events("Event, to and fro, 1 processor", Place::Together),
        conditions("Condition, to and fro, 2 processors", Place::Apart),
        conditions("Condition, to and fro, 1 processor", Place::Together),
        barrier("Barrier(2), 2 processors", Place::Apart),
        barrier("Barrier(2), 1 processor", Place::Together),
        barrier("Barrier(2), anywhere", Place::Anywhere),
    ]
}

fn lock(name: &'static str, place: Place) -> Case {
    Case {
        name,
        run: RUN,
        contestants: vec![
            Contestant::peer("parking_lot Mutex", move |n| {
                let lock = parking_lot::Mutex::new(0u64);
                shared(place, n, move || *black_box(&lock).lock() += 1)
            }),
            Contestant::peer("std Mutex", move |n| {
                let lock = std::sync::Mutex::new(0u64);
                shared(place, n, move || *black_box(&lock).lock().unwrap() += 1)
            }),
            Contestant::ours("Lock", 1.0, move |n| {
                let lock = Lock::new(0u64);
                shared(place, n, move || *black_box(&lock).lock() += 1)
            }),
        ],
    }
}

fn transfer(name: &'static str, place: Place) -> Case {
    Case {
        name,
        run: RUN,
        contestants: vec![
            Contestant::peer("crossbeam bounded", move |n| {
                both(place, || {
                    let (sender, receiver) = crossbeam_channel::bounded(10);
                    (
                        move || (0..n).for_each(|item| sender.send(item).unwrap()),
                        move || (0..n).for_each(|item| assert_eq!(receiver.recv(), Ok(item))),
                    )
                })
            }),
            Contestant::peer("std sync_channel", move |n| {
                both(place, || {
                    let (sender, receiver) = mpsc::sync_channel(10);
                    (
                        move || (0..n).for_each(|item| sender.send(item).unwrap()),
                        move || (0..n).for_each(|item| assert_eq!(receiver.recv(), Ok(item))),
                    )
                })
            }),
            bare_channel::<false>("bare deque under a lock, freed by a store", place),
            bare_channel::<true>("bare deque under a lock, freed by a swap", place),
            Contestant::ours("Queue", 1.0, move |n| {
                both(place, || {
                    let queue = Arc::new(Queue::new(10));
                    let other = queue.clone();
                    (
                        move || (0..n).for_each(|item| queue.put(item).unwrap()),
                        move || (0..n).for_each(|item| assert_eq!(other.get(), Ok(item))),
                    )
                })
            }),
        ],
    }
}

fn bare_channel<const SLEEPERS: bool>(name: &'static str, place: Place) -> Contestant {
    Contestant::peer(name, move |n| {
        both(place, || {
            let channel = Arc::new(bare::Channel::<SLEEPERS>::default());
            let other = channel.clone();
            (
                move || (0..n).for_each(|item| channel.put(item)),
                move || (0..n).for_each(|item| assert_eq!(other.get(), item)),
            )
        })
    })
}

/// Two threads that set and wait for two events in turn: what a wake-up costs, there and back.
fn events(name: &'static str, place: Place) -> Case {
    Case {
        name,
        run: RUN,
        contestants: vec![
            Contestant::peer("textbook", move |n| {
                both(place, || {
                    let events = Arc::new([textbook::Event::default(), textbook::Event::default()]);
                    events[0].set();
                    let turns = move |events: Arc<[textbook::Event; 2]>, [mine, theirs]: [usize; 2]| {
                        for _ in 0..n {
                            events[mine].wait();
                            events[mine].clear();
                            events[theirs].set();
                        }
                    };
                    let other = events.clone();
                    (move || turns(events, [0, 1]), move || turns(other, [1, 0]))
                })
            }),
            Contestant::ours("Event", 1.0, move |n| {
                both(place, || {
                    let events = Arc::new([Event::new(), Event::new()]);
                    events[0].set();
                    let turns = move |events: Arc<[Event; 2]>, [mine, theirs]: [usize; 2]| {
                        for _ in 0..n {
                            events[mine].wait();
                            events[mine].clear();
                            events[theirs].set();
                        }
                    };
                    let other = events.clone();
                    (move || turns(events, [0, 1]), move || turns(other, [1, 0]))
                })
            }),
        ],
    }
}

/// Two threads that notify one another in turn, under one lock.
fn conditions(name: &'static str, place: Place) -> Case {
    Case {
        name,
        run: RUN,
        contestants: vec![
            Contestant::peer("std Condvar", move |n| {
                both(place, || {
                    let turn = Arc::new((std::sync::Mutex::new(0), std::sync::Condvar::new()));
                    let turns = move |turn: Arc<(std::sync::Mutex<u32>, std::sync::Condvar)>, me: u32| {
                        for _ in 0..n {
                            let whose = turn.0.lock().unwrap();
                            *turn.1.wait_while(whose, |whose| *whose != me).unwrap() = 1 - me;
                            turn.1.notify_one();
                        }
                    };
                    let other = turn.clone();
                    (move || turns(turn, 0), move || turns(other, 1))
                })
            }),
            Contestant::peer("parking_lot Condvar", move |n| {
                both(place, || {
                    let turn = Arc::new((parking_lot::Mutex::new(0), parking_lot::Condvar::new()));
                    let turns = move |turn: Arc<(parking_lot::Mutex<u32>, parking_lot::Condvar)>, me: u32| {
                        for _ in 0..n {
                            let mut whose = turn.0.lock();
                            turn.1.wait_while(&mut whose, |whose| *whose != me);
                            *whose = 1 - me;
                            turn.1.notify_one();
                        }
                    };
                    let other = turn.clone();
                    (move || turns(turn, 0), move || turns(other, 1))
                })
            }),
            Contestant::ours("Condition", 1.0, move |n| {
                both(place, || {
                    let turn = Arc::new(Condition::over(Lock::new(0)));
                    let turns = move |turn: Arc<Condition<Lock<u32>>>, me: u32| {
                        for _ in 0..n {
                            let mut whose = turn.lock();
                            whose.wait_for(|whose| *whose == me);
                            *whose = 1 - me;
                            whose.notify(1);
                        }
                    };
                    let other = turn.clone();
                    (move || turns(turn, 0), move || turns(other, 1))
                })
            }),
        ],
    }
}

fn barrier(name: &'static str, place: Place) -> Case {
    Case {
        name,
        run: RUN,
        contestants: vec![
            Contestant::peer("std Barrier", move |n| {
                let barrier = std::sync::Barrier::new(2);
                each(place, n, move || {
                    barrier.wait();
                })
            }),
            Contestant::ours("Barrier", 1.0, move |n| {
                let barrier = Barrier::new(2).unwrap();
                each(place, n, move || {
                    barrier.wait().unwrap();
                })
            }),
        ],
    }
}
