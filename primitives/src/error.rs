//! What goes wrong when a primitive is misused, a type for each way.

use std::error::Error;
use std::fmt;

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
