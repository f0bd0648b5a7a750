//! Threads whose value is joined, and threads that may borrow.

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fmt, thread};

use super::{Target, Thread};
use crate::drops::Payload;
use crate::error::StartError;
use crate::sync::{self, Deadline};
use crate::time::Instant;

/// What a thread leaves behind: not there before its end, and taken by the thread that joins it.
type Slot<R> = Arc<Mutex<Option<thread::Result<R>>>>;

fn put<R>(slot: &Slot<R>, end: thread::Result<R>) {
    // Nothing panics while it is held.
    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
}

fn take<R>(slot: &Slot<R>) -> Option<thread::Result<R>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Starts a thread whose value, or the payload of whose panic, a [join](JoinHandle::join) returns.
///
/// It is a [`Thread`] like any other: of this [`program`](crate::program), with a default name, a daemon if the current thread is. A
/// panic is told to the hook of [`set_excepthook`](crate::set_excepthook) before it is kept for the join.
///
/// ```
/// use selvedge_primitives::spawn;
///
/// let sum = spawn(|| 1 + 2)?;
/// let fails = spawn(|| -> u32 { std::panic::panic_any("no") })?;
/// assert_eq!(sum.join().unwrap(), 3);
/// assert_eq!(fails.join().unwrap_err().downcast_ref(), Some(&"no"));
/// # Ok::<(), selvedge_primitives::StartError>(())
/// ```
///
/// # Errors
///
/// [`StartError::NoThread`].
#[track_caller]
pub fn spawn<R: Send + 'static>(
    body: impl FnOnce() -> R + Send + 'static,
) -> Result<JoinHandle<R>, StartError> {
    let slot = Slot::default();
    let thread = Thread::with_default_name(target(&slot, body));
    thread.start()?;
    Ok(JoinHandle { thread, slot })
}

/// The target that leaves `body`'s value in `slot`, or its panic's payload.
fn target<R: Send + 'static>(slot: &Slot<R>, body: impl FnOnce() -> R + Send + 'static) -> Target {
    let (value, caught) = (slot.clone(), slot.clone());
    Target {
        run: Box::new(move || put(&value, Ok(body()))),
        caught: Box::new(move |payload| put(&caught, Err(payload))),
    }
}

/// The right to the value of a thread that [`spawn`] has started. Dropping it neither stops nor joins the thread.
pub struct JoinHandle<R> {
    thread: Thread,
    slot: Slot<R>,
}

impl<R> JoinHandle<R> {
    /// Blocks until the thread has ended, and returns its value, or the payload of the panic that has ended it.
    ///
    /// # Panics
    ///
    /// On the thread itself, whose wait would never end.
    #[track_caller]
    pub fn join(self) -> thread::Result<R> {
        self.thread.join().unwrap_or_else(|error| panic!("{error}"));
        taken(&self.slot)
    }

    /// As [`join`](JoinHandle::join), or gives up after `timeout` and returns the handle.
    ///
    /// # Errors
    ///
    /// The handle, where the time was over.
    ///
    /// # Panics
    ///
    /// As [`join`](JoinHandle::join).
    #[track_caller]
    pub fn join_timeout(self, timeout: Duration) -> Result<thread::Result<R>, Self> {
        let ended = self.thread.join_timeout(timeout).unwrap_or_else(|error| panic!("{error}"));
        if ended { Ok(taken(&self.slot)) } else { Err(self) }
    }

    /// As [`join_timeout`](JoinHandle::join_timeout), or gives up at `deadline`. One that has passed is a poll.
    ///
    /// # Errors
    ///
    /// The handle, where the time was over.
    ///
    /// # Panics
    ///
    /// As [`join`](JoinHandle::join).
    #[track_caller]
    pub fn join_until(self, deadline: Instant) -> Result<thread::Result<R>, Self> {
        let ended = self.thread.join_until(deadline).unwrap_or_else(|error| panic!("{error}"));
        if ended { Ok(taken(&self.slot)) } else { Err(self) }
    }

    /// The thread, for its name, and for others that wait for it.
    #[must_use]
    pub fn thread(&self) -> &Thread {
        &self.thread
    }
}

fn taken<R>(slot: &Slot<R>) -> thread::Result<R> {
    take(slot).expect("a thread that has ended has left its value, which one handle takes")
}

impl<R> fmt::Debug for JoinHandle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JoinHandle").field(&self.thread).finish()
    }
}

/// The scope of [`scope`], in which threads may be started that borrow.
pub struct Scope<'scope, 'env: 'scope> {
    /// Those that have not been waited for.
    threads: Mutex<Vec<Thread>>,
    /// How many have panicked that nobody has joined. `Relaxed`: the thread that reads it has waited for the ends of those that count here,
    /// which orders it.
    panicked: AtomicUsize,
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// The right to the value of a thread that a [`Scope`] has started.
pub struct ScopedJoinHandle<'scope, R> {
    thread: Thread,
    slot: Slot<R>,
    panicked: &'scope AtomicUsize,
}

