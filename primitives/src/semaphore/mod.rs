//! A counter of permits: Python's `threading.Semaphore` and `threading.BoundedSemaphore`.

mod permit;
mod raw;
#[cfg(test)]
mod tests;

pub use permit::{OwnedPermit, Permit};
use raw::{MAX_PERMITS, RawSemaphore};

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::ReleaseError;
use crate::sync::{self, Deadline, Site, constructors};
use crate::time::Instant;

mod sealed {
    /// A semaphore of this crate.
    pub trait Counted {
        /// What it is made of, and its limit.
        fn raw(&self) -> (&super::RawSemaphore, usize);
    }
}

/// The methods that both semaphores have, each with its own bound.
macro_rules! semaphore {
    ($name:ident) => {
        impl $name {
            /// Blocks until there is a permit and takes it.
            #[inline]
            #[track_caller]
            pub fn acquire(&self) {
                self.raw.acquire("acquire", || Deadline::Never);
                sync::step(&self.raw, "acquire", "");
            }

            /// Takes a permit if there is one and says whether it did; never blocks. Python's `acquire(blocking=False)`.
            #[inline]
            #[track_caller]
            #[must_use = "whether it was acquired"]
            pub fn try_acquire(&self) -> bool {
                let taken = self.raw.try_acquire();
                sync::step(&self.raw, "try_acquire", taken);
                taken
            }

            /// Blocks until there is a permit and takes it, or gives up after `timeout`; says whether it has it.
            ///
            /// A zero timeout is a poll. One that is too long for the clock, [`Duration::MAX`] among them, waits for
            /// ever.
            #[inline]
            #[track_caller]
            #[must_use = "whether it was acquired"]
            pub fn acquire_timeout(&self, timeout: Duration) -> bool {
                let taken = self.raw.acquire("acquire_timeout", || Deadline::after(timeout));
                sync::step(&self.raw, "acquire_timeout", taken);
                taken
            }

            /// As [`acquire_timeout`](Self::acquire_timeout), or gives up at `deadline`. One that has passed is a poll.
            #[track_caller]
            #[must_use = "whether a permit was acquired"]
            pub fn acquire_until(&self, deadline: Instant) -> bool {
                let taken = self.raw.acquire("acquire_until", || Deadline::until(deadline));
                sync::step(&self.raw, "acquire_until", taken);
                taken
            }

            /// Blocks until there is a permit and takes it until the guard is dropped: Python's `with`.
            #[inline]
            #[track_caller]
            pub fn permit(&self) -> Permit<'_> {
                self.raw.acquire("permit", || Deadline::Never);
                sync::step(&self.raw, "permit", "");
                self.guard()
            }

            /// Takes a permit until the guard is dropped, if there is one; never blocks.
            #[inline]
            #[track_caller]
            pub fn try_permit(&self) -> Option<Permit<'_>> {
                let taken = self.raw.try_acquire();
                sync::step(&self.raw, "try_permit", taken);
                taken.then(|| self.guard())
            }

            /// Blocks until there is a permit and takes it until the guard is dropped, or gives up after `timeout`.
            ///
            /// A zero timeout is a poll. One that is too long for the clock, [`Duration::MAX`] among them, waits for
            /// ever.
            #[inline]
            #[track_caller]
            pub fn permit_timeout(&self, timeout: Duration) -> Option<Permit<'_>> {
                let taken = self.raw.acquire("permit_timeout", || Deadline::after(timeout));
                sync::step(&self.raw, "permit_timeout", taken);
                taken.then(|| self.guard())
            }

            /// As [`permit_timeout`](Self::permit_timeout), or gives up at `deadline`. One that has passed is a poll.
            #[track_caller]
            pub fn permit_until(&self, deadline: Instant) -> Option<Permit<'_>> {
                let taken = self.raw.acquire("permit_until", || Deadline::until(deadline));
                sync::step(&self.raw, "permit_until", taken);
                taken.then(|| self.guard())
            }

            /// Blocks until there is a permit and takes it, as one that owns its semaphore: it can be kept, and sent to other threads, for
            /// any time.
            #[track_caller]
            pub fn permit_owned(self: &Arc<Self>) -> OwnedPermit<Self> {
                self.raw.acquire("permit_owned", || Deadline::Never);
                sync::step(&self.raw, "permit_owned", "");
                self.owned()
            }

            /// As [`permit_owned`](Self::permit_owned), if there is a permit; never blocks.
            #[track_caller]
            pub fn try_permit_owned(self: &Arc<Self>) -> Option<OwnedPermit<Self>> {
                let taken = self.raw.try_acquire();
                sync::step(&self.raw, "try_permit_owned", taken);
                // Not by a closure, which would be the caller.
                if taken { Some(self.owned()) } else { None }
            }

            /// A permit that the calling thread has acquired, and for which it makes no other.
            #[track_caller]
            fn owned(self: &Arc<Self>) -> OwnedPermit<Self> {
                OwnedPermit { semaphore: self.clone(), fair: false, site: Site::caller() }
            }

            #[inline]
            #[track_caller]
            fn release_up_to(
                &self,
                operation: &'static str,
                n: usize,
                limit: usize,
                fair: bool,
            ) -> Result<(), ReleaseError> {
                let released = self.raw.release(n, limit, fair);
                match released {
                    Ok(()) => sync::step(&self.raw, operation, n),
                    Err(error) => sync::step(&self.raw, operation, error),
                }
                released
            }

            /// A permit that the calling thread has acquired, and for which it makes no other.
            #[inline]
            #[track_caller]
            fn guard(&self) -> Permit<'_> {
                Permit { raw: &self.raw, limit: self.limit(), site: Site::caller() }
            }
        }

        impl sealed::Counted for $name {
            fn raw(&self) -> (&RawSemaphore, usize) {
                (&self.raw, self.limit())
            }
        }
    };
}

