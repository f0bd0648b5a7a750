//! What the crowd is after: each primitive and its peers.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use selvedge_primitives::{Barrier, Condition, Event, Lock, Queue, RLock, Semaphore};

use crate::crowd::{Run, crowd, pairs, ring, together};
use crate::plot::Maker;
use crate::{cpython, textbook};

/// Several ways to do one thing.
pub struct Case {
    pub name: &'static str,
    /// What a thread does in its turn.
    pub turn: &'static str,
    /// The first is what the others are compared to.
    pub contestants: Vec<Contestant>,
}

pub struct Contestant {
    pub name: &'static str,
    pub maker: Maker,
    /// Lets so many threads at it for so long.
    pub run: Box<dyn Fn(usize, Duration) -> Run>,
}

impl Contestant {
    fn new(name: &'static str, maker: Maker, run: impl Fn(usize, Duration) -> Run + 'static) -> Self {
        Contestant { name, maker, run: Box::new(run) }
    }
}

/// Adds CPython's, where there is a Python.
fn with_cpython(mut case: Case, name: &'static str) -> Case {
    if cpython::version().is_some() {
        let script = case.name;
        let run = move |threads, time| cpython::run(script, threads, time);
        case.contestants.push(Contestant::new(name, Maker::CPython, run));
    }
    case
}

pub fn all() -> Vec<Case> {
    vec![
        with_cpython(lock(), "CPython Lock"),
        with_cpython(rlock(), "CPython RLock"),
        with_cpython(event(), "CPython Event"),
        with_cpython(semaphore(), "CPython Semaphore"),
        with_cpython(condition(), "CPython Condition"),
        with_cpython(barrier(), "CPython Barrier"),
        with_cpython(queue(), "CPython Queue"),
    ]
}

fn lock() -> Case {
    Case {
        name: "Lock",
        turn: "take it, count, free it",
        contestants: vec![
            Contestant::new("std Mutex", Maker::Std, |threads, time| {
                let lock = Mutex::new(0u64);
                crowd(threads, time, || *black_box(&lock).lock().unwrap() += 1)
            }),
            Contestant::new("parking_lot Mutex", Maker::ParkingLot, |threads, time| {
                let lock = parking_lot::Mutex::new(0u64);
                crowd(threads, time, || *black_box(&lock).lock() += 1)
            }),
            Contestant::new("tokio Mutex, blocking_lock", Maker::Tokio, |threads, time| {
                let lock = tokio::sync::Mutex::new(0u64);
                crowd(threads, time, || *black_box(&lock).blocking_lock() += 1)
            }),
            Contestant::new("Lock", Maker::Selvedge, |threads, time| {
                let lock = Lock::new(0u64);
                crowd(threads, time, || *black_box(&lock).lock() += 1)
            }),
        ],
    }
}

fn rlock() -> Case {
    Case {
        name: "RLock",
        turn: "take it twice, free it twice",
        contestants: vec![
            Contestant::new("parking_lot ReentrantMutex", Maker::ParkingLot, |threads, time| {
                let lock = parking_lot::ReentrantMutex::new(());
                crowd(threads, time, || {
                    let _outer = black_box(&lock).lock();
                    let _inner = black_box(&lock).lock();
                })
            }),
            Contestant::new("RLock", Maker::Selvedge, |threads, time| {
                let lock = RLock::new(());
                crowd(threads, time, || {
                    let _outer = black_box(&lock).lock();
                    let _inner = black_box(&lock).lock();
                })
            }),
        ],
    }
}

fn event() -> Case {
    Case {
        name: "Event",
        turn: "wait for one's own, clear it, set the next thread's",
        contestants: vec![
            Contestant::new("std Mutex and Condvar", Maker::Std, |threads, time| {
                let events: Vec<_> = (0..threads).map(|_| textbook::Event::default()).collect();
                let wait = |thread: usize| {
                    events[thread].wait();
                    events[thread].clear();
                };
                ring(threads, time, wait, |next| events[next].set())
            }),
            Contestant::new("tokio Notify, polled by a thread", Maker::Tokio, |threads, time| {
                let events: Vec<_> = (0..threads).map(|_| tokio::sync::Notify::new()).collect();
                let wait = |thread: usize| block_on(events[thread].notified());
                ring(threads, time, wait, |next| events[next].notify_one())
            }),
            Contestant::new("Event", Maker::Selvedge, |threads, time| {
                let events: Vec<_> = (0..threads).map(|_| Event::new()).collect();
                let wait = |thread: usize| {
                    events[thread].wait();
                    events[thread].clear();
                };
                ring(threads, time, wait, |next| events[next].set())
            }),
        ],
    }
}

