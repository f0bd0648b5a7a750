//! Specifications on backends that explore none: never in use, and nothing at run time.

use super::Deadline;

/// The place of a lock's specification.
pub(crate) struct LockSpecification;

/// What is asked of a specification that is in use, which none is here.
#[derive(Clone, Copy)]
pub(crate) enum Never {}

impl LockSpecification {
    pub(crate) const fn new() -> Self {
        LockSpecification
    }

    #[inline(always)]
    pub(crate) fn in_use(&self) -> Option<Never> {
        None
    }
}

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
}