/// Lets threads borrow what outlives the scope: all that it has started have ended when this returns. As [`std::thread::scope`], with
/// threads that are [`Thread`]s.
///
/// ```
/// use selvedge_primitives::{Lock, scope};
///
/// let (names, count) = (["a", "b"], Lock::new(0));
/// let first = scope(|s| {
///     let first = s.spawn(|| {
///         *count.lock() += 1;
///         names[0].len()
///     });
///     s.spawn(|| *count.lock() += names[1].len()).expect("a thread is left");
///     first.expect("a thread is left").join().unwrap()
/// });
/// assert_eq!((first, count.into_inner()), (1, 2));
/// ```
///
/// # Panics
///
/// Where `body` does, after the wait; and where a thread has panicked that was not joined.
#[track_caller]
pub fn scope<'env, F, R>(body: F) -> R
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R,
{
    let scope = Scope {
        threads: Mutex::new(Vec::new()),
        panicked: AtomicUsize::new(0),
        scope: PhantomData,
        env: PhantomData,
    };
    let result = catch_unwind(AssertUnwindSafe(|| body(&scope)));
    // What a thread starts is listed before that thread ends, so an empty list is the end.
    while let Some(thread) = scope.next() {
        // One that could not be started is not there to be waited for.
        let _ = thread.wait_for_end("scope", || Deadline::Never);
    }
    match result {
        Err(payload) => resume_unwind(payload),
        Ok(_) if scope.panicked.load(Relaxed) > 0 => panic!("a scoped thread panicked"),
        Ok(result) => result,
    }
}

impl<'scope> Scope<'scope, '_> {
    fn next(&self) -> Option<Thread> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Starts a thread that may borrow what outlives the scope, as [`spawn`] does one that may not.
    ///
    /// # Errors
    ///
    /// [`StartError::NoThread`].
    #[track_caller]
    pub fn spawn<R: Send + 'scope>(
        &'scope self,
        body: impl FnOnce() -> R + Send + 'scope,
    ) -> Result<ScopedJoinHandle<'scope, R>, StartError> {
        let slot = Slot::default();
        let (value, caught, panicked) = (slot.clone(), slot.clone(), &self.panicked);
        let run: Box<dyn FnOnce() + Send + 'scope> = Box::new(move || put(&value, Ok(body())));
        let caught: Box<dyn FnOnce(Payload) + Send + 'scope> = Box::new(move |payload| {
            panicked.fetch_add(1, Relaxed);
            put(&caught, Err(payload));
        });
        // SAFETY: only the lifetime changes, and neither closure is there any more when it ends: they are in `cell`, from which the
        // thread takes them when it runs, for whose end the scope waits; or this does, where the thread could not be started.
        let (run, caught) = unsafe {
            (
                std::mem::transmute::<Box<dyn FnOnce() + Send + 'scope>, Box<dyn FnOnce() + Send + 'static>>(
                    run,
                ),
                std::mem::transmute::<
                    Box<dyn FnOnce(Payload) + Send + 'scope>,
                    Box<dyn FnOnce(Payload) + Send + 'static>,
                >(caught),
            )
        };
        let cell = Arc::new(Mutex::new((Some(run), Some(caught))));
        let (runs, catches) = (cell.clone(), cell.clone());
        let target = Target {
            run: Box::new(move || {
                let run = runs.lock().unwrap_or_else(PoisonError::into_inner).0.take();
                if let Some(run) = run {
                    run();
                }
                // Not there any more when the thread has ended, whichever thread has the handle.
                let caught = runs.lock().unwrap_or_else(PoisonError::into_inner).1.take();
                drop(caught);
            }),
            caught: Box::new(move |payload| {
                let caught = catches.lock().unwrap_or_else(PoisonError::into_inner).1.take();
                if let Some(caught) = caught {
                    caught(payload);
                }
            }),
        };
        let thread = Thread::with_default_name(target);
        // Before it starts: should it be started by others after all, the scope waits for it.
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread.clone());
        if let Err(error) = thread.start() {
            let never_run = std::mem::take(&mut *cell.lock().unwrap_or_else(PoisonError::into_inner));
            drop(never_run);
            return Err(error);
        }
        Ok(ScopedJoinHandle { thread, slot, panicked: &self.panicked })
    }
}

impl<R> ScopedJoinHandle<'_, R> {
    /// As [`JoinHandle::join`].
    ///
    /// # Panics
    ///
    /// On the thread itself, whose wait would never end.
    #[track_caller]
    pub fn join(self) -> thread::Result<R> {
        self.thread.join().unwrap_or_else(|error| panic!("{error}"));
        let end = taken(&self.slot);
        if end.is_err() {
            // A thread that joins it has been told.
            self.panicked.fetch_sub(1, Relaxed);
        }
        end
    }

    /// The thread, for its name, and for others that wait for it.
    #[must_use]
    pub fn thread(&self) -> &Thread {
        &self.thread
    }
}

impl<R> fmt::Debug for ScopedJoinHandle<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScopedJoinHandle").field(&self.thread).finish()
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

/// How large the stacks are of threads that are started from here on, in bytes; 0 stands for the default of [`std`].
///
/// Semantics: what Python 3.13's `threading.stack_size` returns. To ask changes nothing; Python's sets the default again where it is
/// called without an argument.
#[must_use]
pub fn stack_size() -> usize {
    sync::stack_size()
}

/// Says how large the stacks of threads are to be that are started from here on, of whatever [`program`](crate::program), in bytes; 0
/// stands for the default of [`std`]. Returns how large they were. In a model this changes nothing.
///
/// What the operating system demands of a stack's size, it is rounded up to. Python refuses what is below 32 KiB; here a stack that is
/// too small for what its thread does overflows, as [`std::thread::Builder::stack_size`]'s does.
pub fn set_stack_size(bytes: usize) -> usize {
    sync::set_stack_size(bytes)
}