fn semaphore() -> Case {
    Case {
        name: "Semaphore",
        turn: "take one of two permits, give it back",
        contestants: vec![
            Contestant::new("std Mutex and Condvar", Maker::Std, |threads, time| {
                let semaphore = textbook::Semaphore::default();
                semaphore.release();
                semaphore.release();
                crowd(threads, time, || {
                    semaphore.acquire();
                    semaphore.release();
                })
            }),
            Contestant::new("tokio Semaphore, polled by a thread", Maker::Tokio, |threads, time| {
                let semaphore = tokio::sync::Semaphore::new(2);
                crowd(threads, time, || drop(block_on(semaphore.acquire()).unwrap()))
            }),
            Contestant::new("Semaphore", Maker::Selvedge, |threads, time| {
                let semaphore = Semaphore::new(2);
                crowd(threads, time, || {
                    semaphore.acquire();
                    semaphore.release(1).unwrap();
                })
            }),
        ],
    }
}

fn condition() -> Case {
    Case {
        name: "Condition",
        turn: "wait for one of two tokens, take it, put it back, notify one",
        contestants: vec![
            Contestant::new("std Condvar", Maker::Std, |threads, time| {
                let (tokens, freed) = (Mutex::new(2), std::sync::Condvar::new());
                crowd(threads, time, || {
                    *freed.wait_while(tokens.lock().unwrap(), |tokens| *tokens == 0).unwrap() -= 1;
                    *tokens.lock().unwrap() += 1;
                    freed.notify_one();
                })
            }),
            Contestant::new("parking_lot Condvar", Maker::ParkingLot, |threads, time| {
                let (tokens, freed) = (parking_lot::Mutex::new(2), parking_lot::Condvar::new());
                crowd(threads, time, || {
                    let mut left = tokens.lock();
                    freed.wait_while(&mut left, |tokens| *tokens == 0);
                    *left -= 1;
                    drop(left);
                    *tokens.lock() += 1;
                    freed.notify_one();
                })
            }),
            Contestant::new("Condition", Maker::Selvedge, |threads, time| {
                let tokens = Condition::over(Lock::new(2));
                crowd(threads, time, || {
                    let mut left = tokens.lock();
                    left.wait_for(|tokens| *tokens > 0);
                    *left -= 1;
                    drop(left);
                    let mut left = tokens.lock();
                    *left += 1;
                    left.notify(1);
                })
            }),
        ],
    }
}

fn barrier() -> Case {
    Case {
        name: "Barrier",
        turn: "meet all the others",
        contestants: vec![
            Contestant::new("std Barrier", Maker::Std, |threads, time| {
                let barrier = std::sync::Barrier::new(threads);
                together(threads, time, || {
                    barrier.wait();
                })
            }),
            Contestant::new("tokio Barrier, polled by a thread", Maker::Tokio, |threads, time| {
                let barrier = tokio::sync::Barrier::new(threads);
                together(threads, time, || {
                    block_on(barrier.wait());
                })
            }),
            Contestant::new("Barrier", Maker::Selvedge, |threads, time| {
                let barrier = Barrier::new(threads).unwrap();
                together(threads, time, || {
                    barrier.wait().unwrap();
                })
            }),
        ],
    }
}

fn queue() -> Case {
    const ROOM: usize = 10;
    Case {
        name: "Queue",
        turn: "half of the threads put, the other half get; room for ten",
        contestants: vec![
            Contestant::new("crossbeam bounded", Maker::Crossbeam, |threads, time| {
                let (sender, receiver) = crossbeam_channel::bounded(ROOM);
                pairs(threads, time, |item| sender.send(item).unwrap(), || receiver.recv().unwrap())
            }),
            Contestant::new("std sync_channel, the receiver in a Mutex", Maker::Std, |threads, time| {
                let (sender, receiver) = mpsc::sync_channel(ROOM);
                let receiver = Mutex::new(receiver);
                let get = || receiver.lock().unwrap().recv().unwrap();
                pairs(threads, time, |item| sender.send(item).unwrap(), get)
            }),
            Contestant::new(
                "tokio mpsc, blocking, the receiver in a Mutex",
                Maker::Tokio,
                |threads, time| {
                    let (sender, receiver) = tokio::sync::mpsc::channel(ROOM);
                    let receiver = Mutex::new(receiver);
                    let get = || receiver.lock().unwrap().blocking_recv().unwrap();
                    pairs(threads, time, |item| sender.blocking_send(item).unwrap(), get)
                },
            ),
            Contestant::new("Queue", Maker::Selvedge, |threads, time| {
                let queue = Queue::new(ROOM);
                pairs(threads, time, |item| queue.put(item).unwrap(), || queue.get().unwrap())
            }),
        ],
    }
}

/// Blocks the thread until the future is ready: for those of tokio's primitives that have no blocking calls.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    thread_local! {
        static WAKER: Waker = Arc::new(Unpark(thread::current())).into();
    }
    let mut future = pin!(future);
    WAKER.with(|waker| {
        let mut context = Context::from_waker(waker);
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(value) => return value,
                Poll::Pending => thread::park(),
            }
        }
    })
}
