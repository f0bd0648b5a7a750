//! What [`std::thread`] has, inside of a model.

mod build;
mod local;
mod machine;
mod scope;
mod symmetric;

pub use local::{AccessError, LocalKey};
pub(crate) use local::{Local, Locals};
pub use machine::{available_parallelism, park_timeout_ms, sleep_ms};
pub use scope::{Scope, ScopedJoinHandle, scope};
pub use std::thread::Result;
pub use symmetric::{Symmetric, symmetric};

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::io;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::api::interpose;
use crate::api::sync::atomic::AtomicBool as Flag;
use crate::engine::{self, Handle, Job, STACK, Spurious, Task};
use crate::objects::{Call, Object, Parker};
use crate::trace;

/// A handle to a thread, as [`std::thread::Thread`].
///
/// It works in its own execution only.
#[derive(Clone)]
pub struct Thread {
    /// One pointer, as std's has: crates assert how large it is what holds one.
    known: Arc<Known>,
}

/// Which thread a handle is of.
struct Known {
    name: Option<Arc<str>>,
    /// Which execution it is a thread of.
    execution: u64,
    /// The engine's lane.
    lane: u32,
}

/// What the handles of a thread share. The execution keeps it and the next one uses it again: what is in it is fresh in each.
#[derive(Default)]
pub(crate) struct Inner {
    parker: Handle,
    /// Whether it has ended, where the model asks for that of any thread: else its end is no event of its own.
    ended: Flag,
    /// Whether it has ended with a panic that nobody has taken; its scope looks at this.
    panicked: Cell<bool>,
    /// What handles point to, once there was one. The next execution uses the memory again if no handle is left.
    known: RefCell<Option<Arc<Known>>>,
}

impl Inner {
    /// What reports know the thread by. Its own address may be that of its parker, which is another object.
    fn identity(&self) -> *const Cell<bool> {
        &raw const self.panicked
    }

    /// The thread begins.
    pub(crate) fn begin(&self) {
        self.panicked.set(false);
    }
}

/// As [`std::thread::ThreadId`], but unique among the threads of one execution only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ThreadId(NonZero<u64>);

impl Thread {
    /// What it shares with other handles. `done`: what is to be done with the thread.
    #[track_caller]
    fn inner(&self, done: &str) -> Rc<Inner> {
        let inner = engine::with(|e| {
            let is_here = e.run.tag() == self.known.execution;
            is_here.then(|| e.run.threads[self.known.lane as usize].inner.clone())
        });
        match inner {
            Some(inner) => inner,
            None => {
                panic!("a thread can be {done} in its own execution only: this handle is of another one")
            }
        }
    }

    /// As [`std::thread::Thread::id`].
    pub fn id(&self) -> ThreadId {
        ThreadId(NonZero::<u64>::MIN.saturating_add(self.known.lane.into()))
    }

    /// What [`thread_identity`](crate::trace::thread_identity) is on this thread.
    pub fn identity(&self) -> u64 {
        self.known.lane.into()
    }

    /// As [`std::thread::Thread::name`]; the model's first thread has none.
    pub fn name(&self) -> Option<&str> {
        self.known.name.as_deref()
    }

    #[track_caller]
    fn has_ended(&self) -> bool {
        let inner = self.inner("asked whether it has ended");
        engine::with(|e| e.counts_ends());
        engine::check_stop();
        inner.ended.load(Ordering::Relaxed)
    }

    /// As [`std::thread::Thread::unpark`]: offers the token that one [`park`] takes.
    #[track_caller]
    pub fn unpark(&self) {
        let call = Call { operation: Parker::OFFER, argument: 0 };
        engine::ask(&self.inner("unparked").parker, Object::Parker, call, Location::caller());
    }
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread").field("id", &self.id()).field("name", &self.name()).finish_non_exhaustive()
    }
}

/// As [`std::thread::current`].
///
/// # Panics
///
/// Outside of a model.
pub fn current() -> Thread {
    engine::acts();
    handle(engine::with(|e| e.run.running()))
}

/// A handle to a thread of this execution.
fn handle(lane: u32) -> Thread {
    let known = engine::with(|e| {
        let (execution, thread) = (e.run.tag(), &e.run.threads[lane as usize]);
        let mut known = thread.inner.known.borrow_mut();
        if known.as_ref().is_none_or(|known| known.execution != execution) {
            let fresh = Known { name: thread.name.clone(), execution, lane };
            match known.as_mut().and_then(Arc::get_mut) {
                Some(known) => *known = fresh,
                None => *known = Some(Arc::new(fresh)),
            }
        }
        known.clone()
    });
    Thread { known: known.expect("it is there by now") }
}

/// What the handles of the running thread share.
fn here() -> Rc<Inner> {
    engine::with(|e| e.run.this_thread().inner.clone())
}

