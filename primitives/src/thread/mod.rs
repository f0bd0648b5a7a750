//! Threads: Python's `threading.Thread` and the functions that tell of threads.

mod current;
mod program;
mod registry;
mod run;
mod value;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use crate::drops::{Payload, drop_payload};
use crate::error::{AlreadyStarted, JoinError, StartError};
use crate::guarded::Guarded;
use crate::sync::atomic::{AtomicU8, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use crate::sync::{self, Deadline, Identity, Site, Spin, UnsafeCell, Waiters, Wake};
use crate::time::Instant;

use current::{Here, here};
use run::{end, run};

pub use current::{
    active_count, current_thread, enumerate, get_ident, get_native_id, gettrace, main_thread, set_excepthook,
    settrace, unset_excepthook, unset_trace,
};
pub use program::program;
pub use registry::Trace;
pub use run::{ExceptHookArgs, Run};
pub use value::{JoinHandle, Scope, ScopedJoinHandle, scope, set_stack_size, spawn, stack_size};

/// The thread has been started.
const STARTED: u8 = 1;
/// The thread has ended.
const ENDED: u8 = 2;
/// Threads may be waiting for the end: the thread that ends has to look.
const WAITERS: u8 = 4;
/// The end of the program does not wait for this thread.
const DAEMON: u8 = 8;
/// The thread was started by something else than [`Thread::start`].
const FOREIGN: u8 = 16;

/// A thread of control that is made first and started later: Python's `threading.Thread`.
///
/// ```
/// use selvedge_primitives::{Thread, current_thread};
///
/// let thread = Thread::new(|| println!("{} runs", current_thread().name()));
/// thread.start()?;
/// thread.join()?;
/// assert!(!thread.is_alive());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A `Thread` is a handle, cheap to clone; clones are equal and stand for the same thread. Dropping all of them neither
/// stops nor joins the thread. [`program`] waits at its end for every thread that is not a daemon.
///
/// What runs is a closure, or a type of one's own that implements [`Run`], where a Python program makes a subclass.
///
/// # Panics in a thread
///
/// A panic ends its thread and no other. The panic hook of [`std`] has printed the message by then, with the name that the
/// thread had when it was started; after that the hook of [`set_excepthook`] is called. [`join`](Thread::join) returns as
/// it does after any other end.
///
/// # Names
///
/// A thread that is made without a name is called `Thread-1`, `Thread-2` and so on, in the order in which such threads are
/// made in one [`program`]. Python has added the target's name in parentheses since 3.10; a closure has none.
///
/// Semantics: Python 3.13, `threading`, "Thread objects".
#[derive(Clone)]
pub struct Thread {
    inner: Arc<Inner>,
}

/// | `STARTED` | `ENDED` | meaning |
/// |---|---|---|
/// | 0 | 0 | not started, or the operating system had no thread left |
/// | 1 | 0 | alive |
/// | 1 | 1 | ended |
///
/// `DAEMON` changes only while the thread is not started. `WAITERS` is set, under the queue's mutex, by a thread that is about
/// to wait, and stays when it gives up. That and the end are read-modify-writes of one word: the waiter finds the end, or
/// the end finds the mark, and then takes the mutex, which is free only when the waiter waits; so the wake-up comes after.
///
/// # Orderings
///
/// The end is a `Release` and is read with `Acquire` by those that wait for it or ask `is_alive`: what the thread did
/// happens before what they do after it. Its start publishes through the spawning. All else in the word is `Relaxed`.
struct Inner {
    state: AtomicU8,
    /// Those that wait for the end.
    waiters: Waiters,
    identity: Arc<Identity>,
    name: Guarded<String>,
    target: UnsafeCell<Option<Target>>,
}

/// What a thread does, and what becomes of a panic that ends it.
struct Target {
    run: Box<dyn FnOnce() + Send>,
    caught: Box<dyn FnOnce(Payload) + Send>,
}

/// What a panic leaves half done, the state does not show: it is changed by one instruction at a time.
impl UnwindSafe for Inner {}
impl RefUnwindSafe for Inner {}

// SAFETY: the only field that is not `Sync` in itself is the target. It is written before the handle is shared and taken by
// the thread that `start` spawns, of which there is one: `start` spawns after it has set `STARTED`, which only one can, and
// takes it back only where nothing was spawned.
unsafe impl Sync for Inner {}
// SAFETY: everything in it is `Send`.
unsafe impl Send for Inner {}

impl Thread {
    /// A thread that will run `target`, with the next of the default names. It is a daemon if the current thread is.
    #[must_use = "a thread runs when it is started"]
    pub fn new(target: impl Run) -> Self {
        Self::with_default_name(Self::dropping(target))
    }

    fn with_default_name(target: Target) -> Self {
        let Here { thread, program } = here();
        Self::make(program.next_name("Thread"), thread.is_daemon(), target)
    }

    /// A target of which nothing is left.
    fn dropping(target: impl Run) -> Target {
        Target { run: Box::new(move || target.run()), caught: Box::new(drop_payload) }
    }

    /// A thread that will run `target`, with a name. It is a daemon if the current thread is.
    #[must_use = "a thread runs when it is started"]
    pub fn named(name: impl Into<String>, target: impl Run) -> Self {
        Self::make(name.into(), here().thread.is_daemon(), Self::dropping(target))
    }

    fn make(name: String, daemon: bool, target: Target) -> Self {
        Self::with_state(name, if daemon { DAEMON } else { 0 }, Identity::new(), Some(target))
    }

    /// The current thread, which something else has started.
    fn adopted(name: String, state: u8) -> Self {
        Self::with_state(name, STARTED | state, Identity::current(), None)
    }

    fn with_state(name: String, state: u8, identity: Identity, target: Option<Target>) -> Self {
        Thread {
            inner: Arc::new(Inner {
                state: AtomicU8::new(state),
                waiters: Waiters::new(),
                identity: Arc::new(identity),
                name: Guarded::new(name),
                target: UnsafeCell::new(target),
            }),
        }
    }

    /// The same thread, as a daemon or not: for whom the end of the [`program`] does not wait.
    ///
    /// # Panics
    ///
    /// If it has been started; [`set_daemon`](Thread::set_daemon) returns an error instead.
    #[must_use = "for a thread that is at hand there is `set_daemon`"]
    pub fn daemon(self, daemon: bool) -> Self {
        self.set_daemon(daemon).unwrap_or_else(|e| panic!("{}: {e}", self.name()));
        self
    }

    /// Starts the thread. On return it [is alive](Thread::is_alive), or has been and has ended. Never blocks for the thread.
    ///
    /// # Errors
    ///
    /// [`StartError::AlreadyStarted`] when called more than once, as Python raises a `RuntimeError`, whether the thread is
    /// alive or has ended; [`StartError::NoThread`] when the operating system has no thread left, after which it
    /// can be tried again.
    #[track_caller]
    pub fn start(&self) -> Result<(), StartError> {
        let before = self.inner.state.fetch_or(STARTED, Relaxed);
        if before & STARTED != 0 {
            sync::step(&*self.inner, "start", "already started");
            return Err(StartError::AlreadyStarted);
        }
        // Counted as alive from here on, by everyone and before it runs: nobody has to wait until it does.
        let program = here().program;
        let trace = program.register(self, before & DAEMON != 0);
        let name = self.inner.name.hold("start").clone();
        let here = Here { thread: self.clone(), program: program.clone() };
        let (thread, site) = (self.clone(), Site::caller());
        let (run, end) = (move || run(here, trace), move || end(&thread, site));
        match sync::spawn(&name, before & DAEMON != 0, self.inner.identity.clone(), run, end) {
            Ok(()) => {
                sync::step(&*self.inner, "start", &name);
                Ok(())
            }
            Err(error) => {
                program.unregister(self);
                // Those that have begun to wait for the end look again and see that nothing was started.
                let before = self.inner.state.fetch_and(!(STARTED | WAITERS), Relaxed);
                self.wake(before);
                sync::step(&*self.inner, "start", "no thread left");
                Err(StartError::NoThread(error))
            }
        }
    }

    /// Blocks until the thread has ended. Any number of threads may wait, any number of times.
    ///
    /// What the thread did happens before the return, the drop of its [`Local`](crate::Local) values and of its thread-locals
    /// ([`std::thread_local!`]) included.
    ///
    /// # Errors
    ///
    /// [`JoinError`], at once, where the wait could never end, as Python raises a `RuntimeError`.
    #[track_caller]
    pub fn join(&self) -> Result<(), JoinError> {
        self.wait("join", || Deadline::Never).map(drop)
    }

    /// Blocks until the thread has ended or for `timeout`. Returns whether it has ended, for which Python's callers ask
    /// `is_alive` afterwards.
    ///
    /// A zero timeout is a poll. One that is too long for the clock, [`Duration::MAX`] among them, waits forever.
    ///
    /// # Errors
    ///
    /// As [`join`](Thread::join).
    #[track_caller]
    pub fn join_timeout(&self, timeout: Duration) -> Result<bool, JoinError> {
        self.wait("join_timeout", || Deadline::after(timeout))
    }

    /// As [`join_timeout`](Thread::join_timeout), or gives up at `deadline`. One that has passed is a poll.
    ///
    /// # Errors
    ///
    /// As [`join`](Thread::join).
    #[track_caller]
    pub fn join_until(&self, deadline: Instant) -> Result<bool, JoinError> {
        self.wait("join_until", || Deadline::until(deadline))
    }

    #[track_caller]
    fn wait(&self, operation: &'static str, deadline: impl FnOnce() -> Deadline) -> Result<bool, JoinError> {
        let ended = self.wait_for_end(operation, deadline);
        match &ended {
            Ok(ended) => sync::step(&*self.inner, operation, if *ended { "ended" } else { "alive" }),
            Err(error) => sync::step(&*self.inner, operation, error),
        }
        ended
    }

    #[track_caller]
    pub(super) fn wait_for_end(
        &self,
        operation: &'static str,
        deadline: impl FnOnce() -> Deadline,
    ) -> Result<bool, JoinError> {
        let inner = &*self.inner;
        let deadline = deadline();
        if deadline == Deadline::Never && sync::joins_specified(inner, &inner.identity, operation) {
            return Ok(true);
        }
        let state = self.state();
        if state & STARTED == 0 {
            return Err(JoinError::NotStarted);
        }
        if inner.identity.ident() == Some(sync::thread_identity()) {
            return Err(JoinError::Current);
        }
        if state & FOREIGN != 0 {
            return Err(JoinError::Foreign);
        }
        if state & ENDED != 0 {
            return Ok(true);
        }
        match deadline {
            Deadline::Now => Ok(false),
            deadline => self.block(operation, deadline),
        }
    }

    /// Waits for the end of a thread that was alive a moment ago.
    #[track_caller]
    fn block(&self, operation: &'static str, deadline: Deadline) -> Result<bool, JoinError> {
        let mut given_up = false;
        loop {
            let waiting = self.inner.waiters.lock();
            let now = self.mark();
            if now & ENDED != 0 {
                return Ok(true);
            }
            if now & STARTED == 0 {
                // The start that was under way when this began has failed.
                return Err(JoinError::NotStarted);
            }
            if given_up {
                return Ok(false);
            }
            sync::blocks(&*self.inner, operation);
            given_up = waiting.wait(Spin::spent(), deadline) == Wake::TimedOut;
        }
    }

    /// Whether the thread has been started and has not ended.
    #[track_caller]
    #[must_use]
    pub fn is_alive(&self) -> bool {
        let alive = self.alive();
        sync::step(&*self.inner, "is_alive", alive);
        alive
    }

    /// The word. A thread that sees the end in it sees what the thread did.
    fn state(&self) -> u8 {
        self.inner.state.load(Acquire)
    }

    /// As [`state`](Thread::state), and the thread that changes it from here on looks for threads that wait.
    fn mark(&self) -> u8 {
        self.inner.state.fetch_or(WAITERS, Acquire)
    }

    fn alive(&self) -> bool {
        self.state() & (STARTED | ENDED) == STARTED
    }

    /// A number that no other thread of this process ever has, and 0 never is; `None` until the thread is started.
    /// Python's may be used again after a thread's end; this is not.
    #[must_use]
    pub fn ident(&self) -> Option<u64> {
        let started = self.inner.state.load(Relaxed) & STARTED != 0;
        if started { self.inner.identity.ident() } else { None }
    }

    /// The operating system's number for the thread; `None` until it is started.
    ///
    /// Waits, for a moment, for a thread that has been started and does not run yet. Where the operating system's number is
    /// not known (other than Linux, Android and Windows, and in models), it is [`ident`](Thread::ident).
    #[must_use]
    pub fn native_id(&self) -> Option<u64> {
        loop {
            if self.inner.state.load(Relaxed) & STARTED == 0 {
                return None;
            }
            if let Some(number) = self.inner.identity.native() {
                return Some(number);
            }
            sync::yield_now();
        }
    }

    /// What the thread is called. Names mean nothing and need not be unique.
    #[must_use]
    pub fn name(&self) -> String {
        self.inner.name.hold("name").clone()
    }

    /// Gives the thread another name. The panic hook knows it by the one that it was started with; so does the operating system,
    /// unless the thread renames itself. As in Python 3.14, it then learns the new name: on Linux and Android, the first 15 bytes.
    pub fn set_name(&self, name: impl Into<String>) {
        let name = name.into();
        if self.ident() == Some(sync::thread_identity()) {
            sync::name_native(&name);
        }
        let before = mem::replace(&mut *self.inner.name.hold("set_name"), name);
        drop(before);
    }

    /// Whether the end of the [`program`] does not wait for this thread.
    #[must_use]
    pub fn is_daemon(&self) -> bool {
        self.inner.state.load(Relaxed) & DAEMON != 0
    }

    /// Says whether the end of the [`program`] is not to wait for this thread.
    ///
    /// # Errors
    ///
    /// [`AlreadyStarted`], also when the thread has ended.
    pub fn set_daemon(&self, daemon: bool) -> Result<(), AlreadyStarted> {
        let mark = if daemon { DAEMON } else { 0 };
        let word = &self.inner.state;
        let mut state = word.load(Relaxed);
        while state & STARTED == 0 {
            match word.compare_exchange(state, state & !DAEMON | mark, Relaxed, Relaxed) {
                Ok(_) => return Ok(()),
                Err(other) => state = other,
            }
        }
        Err(AlreadyStarted)
    }

    /// Marks the end, and wakes those that wait for it.
    fn end(&self) {
        let before = self.inner.state.fetch_or(ENDED, Release);
        self.wake(before);
    }

    /// Wakes those that wait for the end, if the state said that there may be any.
    fn wake(&self, state: u8) {
        if state & WAITERS != 0 {
            self.inner.waiters.lock().wake(usize::MAX);
        }
    }
}

impl PartialEq for Thread {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }
}

impl Eq for Thread {}

impl Hash for Thread {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.inner).hash(state);
    }
}

/// As Python shows a thread.
impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        let phase = match state & (STARTED | ENDED) {
            0 => "initial",
            STARTED => "started",
            _ => "stopped",
        };
        let daemon = if state & DAEMON != 0 { " daemon" } else { "" };
        write!(f, "<Thread({}, {phase}{daemon}", self.name())?;
        if let Some(ident) = self.ident() {
            write!(f, " {ident}")?;
        }
        f.write_str(")>")
    }
}
