//! What blocking objects do, each as a sequential specification.
//!
//! The engine serves the requests of an object one at a time, in every order that the specification allows. A request
//! that cannot be served in the present state waits; one that can never be served is deadlocked. A specification is a
//! function of the state and the request; its state is a few numbers, none at first. It also says with which earlier
//! requests a request synchronises: the order in which requests are served is no happens-before by itself, or
//! weak-memory bugs would hide behind it.

mod barrier;
mod channel;
mod condvar;
mod lock;
mod mutex;
mod observer;
mod once;
mod parker;
mod rwlock;
mod semaphore;

pub(crate) use barrier::Barrier;
pub(crate) use channel::Channel;
pub(crate) use condvar::Condvar;
pub(crate) use lock::Lock;
pub(crate) use mutex::Mutex;
pub(crate) use observer::Observer;
pub(crate) use once::Once;
pub(crate) use parker::Parker;
pub(crate) use rwlock::RwLock;
pub(crate) use semaphore::Semaphore;

/// What is asked of an object: an operation of its specification, and a number whose meaning is the operation's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) operation: u8,
    pub(crate) argument: u32,
}

/// A request that is about to be served.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) call: Call,
    /// The thread that asks.
    pub(crate) thread: u32,
    /// How many requests the object has served before.
    pub(crate) number: u32,
    /// Which of the things that the specification allows; 0 is the first.
    pub(crate) alternative: u32,
    /// Whether its deadline has passed, and it is to be served as timed out. Only what cannot be served otherwise is asked
    /// for so.
    pub(crate) expired: bool,
}

/// What serving a request does, filled in by [`Specification::serve`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Served {
    pub(crate) state: Vec<u32>,
    /// The numbers of the requests that happen before the return of this one.
    pub(crate) acquires: Vec<u32>,
    pub(crate) answer: u32,
}

/// A sequential specification.
pub(crate) trait Specification {
    /// Serves `request` in `state`, or returns `None` where the state does not allow it or has no such alternative.
    /// The start state is empty; `served` comes empty.
    fn serve(&self, state: &[u32], request: Request, served: &mut Served) -> Option<()>;

    /// What a state lets later calls do, without what it remembers for happens-before alone: two states with the same
    /// essence answer every call alike. The start state is written out.
    fn essence(&self, state: &[u32]) -> Vec<u32> {
        state.to_vec()
    }

    /// What a thread waits for that made this call, in words for a report.
    fn waits_for(&self, call: Call) -> &'static str;

    /// Whether the call, so answered, takes the object for its thread (true) or gives it back (false).
    fn takes(&self, call: Call, answer: u32) -> Option<bool> {
        let _ = (call, answer);
        None
    }

    /// What the call is called in the model's source.
    fn name(&self, call: Call) -> &'static str;

    /// What a call that was answered so gave, in a word for a report; nothing where it can give one thing only.
    fn result(&self, _: Call, _answer: u32) -> &'static str {
        ""
    }
}

/// An object, whose specification is one of the files of this folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Object {
    Lock,
    Mutex,
    Observer,
    RwLock,
    Condvar,
    Parker,
    Once,
    Barrier(Barrier),
    Channel(Channel),
    Semaphore(Semaphore),
}

impl Object {
    fn specification(&self) -> &dyn Specification {
        match self {
            Object::Lock => &Lock,
            Object::Mutex => &Mutex,
            Object::Observer => &Observer,
            Object::RwLock => &RwLock,
            Object::Condvar => &Condvar,
            Object::Parker => &Parker,
            Object::Once => &Once,
            Object::Barrier(barrier) => barrier,
            Object::Channel(channel) => channel,
            Object::Semaphore(semaphore) => semaphore,
        }
    }

    /// See [`Specification::serve`]; clears `served` first.
    pub(crate) fn serve(&self, state: &[u32], request: Request, served: &mut Served) -> Option<()> {
        served.state.clear();
        served.acquires.clear();
        served.answer = 0;
        self.specification().serve(state, request, served)
    }

    /// What it is called in a sentence.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Object::Lock => "a lock",
            Object::Mutex => "a mutex",
            Object::Observer => "the observer",
            Object::RwLock => "a read-write lock",
            Object::Condvar => "a condition variable",
            Object::Parker => "a notification",
            Object::Once => "a one-time initialisation",
            Object::Barrier(_) => "a barrier",
            Object::Channel(_) => "a channel",
            Object::Semaphore(_) => "a semaphore",
        }
    }

    /// Whether there are states that have more than one alternative for the call.
    #[inline]
    pub(crate) fn chooses(&self, call: Call) -> bool {
        match self {
            Object::Condvar => call.operation == Condvar::NOTIFY_ONE,
            Object::RwLock => call.operation == RwLock::TRY_READ,
            _ => false,
        }
    }

    /// See [`Specification::essence`].
    pub(crate) fn essence(&self, state: &[u32]) -> Vec<u32> {
        self.specification().essence(state)
    }

    /// See [`Specification::takes`].
    pub(crate) fn takes(&self, call: Call, answer: u32) -> Option<bool> {
        self.specification().takes(call, answer)
    }

    /// See [`Specification::name`].
    pub(crate) fn name(&self, call: Call) -> &'static str {
        self.specification().name(call)
    }

    /// See [`Specification::result`].
    pub(crate) fn result(&self, call: Call, answer: u32) -> &'static str {
        self.specification().result(call, answer)
    }

    /// See [`Specification::waits_for`].
    pub(crate) fn waits_for(&self, call: Call) -> &'static str {
        self.specification().waits_for(call)
    }
}