/// As [`std::thread::park`]: waits for the token that [`Thread::unpark`] offers, and takes it. It wakes without one only where
/// [`Checker::spurious_wakeups`](crate::Checker::spurious_wakeups) lets it.
#[track_caller]
pub fn park() {
    let place = Location::caller();
    if engine::is_spurious(Spurious::Wakeup, place) {
        // Where there is a token it wakes for that, which is explored without this.
        engine::assume(!take_token(Duration::ZERO, place));
    } else {
        take_token(Duration::MAX, place);
    }
}

/// Waits for the running thread's token, or for so long; says whether it took it.
fn take_token(timeout: Duration, place: &'static Location<'static>) -> bool {
    let call = Call { operation: Parker::TAKE, argument: 0 };
    engine::ask_within(&here().parker, Object::Parker, call, timeout, place) == 1
}

/// As [`std::thread::park_timeout`]: waits for the token and takes it, or times out as [`Time`](crate::Time) says.
#[track_caller]
pub fn park_timeout(timeout: Duration) {
    if !take_token(timeout, Location::caller()) {
        engine::with(|e| e.run.waited(timeout));
    }
}

/// As [`std::thread::sleep`]: what it says about the order in which threads run is [`Time`](crate::Time)'s matter.
#[track_caller]
#[inline(always)]
pub fn sleep(duration: Duration) {
    engine::sleep(duration, Location::caller());
    engine::sweep();
}

/// As [`std::thread::yield_now`]: says that this thread waits for something that others do, as
/// [`hint::spin_loop`](crate::hint::spin_loop) does.
#[track_caller]
#[inline(always)]
pub fn yield_now() {
    engine::hint(Location::caller());
    engine::sweep();
}

/// As [`std::thread::panicking`], for the thread of the model: others may wait in the middle of a panic of theirs.
///
/// A thread that has caught its own panic is taken for panicking as long as another thread is.
pub fn panicking() -> bool {
    engine::is_panicking()
}

/// What a thread leaves for the one that joins it.
trait Packet<T> {
    fn take(&self) -> Option<std::thread::Result<T>>;
}

/// What a thread does, and what comes of it.
struct Body<F, T> {
    /// Until it begins.
    body: Cell<Option<F>>,
    result: Cell<Option<std::thread::Result<T>>>,
}

impl<F, T> Drop for Body<F, T> {
    /// What nobody has taken goes with the last that could have: what the thread did happens before that.
    fn drop(&mut self) {
        if let Some(result) = self.result.take()
            && engine::in_model()
        {
            engine::destroy_own(|| drop(result));
        }
    }
}

impl<F, T> Packet<T> for Body<F, T> {
    fn take(&self) -> Option<std::thread::Result<T>> {
        self.result.take()
    }
}

impl<F: FnOnce() -> T, T> Task for Body<F, T> {
    fn run(self: Arc<Self>) {
        run_to_end(move || {
            let f = self.body.take().expect("a thread begins once");
            let result = if engine::panics_reach_join() {
                catch_unwind(AssertUnwindSafe(f)).inspect_err(|_| engine::caught())
            } else {
                Ok(f())
            };
            if result.is_err() {
                here().panicked.set(true);
            }
            self.result.set(Some(result));
        });
        if engine::with(|e| e.counted.every) {
            here().ended.store(true, Ordering::Relaxed);
        }
    }
}

/// As [`std::thread::JoinHandle`].
pub struct JoinHandle<T> {
    thread: Thread,
    packet: Arc<dyn Packet<T>>,
}

// SAFETY: of what they share with the thread they touch the result alone. `join` takes it on the OS thread that runs all threads
// of the execution, after the thread's end, and refuses elsewhere; the thread that drops the last of them drops the result, which may go to
// other OS threads.
unsafe impl<T: Send> Send for JoinHandle<T> {}
// SAFETY: as above; a shared one gives the handle of the thread alone.
unsafe impl<T: Send> Sync for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// As [`std::thread::JoinHandle::join`]: waits until the thread has ended and returns what it returned.
    ///
    /// # Errors
    ///
    /// With what the thread panicked with, where [panics reach `join`](crate::Checker::panics_reach_join). A panic fails
    /// the execution otherwise.
    #[track_caller]
    pub fn join(self) -> std::thread::Result<T> {
        join(&self.thread, &*self.packet, Location::caller())
    }

    /// As [`std::thread::JoinHandle::is_finished`]: whether the thread has ended. It does not synchronise with the end.
    #[track_caller]
    pub fn is_finished(&self) -> bool {
        self.thread.has_ended()
    }

    /// As [`std::thread::JoinHandle::thread`].
    pub fn thread(&self) -> &Thread {
        &self.thread
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("thread", &self.thread).finish_non_exhaustive()
    }
}

