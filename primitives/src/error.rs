//! What goes wrong when a primitive is misused, a type for each way.

use std::error::Error;
use std::fmt;
use std::io;

/// A release of a lock that nobody holds. Python raises `RuntimeError: release unlocked lock`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotLocked;

impl fmt::Display for NotLocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("release of a lock that nobody holds")
    }
}

impl Error for NotLocked {}

/// Something that only the holder of the lock may do, done by a thread that does not hold it. Python raises a
/// `RuntimeError`, such as `cannot release un-acquired lock`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOwner;

impl fmt::Display for NotOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the calling thread does not hold the lock")
    }
}

impl Error for NotOwner {}

/// A condition was given the guard of another lock than its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherLock;

impl fmt::Display for OtherLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the guard holds another lock than the condition's own")
    }
}

impl Error for OtherLock {}

/// A release of a number of permits that a semaphore does not accept. Python raises a `ValueError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseError {
    /// No permits at all; at least one is accepted.
    Zero,
    /// More permits than the semaphore has room for.
    TooMany {
        /// How many were to be released.
        released: usize,
        /// How many there were to take.
        available: usize,
        /// How many there may be.
        limit: usize,
    },
}

impl fmt::Display for ReleaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReleaseError::Zero => f.write_str("release of 0 permits, where at least 1 is accepted"),
            ReleaseError::TooMany { released, available, limit } => {
                write!(
                    f,
                    "release of {released} permits to {available}, where at most {limit} are accepted in all"
                )
            }
        }
    }
}

impl Error for ReleaseError {}

/// A barrier for no threads. Python raises a `ValueError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoParties;

impl fmt::Display for NoParties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a barrier for 0 parties, where at least 1 is accepted")
    }
}

impl Error for NoParties {}

/// The barrier is broken, or was while this thread waited. Python raises a `BrokenBarrierError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenBarrier;

impl fmt::Display for BrokenBarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the barrier is broken")
    }
}

impl Error for BrokenBarrier {}

/// A thread could not be started: [`Thread::start`](crate::Thread::start).
#[derive(Debug)]
pub enum StartError {
    /// It was started before. Python raises `RuntimeError: threads can only be started once`.
    AlreadyStarted,
    /// The operating system gave no thread, and says why. The start can be tried again.
    NoThread(io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::AlreadyStarted => {
                f.write_str("start of a thread that was started before: once is all")
            }
            StartError::NoThread(_) => f.write_str("the operating system has no thread left"),
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            StartError::AlreadyStarted => None,
            StartError::NoThread(error) => Some(error),
        }
    }
}

/// A change to a thread, or a timer, that is possible only before it is started. Python raises `RuntimeError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlreadyStarted;

impl fmt::Display for AlreadyStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("change to a thread that was started before: daemon can be set until the start")
    }
}

impl Error for AlreadyStarted {}

/// A wait for the end of a thread that could never return: [`Thread::join`](crate::Thread::join). Python raises
/// `RuntimeError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinError {
    /// The thread has not been started.
    NotStarted,
    /// The thread is the one that wants to wait.
    Current,
    /// The thread was not started by [`Thread::start`](crate::Thread::start), so nobody is told of its end.
    Foreign,
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            JoinError::NotStarted => "join of a thread that has not been started",
            JoinError::Current => "join of the current thread, which would wait forever",
            JoinError::Foreign => "join of a thread that was not started by `Thread::start`",
        })
    }
}

impl Error for JoinError {}

/// A queue that was shut down takes no more items, and has none left to give: [`Queue::shutdown`](crate::Queue::shutdown).
/// Holds the item that was to be put. Python raises `queue.ShutDown`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ShutDown<T = ()>(pub T);

impl<T> fmt::Debug for ShutDown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShutDown(..)")
    }
}

impl<T> fmt::Display for ShutDown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the queue was shut down")
    }
}

impl<T> Error for ShutDown<T> {}

/// An item could not be put at once, or in time; it is given back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PutError<T> {
    /// There was no room. Python raises `queue.Full`.
    Full(T),
    /// The queue was shut down. Python raises `queue.ShutDown`.
    ShutDown(T),
}

impl<T> PutError<T> {
    /// The item.
    pub fn into_inner(self) -> T {
        match self {
            PutError::Full(item) | PutError::ShutDown(item) => item,
        }
    }
}

impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PutError::Full(_) => "Full(..)",
            PutError::ShutDown(_) => "ShutDown(..)",
        })
    }
}

impl<T> fmt::Display for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PutError::Full(_) => f.write_str("the queue is full"),
            PutError::ShutDown(_) => ShutDown(()).fmt(f),
        }
    }
}

impl<T> Error for PutError<T> {}

/// No item could be had at once, or in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GetError {
    /// There was none. Python raises `queue.Empty`.
    Empty,
    /// There was none, and there will be none: the queue was shut down. Python raises `queue.ShutDown`.
    ShutDown,
}

impl fmt::Display for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GetError::Empty => f.write_str("the queue is empty"),
            GetError::ShutDown => ShutDown(()).fmt(f),
        }
    }
}

impl Error for GetError {}

/// More tasks were declared done than there were. Python raises `ValueError: task_done() called too many times`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoUnfinishedTask;

impl fmt::Display for NoUnfinishedTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a task was declared done, but none is unfinished: once for each item that was put is all",
        )
    }
}

impl Error for NoUnfinishedTask {}
