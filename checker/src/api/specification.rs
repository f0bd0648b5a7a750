//! Specifications in the place of implementations, for models that are about something else.
//!
//! A primitive that is made of atomics has many behaviours of its own: a contended lock is taken on the fast path, after a
//! failed try, after a wait. A model that uses it multiplies them all. Where the implementation has been checked against
//! its specification by models of its own, a larger model can be explored over the specification instead
//! ([`Checker::specifications`](crate::Checker::specifications)): it has one behaviour for each order in which the requests are
//! served.
//!
//! A primitive offers this by keeping its specification beside its state, and asking it first wherever [`in_use`] says so:
//! [`Lock`] and [`Semaphore`] are served one request at a time, an [`Event`] is an atomic that is waited for, and the end of a
//! thread is what [`join`] waits for.

use std::panic::Location;
use std::ptr;
use std::time::Duration;

use super::sync::atomic::{AtomicBool, Ordering};
use crate::engine::{self, Handle, Time, Waits};
use crate::objects::{Call, Lock as Operation, Object, Semaphore as Permits};
use crate::trace;

/// Whether the model that is running is explored over specifications; false outside of a model.
pub fn in_use() -> bool {
    engine::in_model() && engine::with(|e| e.run.specified)
}

/// A lock that any thread may release. A release synchronises with the next acquisition.
///
/// Its methods are for threads of a model, while it is explored over specifications.
#[derive(Debug, Default)]
pub struct Lock {
    handle: Handle,
}

impl Lock {
    /// A free lock.
    pub const fn new() -> Self {
        Lock { handle: Handle::new() }
    }

    /// Waits until the lock is free and takes it.
    #[track_caller]
    pub fn acquire(&self) {
        self.ask(Operation::ACQUIRE, Location::caller());
    }

    /// Waits until the lock is free and takes it, or times out as [`Time`](crate::Time) says; says whether it has it.
    #[track_caller]
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let call = Call { operation: Operation::ACQUIRE, argument: 0 };
        let acquired = engine::ask_within(&self.handle, Object::Lock, call, timeout, Location::caller()) == 1;
        if !acquired {
            engine::with(|e| e.run.waited(timeout));
        }
        acquired
    }

    /// Takes the lock if it is free when this is served, and says whether it did.
    #[track_caller]
    pub fn try_acquire(&self) -> bool {
        self.ask(Operation::TRY_ACQUIRE, Location::caller())
    }

    /// Frees the lock. False if nobody held it.
    #[track_caller]
    pub fn release(&self) -> bool {
        self.ask(Operation::RELEASE, Location::caller())
    }

    /// Whether somebody holds the lock.
    #[track_caller]
    pub fn is_locked(&self) -> bool {
        self.ask(Operation::IS_LOCKED, Location::caller())
    }

    fn ask(&self, operation: u8, place: &'static Location<'static>) -> bool {
        engine::ask(&self.handle, Object::Lock, Call { operation, argument: 0 }, place) == 1
    }
}

/// A counter of permits. Every release synchronises with every acquisition that comes after it.
///
/// Its methods are for threads of a model, while it is explored over specifications.
#[derive(Debug)]
pub struct Semaphore {
    handle: Handle,
    object: Permits,
}

impl Semaphore {
    /// A semaphore with `permits` to take, and never more than `limit`.
    pub const fn new(permits: u32, limit: u32) -> Self {
        assert!(permits <= limit, "more permits than the limit");
        Semaphore { handle: Handle::new(), object: Permits { permits, limit } }
    }

    /// Waits until there is a permit and takes it.
    #[track_caller]
    pub fn acquire(&self) {
        self.ask(Permits::ACQUIRE, 0, Location::caller());
    }

    /// Waits until there is a permit and takes it, or times out as [`Time`](crate::Time) says; says whether it has it.
    #[track_caller]
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        let (object, call) =
            (Object::Semaphore(self.object), Call { operation: Permits::ACQUIRE, argument: 0 });
        let acquired = engine::ask_within(&self.handle, object, call, timeout, Location::caller()) == 1;
        if !acquired {
            engine::with(|e| e.run.waited(timeout));
        }
        acquired
    }

    /// Takes a permit if there is one when this is served, and says whether it did.
    #[track_caller]
    pub fn try_acquire(&self) -> bool {
        self.ask(Permits::TRY_ACQUIRE, 0, Location::caller()) == 1
    }

    /// Adds `n` permits.
    ///
    /// # Errors
    ///
    /// How many there are, where they would be more than the limit. There are no more then.
    #[track_caller]
    pub fn release(&self, n: u32) -> Result<(), u32> {
        match self.ask(Permits::RELEASE, n, Location::caller()) {
            0 => Ok(()),
            available => Err(available - 1),
        }
    }

    /// How many permits there are.
    #[track_caller]
    pub fn permits(&self) -> u32 {
        self.ask(Permits::COUNT, 0, Location::caller())
    }

    fn ask(&self, operation: u8, argument: u32, place: &'static Location<'static>) -> u32 {
        engine::ask(&self.handle, Object::Semaphore(self.object), Call { operation, argument }, place)
    }
}

/// A flag that threads wait for, in [adversarial](Time::Adversarial) time. A wait ends by a set, also where a clear has followed
/// at once; the set happens before the end of the wait. Waits order nothing among one another.
///
/// Its methods are for threads of a model, while it is explored over specifications and [offers](Event::is_offered) to be.
#[derive(Debug, Default)]
pub struct Event {
    set: AtomicBool,
}

impl Event {
    /// An event that is not set.
    pub const fn new() -> Self {
        Event { set: AtomicBool::new(false) }
    }

    /// Whether the reading of time is the one that this is about: by the clock, a wait that may time out is explored over the
    /// implementation.
    pub fn is_offered() -> bool {
        in_use() && engine::with(|e| e.run.reading) == Time::Adversarial
    }

    /// Whether the event is set.
    #[track_caller]
    pub fn is_set(&self) -> bool {
        self.set.load(Ordering::Acquire)
    }

    /// Sets it.
    #[track_caller]
    pub fn set(&self) {
        self.set.swap(true, Ordering::Release);
    }

    /// Takes the set back.
    #[track_caller]
    pub fn clear(&self) {
        self.set.swap(false, Ordering::AcqRel);
    }

    /// Waits until it is set. Calls `blocks` before, where the report of a failing execution is to tell that the thread waits.
    #[track_caller]
    pub fn wait(&self, blocks: impl FnOnce()) {
        if trace::records() && !self.set.newest() {
            blocks();
        }
        engine::wait_until(&|| self.set.load(Ordering::Acquire), Waits::Blocked, Location::caller());
    }

    /// Waits until it is set or the time is over, which it may be at any time: so this sees the event set, or not.
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let set = self.is_set();
        if !set {
            engine::sleep(timeout, Location::caller());
        }
        set
    }
}

/// Waits for the end of the thread with this [identity](crate::trace::thread_identity), and says that it has ended. Does nothing
/// where the model is not explored over specifications, or the beginning of the thread does not happen before this: then
/// whether there is anything to wait for is a matter of the implementation. Calls `blocks` before it waits, where the report
/// of a failing execution is to tell that.
#[track_caller]
pub fn join(thread: u64, blocks: impl FnOnce()) -> bool {
    let place = Location::caller();
    let lane = u32::try_from(thread).ok().filter(|_| in_use());
    let Some(lane) = lane.filter(|lane| engine::with(|e| e.knows_begun(*lane))) else { return false };
    if trace::records() && !engine::with(|e| e.has_finished(lane)) {
        blocks();
    }
    engine::join(lane, ptr::null::<()>(), place);
    true
}
