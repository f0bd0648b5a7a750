//! A lock that any thread may release, which [`crate::specification::Lock`] is.

use super::{Call, Request, Served, Specification};

/// State: 1 when held and 0 when free; the number of the last release plus 1, 0 when there was none.
pub(crate) struct Lock;

impl Lock {
    /// Answers 1 with the lock, and 0 where it times out.
    pub(crate) const ACQUIRE: u8 = 0;
    /// Answers 1 with the lock, 0 without.
    pub(crate) const TRY_ACQUIRE: u8 = 1;
    /// Answers 1 where the lock was held, and 0 where it was not, which changes nothing.
    pub(crate) const RELEASE: u8 = 2;
    /// Answers 1 where the lock is held.
    pub(crate) const IS_LOCKED: u8 = 3;
}

impl Specification for Lock {
    fn serve(&self, state: &[u32], request: Request, served: &mut Served) -> Option<()> {
        let (held, released) = (state.first().copied().unwrap_or(0), state.get(1).copied().unwrap_or(0));
        let Request { call, number, alternative: 0, expired, .. } = request else { return None };
        match (call.operation, held) {
            (Self::ACQUIRE | Self::TRY_ACQUIRE, 0) => {
                served.state.extend([1, released]);
                served.acquires.extend(released.checked_sub(1));
                served.answer = 1;
            }
            (Self::ACQUIRE, _) if !expired => return None,
            (Self::RELEASE, 1) => {
                served.state.extend([0, number + 1]);
                served.answer = 1;
            }
            (Self::IS_LOCKED, _) => {
                served.state.extend([held, released]);
                served.answer = held;
            }
            _ => served.state.extend([held, released]),
        }
        Some(())
    }

    fn essence(&self, state: &[u32]) -> Vec<u32> {
        vec![state.first().copied().unwrap_or(0)]
    }

    fn waits_for(&self, _: Call) -> &'static str {
        "a lock"
    }

    fn result(&self, call: Call, answer: u32) -> &'static str {
        if matches!(call.operation, Self::TRY_ACQUIRE | Self::IS_LOCKED) {
            ["false", "true"][answer as usize]
        } else {
            ""
        }
    }

    fn takes(&self, call: Call, answer: u32) -> Option<bool> {
        match call.operation {
            Self::ACQUIRE | Self::TRY_ACQUIRE => (answer == 1).then_some(true),
            Self::RELEASE => Some(false),
            _ => None,
        }
    }

    fn name(&self, call: Call) -> &'static str {
        ["acquire", "try_acquire", "release", "locked"][call.operation as usize]
    }
}
