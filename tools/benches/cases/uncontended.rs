//! One thread, nobody in its way: what a primitive costs when it has nothing to wait for.
//!
//! The reference is `std::sync::Mutex`, locked and unlocked, in all cases but two, which say so.

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use selvedge_primitives::{BoundedSemaphore, Condition, Event, Lock, Queue, RLock, Semaphore};

use super::{Case, Contestant, bare, textbook};

/// So short that the scheduler seldom gives the processor to somebody else meanwhile.
const RUN: Duration = Duration::from_micros(100);

/// How long a number of operations take. What each is done to is hidden from the compiler once, in every contestant: that is a
/// store, and a locked instruction waits for the stores before it.
fn timed(mut operation: impl FnMut()) -> impl FnMut(u64) -> Duration {
    move |n| {
        let begin = Instant::now();
        for _ in 0..n {
            operation();
        }
        begin.elapsed()
    }
}

fn reference() -> Contestant {
    let mutex = std::sync::Mutex::new(0u64);
    Contestant::peer("std Mutex lock+unlock", timed(move || *black_box(&mutex).lock().unwrap() += 1))
}

pub(super) fn all() -> Vec<Case> {
    vec![lock(), rlock(), reentered(), semaphore(), is_set(), event(), condition(), queue()]
}

fn lock() -> Case {
    let peer = parking_lot::Mutex::new(0u64);
    let guarded = Lock::new(0u64);
    let bare = Lock::new(());
    Case {
        name: "Lock, uncontended",
        run: RUN,
        contestants: vec![
            reference(),
            Contestant::peer("parking_lot Mutex", timed(move || *black_box(&peer).lock() += 1)),
            Contestant::ours("Lock, guard", 1.2, timed(move || *black_box(&guarded).lock() += 1)),
            Contestant::ours(
                "Lock acquire+release",
                1.2,
                timed(move || {
                    let bare = black_box(&bare);
                    bare.acquire();
                    bare.release().unwrap();
                }),
            ),
        ],
    }
}

fn rlock() -> Case {
    let peer = parking_lot::ReentrantMutex::new(());
    let guarded = RLock::new(());
    let bare = RLock::new(());
    Case {
        name: "RLock, uncontended",
        run: RUN,
        contestants: vec![
            reference(),
            Contestant::peer("parking_lot ReentrantMutex", timed(move || drop(black_box(&peer).lock()))),
            Contestant::ours("RLock, guard", 1.2, timed(move || drop(black_box(&guarded).lock()))),
            Contestant::ours(
                "RLock acquire+release",
                1.2,
                timed(move || {
                    let bare = black_box(&bare);
                    bare.acquire();
                    bare.release().unwrap();
                }),
            ),
        ],
    }
}

fn reentered() -> Case {
    // Held forever: the outer level of all that follow.
    let peer: &parking_lot::ReentrantMutex<()> = Box::leak(Box::default());
    std::mem::forget(peer.lock());
    let guarded: &RLock = Box::leak(Box::default());
    guarded.acquire();
    let bare: &RLock = Box::leak(Box::default());
    bare.acquire();
    Case {
        name: "RLock, re-entered",
        run: RUN,
        contestants: vec![
            reference(),
            Contestant::peer("parking_lot ReentrantMutex", timed(move || drop(black_box(peer).lock()))),
            Contestant::ours("RLock, guard", 0.3, timed(move || drop(black_box(guarded).lock()))),
            Contestant::ours(
                "RLock acquire+release",
                0.3,
                timed(move || {
                    let bare = black_box(bare);
                    bare.acquire();
                    bare.release().unwrap();
                }),
            ),
        ],
    }
}

fn semaphore() -> Case {
    let peer = textbook::Semaphore::default();
    peer.release();
    let tokio = tokio::sync::Semaphore::new(1);
    let [mutex, count, bounded_count, guessed, guess] = [0, 1, 1, 1, 1].map(AtomicUsize::new);
    let unbounded = Semaphore::new(1);
    let guarded = Semaphore::new(1);
    let bounded = BoundedSemaphore::new(1);
    let changing = Semaphore::new(2);
    Case {
        name: "Semaphore, uncontended",
        run: RUN,
        contestants: vec![
            reference(),
            Contestant::peer("bare mutex", timed(move || bare::lock_and_unlock(&mutex))),
            Contestant::peer(
                "bare semaphore that guesses",
                timed(move || bare::guess_and_add(&guessed, &guess)),
            ),
            Contestant::peer("bare semaphore", timed(move || bare::take_and_add(&count))),
            Contestant::peer(
                "bare bounded semaphore",
                timed(move || bare::take_and_give_back(&bounded_count)),
            ),
            Contestant::peer(
                "textbook, acquire+release",
                timed(move || {
                    let peer = black_box(&peer);
                    peer.acquire();
                    peer.release();
                }),
            ),
            Contestant::peer(
                "tokio, try_acquire",
                timed(move || drop(black_box(&tokio).try_acquire().unwrap())),
            ),
            Contestant::ours("Semaphore, permit", 1.0, timed(move || drop(black_box(&guarded).permit()))),
            Contestant::ours(
                "Semaphore acquire+release",
                1.0,
                timed(move || {
                    let unbounded = black_box(&unbounded);
                    unbounded.acquire();
                    unbounded.release(1).unwrap();
                }),
            ),
            Contestant::ours(
                "BoundedSemaphore acquire+release",
                1.0,
                timed(move || {
                    let bounded = black_box(&bounded);
                    bounded.acquire();
                    bounded.release(1).unwrap();
                }),
            ),
            Contestant::peer(
                "Semaphore, two acquires and two releases: most guesses wrong",
                timed(move || {
                    let changing = black_box(&changing);
                    changing.acquire();
                    changing.acquire();
                    changing.release(1).unwrap();
                    changing.release(1).unwrap();
                }),
            ),
        ],
    }
}