#[track_caller]
fn join<T>(
    thread: &Thread,
    packet: &dyn Packet<T>,
    place: &'static Location<'static>,
) -> std::thread::Result<T> {
    wait_for(thread, place);
    packet.take().unwrap_or_else(|| Err(Box::new("the thread has no result") as Box<dyn Any + Send>))
}

/// What `join` does whatever the thread returns: once in the program, and not once for each type and place.
#[inline(never)]
#[track_caller]
fn wait_for(thread: &Thread, place: &'static Location<'static>) {
    let inner = thread.inner("joined");
    engine::join(thread.known.lane, inner.identity(), place);
    engine::tell(place, inner.identity(), "join", String::new);
    inner.panicked.set(false);
}

/// As [`std::thread::spawn`], without the `Send` bounds: the threads of a model share one OS thread.
///
/// # Panics
///
/// Outside of a model.
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + 'static,
    T: 'static,
{
    begin(f, None, STACK, false, 0, Location::caller())
}

/// Begins a thread; `daemon`: the end of the program does not wait for it; `member`: which of a group of identical ones, from 1, or 0. What `f` borrows must outlive it.
fn begin<'a, F, T>(
    f: F,
    name: Option<String>,
    stack: usize,
    daemon: bool,
    member: u32,
    place: &'static Location<'static>,
) -> JoinHandle<T>
where
    F: FnOnce() -> T + 'a,
    T: 'a,
{
    let body = Arc::new(Body { body: Cell::new(Some(f)), result: Cell::new(None) });
    let (packet, job): (Arc<dyn Packet<T> + 'a>, Arc<dyn Task + 'a>) = (body.clone(), body);
    // SAFETY: `spawn` asks for 'static; a scope joins its threads before what they borrow is gone, when nothing is left of them
    // but results, whose type the handle has. Where an execution is abandoned they never run again, and are leaked.
    let (packet, job) = unsafe {
        (
            std::mem::transmute::<Arc<dyn Packet<T> + 'a>, Arc<dyn Packet<T>>>(packet),
            std::mem::transmute::<Arc<dyn Task + 'a>, Job>(job),
        )
    };
    JoinHandle { thread: begin_job(job, name, stack, daemon, member, place), packet }
}

/// As [`wait_for`], of `begin`.
#[inline(never)]
fn begin_job(
    job: Job,
    name: Option<String>,
    stack: usize,
    daemon: bool,
    member: u32,
    place: &'static Location<'static>,
) -> Thread {
    // The engine keeps it, so it is not the model's.
    let name = engine::ours(|| name.map(Arc::from));
    let mut job = Some(job);
    let lane = engine::call(|e| e.spawn(&mut job, stack, &name, daemon, member, place));
    let thread = handle(lane);
    if trace::records() {
        let inner = thread.inner("begun");
        engine::tell(place, inner.identity(), "spawn", || engine::with(|e| e.name_of(lane)));
    }
    thread
}

/// Runs a thread's body and then the destructors of its thread-locals, and reports a panic of either.
pub(crate) fn run_to_end(body: impl FnOnce()) {
    // What the job before it on this stack has left is nothing of this one's.
    engine::sweep();
    let ended = catch_unwind(AssertUnwindSafe(body)).and_then(|()| catch_unwind(local::destroy));
    interpose::forget_stack();
    if let Err(payload) = ended {
        engine::panicked(&*payload);
        engine::caught();
        engine::check_stop();
    }
}

/// As [`std::thread::Builder`].
#[derive(Debug)]
pub struct Builder {
    name: Option<String>,
    stack_size: Option<usize>,
    daemon: bool,
}

impl Builder {
    /// A builder without a name and with the usual stack.
    #[allow(clippy::new_without_default, reason = "std's has no Default either")]
    pub fn new() -> Self {
        Builder { name: None, stack_size: None, daemon: false }
    }

    /// Names the thread, also in reports.
    pub fn name(mut self, name: String) -> Self {
        self.name = Some(name);
        self
    }

    /// Asks for at least so many bytes of stack.
    pub fn stack_size(mut self, size: usize) -> Self {
        self.stack_size = Some(size);
        self
    }

    /// Marks the thread as a daemon, or not: an execution ends when all of its other threads have ended, and abandons the
    /// daemons that still run or wait. That is no deadlock, whatever they wait for; what they hold is no leak, and leaks are
    /// not looked for where a daemon was begun. What a daemon does is explored both before and after the end, so far as anybody
    /// can tell. A thread that a daemon begins is one too.
    ///
    /// Python's daemon threads; a std program has one in every thread that is not joined before `main` returns.
    pub fn daemon(mut self, daemon: bool) -> Self {
        self.daemon = daemon;
        self
    }

    /// As [`std::thread::Builder::spawn`]; never fails.
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + 'static,
        T: 'static,
    {
        let stack = self.stack_size.unwrap_or(STACK).max(STACK);
        Ok(begin(f, self.name, stack, self.daemon, 0, Location::caller()))
    }
}