/// A counter of permits: taking one makes others wait when none is left. Python's `threading.Semaphore`.
///
/// [Acquired](Semaphore::acquire) in one place and [released](Semaphore::release) in another, by any thread, as Python's
/// programs do; or held as a [`Permit`] that releases when it is dropped. It is as fair as a [`Lock`](crate::Lock#fairness): a thread
/// that comes by just after a release may take the permit before one that has waited, but nobody waits forever.
///
/// An uncontended acquire or release is one atomic read-modify-write, or two where the count is not what it was: no system call,
/// no allocation, ever.
///
/// Semantics: Python 3.13, `threading`, "Semaphore objects".
///
/// ```
/// use selvedge_primitives::Semaphore;
///
/// static CONNECTIONS: Semaphore = Semaphore::new(2);
/// let first = CONNECTIONS.permit();
/// CONNECTIONS.acquire();
/// assert!(!CONNECTIONS.try_acquire(), "both are taken");
/// drop(first);
/// CONNECTIONS.release(1)?;
/// assert!(CONNECTIONS.release(0).is_err());
/// # Ok::<(), selvedge_primitives::ReleaseError>(())
/// ```
pub struct Semaphore {
    raw: RawSemaphore,
}

semaphore!(Semaphore);

impl Semaphore {
    /// The largest count.
    pub const MAX_PERMITS: usize = MAX_PERMITS;

    constructors! {
        /// A semaphore with `permits` to take. Python's default is 1.
        ///
        /// # Panics
        ///
        /// If `permits` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
        pub fn new(permits: usize) -> Self {
            Semaphore { raw: RawSemaphore::new(permits, MAX_PERMITS) }
        }
    }

    /// Adds `n` permits and lets as many of the threads go on that wait for one. Any thread may call this.
    ///
    /// # Errors
    ///
    /// [`ReleaseError::Zero`] if `n` is zero, as Python raises a `ValueError`, and [`ReleaseError::TooMany`] if the count
    /// would be more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS). The semaphore is then as it was.
    #[inline]
    #[track_caller]
    pub fn release(&self, n: usize) -> Result<(), ReleaseError> {
        self.release_up_to("release", n, self.limit(), false)
    }

    /// As [`release`](Self::release), and where threads wait for a permit, those that have waited longest have the permits at
    /// once: nobody who comes by can take them first. That costs a switch of threads.
    ///
    /// # Errors
    ///
    /// As [`release`](Self::release).
    #[track_caller]
    pub fn release_fair(&self, n: usize) -> Result<(), ReleaseError> {
        self.release_up_to("release_fair", n, self.limit(), true)
    }

    #[inline]
    fn limit(&self) -> usize {
        MAX_PERMITS
    }
}

/// A [`Semaphore`] that never has more permits than it began with: Python's `threading.BoundedSemaphore`.
///
/// A release too many is mostly a mistake in the program; this semaphore tells.
///
/// ```
/// use selvedge_primitives::{BoundedSemaphore, ReleaseError};
///
/// let semaphore = BoundedSemaphore::new(2);
/// semaphore.acquire();
/// assert_eq!(semaphore.release(2), Err(ReleaseError::TooMany { released: 2, available: 1, limit: 2 }));
/// assert_eq!(semaphore.release(1), Ok(()));
/// ```
///
/// Semantics: Python 3.13, `threading`, "Semaphore objects".
pub struct BoundedSemaphore {
    raw: RawSemaphore,
    limit: usize,
}

semaphore!(BoundedSemaphore);

impl BoundedSemaphore {
    constructors! {
        /// A semaphore with `permits` to take, and never more. Python's default is 1.
        ///
        /// # Panics
        ///
        /// If `permits` is more than [`Semaphore::MAX_PERMITS`].
        pub fn new(permits: usize) -> Self {
            BoundedSemaphore { raw: RawSemaphore::new(permits, permits), limit: permits }
        }
    }

    /// Gives `n` permits back and lets as many of the threads go on that wait for one. Any thread may call this.
    ///
    /// # Errors
    ///
    /// [`ReleaseError::Zero`] if `n` is zero, and [`ReleaseError::TooMany`] if there would be more permits than at the
    /// beginning, as Python raises a `ValueError`. The semaphore is then as it was.
    #[inline]
    #[track_caller]
    pub fn release(&self, n: usize) -> Result<(), ReleaseError> {
        self.release_up_to("release", n, self.limit(), false)
    }

    /// As [`release`](Self::release), and where threads wait for a permit, those that have waited longest have the permits at
    /// once: nobody who comes by can take them first. That costs a switch of threads.
    ///
    /// # Errors
    ///
    /// As [`release`](Self::release).
    #[track_caller]
    pub fn release_fair(&self, n: usize) -> Result<(), ReleaseError> {
        self.release_up_to("release_fair", n, self.limit(), true)
    }

    #[inline]
    fn limit(&self) -> usize {
        self.limit
    }
}

/// One: Python's default.
impl Default for Semaphore {
    fn default() -> Self {
        Semaphore::new(1)
    }
}

/// One: Python's default.
impl Default for BoundedSemaphore {
    fn default() -> Self {
        BoundedSemaphore::new(1)
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore").field("permits", &self.raw.permits()).finish()
    }
}

impl fmt::Debug for BoundedSemaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundedSemaphore")
            .field("permits", &self.raw.permits())
            .field("limit", &self.limit)
            .finish()
    }
}