fn is_set() -> Case {
    let peer = AtomicBool::new(true);
    let event = Event::new();
    event.set();
    Case {
        name: "Event::is_set",
        run: RUN,
        contestants: vec![
            Contestant::peer(
                "AtomicBool load",
                timed(move || {
                    black_box(black_box(&peer).load(Ordering::Acquire));
                }),
            ),
            Contestant::ours(
                "Event is_set",
                1.0,
                timed(move || {
                    black_box(black_box(&event).is_set());
                }),
            ),
        ],
    }
}

fn event() -> Case {
    let peer = textbook::Event::default();
    let event = Event::new();
    Case {
        name: "Event set+wait+clear",
        run: RUN,
        contestants: vec![
            reference(),
            Contestant::peer(
                "textbook",
                timed(move || {
                    let peer = black_box(&peer);
                    peer.set();
                    peer.wait();
                    peer.clear();
                }),
            ),
            Contestant::ours(
                "Event",
                2.0,
                timed(move || {
                    let event = black_box(&event);
                    event.set();
                    event.wait();
                    event.clear();
                }),
            ),
        ],
    }
}

fn condition() -> Case {
    let std = std::sync::Condvar::new();
    let parking_lot = parking_lot::Condvar::new();
    let over_lock: &Condition<Lock> = Box::leak(Box::new(Condition::over(Lock::new(()))));
    let mut held = over_lock.lock();
    let over_rlock = Condition::new();
    over_rlock.acquire();
    Case {
        name: "Condition notify, nobody waits",
        run: RUN,
        contestants: vec![
            reference(),
            Contestant::peer("std Condvar", timed(move || black_box(&std).notify_one())),
            Contestant::peer(
                "parking_lot Condvar",
                timed(move || {
                    black_box(&parking_lot).notify_one();
                }),
            ),
            Contestant::ours("Condition, guard", 1.0, timed(move || black_box(&mut held).notify(1))),
            Contestant::ours(
                "Condition, acquired",
                1.0,
                timed(move || black_box(&over_rlock).notify(1).unwrap()),
            ),
        ],
    }
}

fn queue() -> Case {
    let (sender, receiver) = mpsc::sync_channel(10);
    let (crossbeam_sender, crossbeam_receiver) = crossbeam_channel::bounded(10);
    let channel = bare::Channel::<true>::default();
    let queue = Queue::new(10);
    let tasks = Queue::new(10);
    Case {
        name: "Queue, uncontended",
        run: RUN,
        contestants: vec![
            reference(),
            Contestant::peer(
                "std sync_channel send+recv",
                timed(move || {
                    black_box(&sender).send(1u64).unwrap();
                    black_box(black_box(&receiver).recv().unwrap());
                }),
            ),
            Contestant::peer(
                "crossbeam bounded send+recv",
                timed(move || {
                    black_box(&crossbeam_sender).send(1u64).unwrap();
                    black_box(black_box(&crossbeam_receiver).recv().unwrap());
                }),
            ),
            Contestant::peer(
                "bare deque under a lock, put+get",
                timed(move || {
                    let channel = black_box(&channel);
                    channel.put(1);
                    black_box(channel.get());
                }),
            ),
            Contestant::ours(
                "Queue put+get",
                3.0,
                timed(move || {
                    let queue = black_box(&queue);
                    queue.put(1u64).unwrap();
                    black_box(queue.get().unwrap());
                }),
            ),
            Contestant::ours(
                "Queue put+get+task_done",
                3.0,
                timed(move || {
                    let tasks = black_box(&tasks);
                    tasks.put(1u64).unwrap();
                    black_box(tasks.get().unwrap());
                    tasks.task_done().unwrap();
                }),
            ),
        ],
    }
}
