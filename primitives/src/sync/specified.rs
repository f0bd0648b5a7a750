//! Specifications, for models that are explored over them and not over implementations.

use std::time::Duration;

use selvedge::specification;
use selvedge::time::Instant;

use super::backend::Deadline;
use super::{Identity, Site};

/// The place of a lock's specification.
pub(crate) struct LockSpecification(specification::Lock);

impl LockSpecification {
    pub(crate) const fn new() -> Self {
        LockSpecification(specification::Lock::new())
    }

    /// The specification, where the model is explored over it and not over the implementation.
    pub(crate) fn in_use(&self) -> Option<SpecifiedLock<'_>> {
        specification::in_use().then_some(SpecifiedLock(&self.0))
    }
}

/// A lock's specification that is in use.
pub(crate) struct SpecifiedLock<'a>(&'a specification::Lock);

impl SpecifiedLock<'_> {
    /// Takes the lock, or gives up at the deadline; says which.
    #[track_caller]
    pub(crate) fn acquire(&self, deadline: Deadline) -> bool {
        match deadline {
            Deadline::Never => {
                self.0.acquire();
                true
            }
            Deadline::Now => self.0.try_acquire(),
            Deadline::At(instant) => self.0.acquire_timeout(left(instant)),
        }
    }

    #[track_caller]
    pub(crate) fn try_acquire(&self) -> bool {
        self.0.try_acquire()
    }

    #[track_caller]
    pub(crate) fn release(&self) -> bool {
        self.0.release()
    }

    #[track_caller]
    pub(crate) fn is_locked(&self) -> bool {
        self.0.is_locked()
    }
}

/// The place of a semaphore's specification.
pub(crate) struct SemaphoreSpecification(specification::Semaphore);

impl SemaphoreSpecification {
    /// A specification counts to `u32::MAX`: a semaphore with more permits than that has none.
    pub(crate) const fn new(permits: usize, limit: usize) -> Self {
        let fits = if limit > u32::MAX as usize { u32::MAX } else { limit as u32 };
        let permits = if permits > fits as usize { 0 } else { permits as u32 };
        SemaphoreSpecification(specification::Semaphore::new(permits, fits))
    }

    /// The specification, where the model is explored over it and not over the implementation.
    pub(crate) fn in_use(&self) -> Option<SpecifiedSemaphore<'_>> {
        specification::in_use().then_some(SpecifiedSemaphore(&self.0))
    }
}

/// A semaphore's specification that is in use.
pub(crate) struct SpecifiedSemaphore<'a>(&'a specification::Semaphore);

impl SpecifiedSemaphore<'_> {
    /// Takes a permit, or gives up at the deadline; says which.
    #[track_caller]
    pub(crate) fn acquire(&self, deadline: Deadline) -> bool {
        match deadline {
            Deadline::Never => {
                self.0.acquire();
                true
            }
            Deadline::Now => self.0.try_acquire(),
            Deadline::At(instant) => self.0.acquire_timeout(left(instant)),
        }
    }

    #[track_caller]
    pub(crate) fn try_acquire(&self) -> bool {
        self.0.try_acquire()
    }

    /// Adds `n` permits; where they would be too many, says how many there are.
    #[track_caller]
    pub(crate) fn release(&self, n: usize) -> Result<(), usize> {
        let n = u32::try_from(n).expect("a specification counts to `u32::MAX`");
        self.0.release(n).map_err(|available| available as usize)
    }

    #[track_caller]
    pub(crate) fn permits(&self) -> usize {
        self.0.permits() as usize
    }
}

/// The place of an event's specification.
pub(crate) struct EventSpecification(specification::Event);

impl EventSpecification {
    pub(crate) const fn new() -> Self {
        EventSpecification(specification::Event::new())
    }

    /// The specification, where the model is explored over it and not over the implementation.
    pub(crate) fn in_use(&self) -> Option<SpecifiedEvent<'_>> {
        specification::Event::is_offered().then_some(SpecifiedEvent(&self.0))
    }
}

/// An event's specification that is in use.
pub(crate) struct SpecifiedEvent<'a>(&'a specification::Event);

impl SpecifiedEvent<'_> {
    #[track_caller]
    pub(crate) fn is_set(&self) -> bool {
        self.0.is_set()
    }

    #[track_caller]
    pub(crate) fn set(&self) {
        self.0.set();
    }

    #[track_caller]
    pub(crate) fn clear(&self) {
        self.0.clear();
    }

    /// Waits until `event` is set, or until the deadline, in `operation`; says whether it is set.
    #[track_caller]
    pub(crate) fn wait<T>(&self, event: *const T, operation: &'static str, deadline: Deadline) -> bool {
        let site = Site::caller();
        match deadline {
            Deadline::Never => {
                self.0.wait(|| site.blocks(event, operation));
                true
            }
            Deadline::Now => self.0.is_set(),
            Deadline::At(instant) => self.0.wait_timeout(left(instant)),
        }
    }
}

/// Waits for the end of `thread`, in `operation`, and says that it has ended; does nothing, and says so, where that is for the
/// implementation.
#[track_caller]
pub(crate) fn joins_specified<T>(thread: *const T, identity: &Identity, operation: &'static str) -> bool {
    let (site, other) = (Site::caller(), identity.of_other());
    match other {
        Some(number) => specification::join(number - 1, || site.blocks(thread, operation)),
        None => false,
    }
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}
