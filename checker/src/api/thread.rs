//! What [`std::thread`] has, inside of a model.

mod local;
mod scope;
mod symmetric;

pub(crate) use local::Locals;
pub use local::{AccessError, LocalKey};
pub use scope::{Scope, ScopedJoinHandle, scope};
pub use std::thread::panicking;
pub use symmetric::{Symmetric, symmetric};

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::engine::{self, Handle, Job, STACK};
use crate::objects::{Call, Object, Parker};

/// A handle to a thread, as [`std::thread::Thread`].
#[derive(Clone)]
pub struct Thread {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    name: Option<String>,
    /// The engine's lane, once the thread has begun.
    lane: AtomicU32,
    parker: Handle,
}

/// As [`std::thread::ThreadId`], but unique among the threads of one execution only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ThreadId(u32);

impl Thread {
    fn new(name: Option<String>, lane: u32) -> Self {
        Thread { inner: Arc::new(Inner { name, lane: AtomicU32::new(lane), parker: Handle::new() }) }
    }

    /// As [`std::thread::Thread::id`].
    pub fn id(&self) -> ThreadId {
        ThreadId(self.inner.lane.load(Ordering::Relaxed))
    }

    /// What [`thread_identity`](crate::trace::thread_identity) is on this thread.
    pub fn identity(&self) -> u64 {
        self.inner.lane.load(Ordering::Relaxed).into()
    }

    /// As [`std::thread::Thread::name`]; the model's first thread has none.
    pub fn name(&self) -> Option<&str> {
        self.inner.name.as_deref()
    }

    /// As [`std::thread::Thread::unpark`]: offers the token that one [`park`] takes.
    #[track_caller]
    pub fn unpark(&self) {
        let call = Call { operation: Parker::OFFER, argument: 0 };
        engine::ask(&self.inner.parker, Object::Parker, call, Location::caller());
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
    engine::with(|e| {
        let lane = e.run.running();
        let thread = &mut e.run.threads[lane as usize];
        thread.handle.get_or_insert_with(|| Thread::new(None, lane)).clone()
    })
}

/// As [`std::thread::park`]: waits for the token that [`Thread::unpark`] offers, and takes it. It does not wake without one.
#[track_caller]
pub fn park() {
    let call = Call { operation: Parker::TAKE, argument: 0 };
    engine::ask(&current().inner.parker, Object::Parker, call, Location::caller());
}

/// As [`std::thread::yield_now`]: says that this thread waits for something that others do, as
/// [`hint::spin_loop`](crate::hint::spin_loop) does.
#[track_caller]
pub fn yield_now() {
    engine::hint(Location::caller());
}

/// What a thread leaves for the one that joins it.
struct Packet<T>(Cell<Option<T>>);

// SAFETY: the thread writes the packet before it ends, and the one that joins it reads it after that; the fibers of one
// execution run on one OS thread.
unsafe impl<T> Send for Packet<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Packet<T> {}

/// As [`std::thread::JoinHandle`].
pub struct JoinHandle<T> {
    thread: Thread,
    packet: Arc<Packet<T>>,
}

impl<T> JoinHandle<T> {
    /// As [`std::thread::JoinHandle::join`]: waits until the thread has ended and returns what it returned.
    ///
    /// A panic in a thread fails the execution, so there is no `Err` to return.
    #[track_caller]
    pub fn join(self) -> std::thread::Result<T> {
        join(&self.thread, &self.packet, Location::caller())
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

fn join<T>(thread: &Thread, packet: &Packet<T>, place: &'static Location<'static>) -> std::thread::Result<T> {
    let lane = thread.id().0;
    engine::call(|e| e.join(lane, place));
    engine::tell(place, "join", String::new);
    packet.0.take().ok_or_else(|| Box::new("the thread has no result") as Box<dyn Any + Send>)
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
    begin(f, None, STACK, 0, Location::caller())
}

/// Begins a thread; `member`: which of a group of identical ones, from 1, or 0. What `f` borrows must outlive it.
fn begin<'a, F, T>(
    f: F,
    name: Option<String>,
    stack: usize,
    member: u32,
    place: &'static Location<'static>,
) -> JoinHandle<T>
where
    F: FnOnce() -> T + 'a,
    T: 'a,
{
    let thread = Thread::new(name, u32::MAX);
    let packet = Arc::new(Packet(Cell::new(None)));
    let body = {
        let (thread, packet) = (thread.clone(), packet.clone());
        move || {
            engine::with(|e| {
                let lane = e.run.running() as usize;
                e.run.threads[lane].handle = Some(thread);
            });
            run_to_end(move || packet.0.set(Some(f())));
        }
    };
    let job: Box<dyn FnOnce() + 'a> = Box::new(body);
    // SAFETY: `spawn` asks for 'static; a scope joins its threads before what they borrow is gone, and where an execution
    // is abandoned they never run again.
    let job: Job = unsafe { std::mem::transmute::<Box<dyn FnOnce() + 'a>, Job>(job) };
    let mut job = Some(job);
    let lane = engine::call(|e| e.spawn(&mut job, stack, thread.name(), member, place));
    engine::tell(place, "spawn", || engine::with(|e| e.name_of(lane)));
    thread.inner.lane.store(lane, Ordering::Relaxed);
    JoinHandle { thread, packet }
}

/// Runs a thread's body and then the destructors of its thread-locals, and reports a panic of either.
pub(crate) fn run_to_end(body: impl FnOnce()) {
    let ended = catch_unwind(AssertUnwindSafe(body)).and_then(|()| catch_unwind(local::destroy));
    if let Err(payload) = ended {
        engine::panicked(&*payload);
        engine::check_stop();
    }
}

/// As [`std::thread::Builder`].
#[derive(Debug)]
pub struct Builder {
    name: Option<String>,
    stack_size: Option<usize>,
}

impl Builder {
    /// A builder without a name and with the usual stack.
    #[allow(clippy::new_without_default, reason = "std's has no Default either")]
    pub fn new() -> Self {
        Builder { name: None, stack_size: None }
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

    /// As [`std::thread::Builder::spawn`]; never fails.
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + 'static,
        T: 'static,
    {
        Ok(begin(f, self.name, self.stack_size.unwrap_or(STACK).max(STACK), 0, Location::caller()))
    }
}
