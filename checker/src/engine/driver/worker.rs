//! The OS thread that explorations run on, one after the other.
//!
//! No exploration runs on its caller's own thread: a fiber that is given up while it unwinds leaves its OS thread panicking,
//! and thread-locals of std that a model uses must be in its first execution as they are in a new thread. A new thread for
//! each exploration takes many times what a small one does, so each caller keeps one, and it is used again as long as its
//! [thread-locals](super::locals) are as they were when it was new. Else the next exploration gets a new one.
//!
//! It belongs to its caller, because a new thread inherits where its caller's output goes; it has its caller's name.
//!
//! One of the two waits while the other runs. To sleep and to be woken takes two to three times what a small exploration does, so who
//! waits looks for a little while before it sleeps. What changes hands is behind a lock, so its contents are seen; and who sleeps looks
//! again under the lock when it wakes, so a token that came too early costs one more look.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant};

use super::locals;
use crate::engine::guard;

type Work = Box<dyn FnOnce() + Send>;

/// How long one of the two looks before it sleeps. Most small explorations are over by then, and the next has begun.
const LOOK: Duration = Duration::from_micros(30);

/// How many times it looks between two readings of the clock.
const LOOKS: u32 = 16;

/// What is between a caller and its worker.
///
/// | from | to | by |
/// |------|----|----|
/// | `Empty` | `Given` | the caller, who wakes the worker |
/// | `Given` | `Running` | the worker |
/// | `Running` | `Done` | the worker, who wakes the caller |
/// | `Done` | `Empty` | the caller |
/// | `Empty` | `Over` | the caller's end, which wakes the worker |
enum Desk {
    Empty,
    Given(Work, Thread),
    Running,
    /// `again`: the worker takes more work.
    Done {
        again: bool,
    },
    Over,
}

/// The desk, and how often something was put on it.
struct Exchange {
    desk: Mutex<Desk>,
    /// Says to one that looks, and has no lock, that it may be its turn. The lock orders what it then sees: relaxed is enough.
    turns: AtomicU32,
}

struct Worker {
    exchange: Arc<Exchange>,
    thread: Option<JoinHandle<()>>,
}

thread_local! {
    /// The worker of this caller, while it has nothing to do.
    static WORKER: RefCell<Option<Worker>> = const { RefCell::new(None) };
}

/// Runs `f` on an OS thread whose thread-locals are those of a new one, and returns what it returns or its panic.
pub(in crate::engine) fn alone<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    let mut result: Option<Result<T, Box<dyn Any + Send>>> = None;
    let place = &mut result;
    let f = AssertUnwindSafe(|| guard::watched(f));
    let work: Box<dyn FnOnce() + Send + '_> = Box::new(move || *place = Some(catch_unwind(f)));
    // SAFETY: `work` runs and is gone when `Worker::work` returns, and what it borrows is alive until then: that neither
    // panics nor returns earlier.
    let work = unsafe { std::mem::transmute::<Box<dyn FnOnce() + Send + '_>, Work>(work) };
    let worker = WORKER.try_with(|kept| kept.take()).ok().flatten().unwrap_or_else(Worker::new);
    let worker = worker.work(work);
    if let Some(worker) = worker {
        // Where the caller's thread is about to end, the worker ends at once.
        let _ = WORKER.try_with(|kept| kept.replace(Some(worker)));
    }
    result.expect("the work was done").unwrap_or_else(|payload| resume_unwind(payload))
}

impl Worker {
    /// # Panics
    ///
    /// When the operating system has no thread.
    fn new() -> Self {
        let exchange = Arc::new(Exchange { desk: Mutex::new(Desk::Empty), turns: AtomicU32::new(0) });
        let theirs = exchange.clone();
        let mut builder = thread::Builder::new();
        if let Some(name) = thread::current().name() {
            builder = builder.name(name.to_owned());
        }
        let thread = builder.spawn(move || serve(&theirs)).expect("the operating system has a thread");
        Worker { exchange, thread: Some(thread) }
    }

    /// Has the work done, and returns the worker if it does more.
    fn work(mut self, work: Work) -> Option<Self> {
        let Some(thread) = &self.thread else { unreachable!("it has not ended") };
        self.exchange.put(Desk::Given(work, thread::current()));
        thread.thread().unpark();
        let again = self.exchange.wait(|desk| match *desk {
            Desk::Done { again } => {
                *desk = Desk::Empty;
                Some(again)
            }
            _ => None,
        });
        if again {
            return Some(self);
        }
        // What thread-locals own is dropped before the exploration has ended, as that of any thread that is joined. A
        // destructor that panics ends the process.
        let _ = self.thread.take().map(JoinHandle::join);
        None
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(thread) = &self.thread {
            self.exchange.put(Desk::Over);
            thread.thread().unpark();
        }
    }
}

/// What the worker does.
fn serve(exchange: &Exchange) {
    locals::remember();
    loop {
        let given = exchange.wait(|desk| match std::mem::replace(desk, Desk::Running) {
            Desk::Given(work, caller) => Some(Some((work, caller))),
            Desk::Over => Some(None),
            other => {
                *desk = other;
                None
            }
        });
        let Some((work, caller)) = given else { return };
        work();
        let again = locals::are_as_they_were();
        exchange.put(Desk::Done { again });
        caller.unpark();
        if !again {
            return;
        }
    }
}

impl Exchange {
    fn put(&self, desk: Desk) {
        *self.lock() = desk;
        self.turns.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until `take` finds on the desk what it is there for.
    fn wait<T>(&self, mut take: impl FnMut(&mut Desk) -> Option<T>) -> T {
        let mut looks = can_look();
        loop {
            let turn = self.turns.load(Ordering::Relaxed);
            if let Some(taken) = take(&mut self.lock()) {
                return taken;
            }
            looks = looks && self.look(turn);
            if !looks {
                thread::park();
            }
        }
    }

    /// Looks for a little while whether something has been put on the desk since `turn`.
    fn look(&self, turn: u32) -> bool {
        let begin = Instant::now();
        loop {
            for _ in 0..LOOKS {
                if self.turns.load(Ordering::Relaxed) != turn {
                    return true;
                }
                std::hint::spin_loop();
            }
            if begin.elapsed() >= LOOK {
                return false;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the other can run meanwhile.
fn can_look() -> bool {
    static CAN_LOOK: OnceLock<bool> = OnceLock::new();
    *CAN_LOOK.get_or_init(|| thread::available_parallelism().is_ok_and(|n| n.get() > 1))
}
