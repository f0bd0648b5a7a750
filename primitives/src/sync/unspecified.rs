//! Specifications on backends that explore none: never in use, and nothing at run time.

use super::Identity;
use super::backend::Deadline;

/// The place of a specification.
pub(crate) struct Unspecified;

pub(crate) type LockSpecification = Unspecified;
pub(crate) type EventSpecification = Unspecified;

/// The place of a semaphore's specification.
pub(crate) struct SemaphoreSpecification;

/// What is asked of a specification that is in use, which none is here.
#[derive(Clone, Copy)]
pub(crate) enum Never {}

impl Unspecified {
    pub(crate) const fn new() -> Self {
        Unspecified
    }

    #[inline(always)]
    pub(crate) fn in_use(&self) -> Option<Never> {
        None
    }
}

impl SemaphoreSpecification {
    pub(crate) const fn new(_permits: usize, _limit: usize) -> Self {
        SemaphoreSpecification
    }

    #[inline(always)]
    pub(crate) fn in_use(&self) -> Option<NoPermits> {
        None
    }
}

/// What is asked of a semaphore's specification that is in use, which none is here.
#[derive(Clone, Copy)]
pub(crate) enum NoPermits {}

impl Never {
    pub(crate) fn acquire(self, _: Deadline) -> bool {
        match self {}
    }

    pub(crate) fn try_acquire(self) -> bool {
        match self {}
    }

    pub(crate) fn release(self) -> bool {
        match self {}
    }

    pub(crate) fn is_locked(self) -> bool {
        match self {}
    }

    pub(crate) fn is_set(self) -> bool {
        match self {}
    }

    pub(crate) fn set(self) {
        match self {}
    }

    pub(crate) fn clear(self) {
        match self {}
    }

    pub(crate) fn wait<T>(self, _: *const T, _: &'static str, _: Deadline) -> bool {
        match self {}
    }
}

impl NoPermits {
    pub(crate) fn acquire(self, _: Deadline) -> bool {
        match self {}
    }

    pub(crate) fn try_acquire(self) -> bool {
        match self {}
    }

    pub(crate) fn release(self, _: usize) -> Result<(), usize> {
        match self {}
    }

    pub(crate) fn permits(self) -> usize {
        match self {}
    }
}

/// Nobody's end is specified here.
#[inline(always)]
pub(crate) fn joins_specified<T>(_: *const T, _: &Identity, _: &'static str) -> bool {
    false
}
