//! The OS thread that explorations run on, one after the other.
//!
//! No exploration runs on its caller's own thread: a fiber that is given up while it unwinds leaves its OS thread panicking,
//! and thread-locals of std that a model uses must be in its first execution as they are in a new thread. A new thread for
//! each exploration takes many times what a small one does, so each caller keeps one, and it is used again as long as its
//! [thread-locals](super::locals) are as they were when it was new. Else the next exploration gets a new one.
//!
//! It belongs to its caller, because a new thread inherits where its caller's output goes; it has its caller's name.
//!
//! One of the two sleeps while the other runs. What changes hands is behind a lock, so its contents are seen; and whoever
//! sleeps looks again under the lock whenever it wakes, so a token that came too early costs one more look.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle, Thread};

use super::locals::Locals;
use crate::engine::guard;

type Work = Box<dyn FnOnce() + Send>;

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

struct Worker {
    desk: Arc<Mutex<Desk>>,
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
        let desk = Arc::new(Mutex::new(Desk::Empty));
        let theirs = desk.clone();
        let mut builder = thread::Builder::new();
        if let Some(name) = thread::current().name() {
            builder = builder.name(name.to_owned());
        }
        let thread = builder.spawn(move || serve(&theirs)).expect("the operating system has a thread");
        Worker { desk, thread: Some(thread) }
    }

    /// Has the work done, and returns the worker if it does more.
    fn work(mut self, work: Work) -> Option<Self> {
        let Some(thread) = &self.thread else { unreachable!("it has not ended") };
        *lock(&self.desk) = Desk::Given(work, thread::current());
        thread.thread().unpark();
        let again = loop {
            {
                let mut desk = lock(&self.desk);
                if let Desk::Done { again } = *desk {
                    *desk = Desk::Empty;
                    break again;
                }
            }
            thread::park();
        };
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
            *lock(&self.desk) = Desk::Over;
            thread.thread().unpark();
        }
    }
}

/// What the worker does.
fn serve(desk: &Mutex<Desk>) {
    let locals = Locals::of_this_thread();
    loop {
        let taken = {
            let mut desk = lock(desk);
            match std::mem::replace(&mut *desk, Desk::Running) {
                Desk::Given(work, caller) => Some((work, caller)),
                Desk::Over => return,
                other => {
                    *desk = other;
                    None
                }
            }
        };
        let Some((work, caller)) = taken else {
            thread::park();
            continue;
        };
        work();
        let again = locals.as_ref().is_some_and(Locals::are_as_they_were);
        *lock(desk) = Desk::Done { again };
        caller.unpark();
        if !again {
            return;
        }
    }
}

fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}
