//! A counter of permits, which [`crate::specification::Semaphore`] is.

use super::{Call, Request, Served, Specification};

/// State: how many permits there are; then the numbers of all releases. Every release synchronises with every acquisition
/// that comes after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Semaphore {
    /// How many there are in the beginning.
    pub(crate) permits: u32,
    /// How many there may be.
    pub(crate) limit: u32,
}

impl Semaphore {
    /// Answers 1 with a permit, and 0 where it times out.
    pub(crate) const ACQUIRE: u8 = 0;
    /// Answers 1 with a permit, 0 without.
    pub(crate) const TRY_ACQUIRE: u8 = 1;
    /// Adds as many permits as the argument says, and answers 0; where that would be too many it changes nothing and answers
    /// one more than there are.
    pub(crate) const RELEASE: u8 = 2;
    /// Answers how many permits there are.
    pub(crate) const COUNT: u8 = 3;
}

impl Specification for Semaphore {
    fn serve(&self, state: &[u32], request: Request, served: &mut Served) -> Option<()> {
        let (permits, releases) = match state {
            [] => (self.permits, state),
            [permits, releases @ ..] => (*permits, releases),
        };
        let Request { call, number, alternative: 0, expired, .. } = request else { return None };
        let mut keep = |permits: u32| {
            served.state.push(permits);
            served.state.extend_from_slice(releases);
        };
        match call.operation {
            Self::ACQUIRE | Self::TRY_ACQUIRE if permits > 0 => {
                keep(permits - 1);
                served.acquires.extend_from_slice(releases);
                served.answer = 1;
            }
            Self::ACQUIRE if !expired => return None,
            Self::RELEASE if call.argument <= self.limit - permits => {
                keep(permits + call.argument);
                served.state.push(number);
            }
            Self::RELEASE => {
                keep(permits);
                served.answer = permits + 1;
            }
            Self::COUNT => {
                keep(permits);
                served.answer = permits;
            }
            _ => keep(permits),
        }
        Some(())
    }

    fn essence(&self, state: &[u32]) -> Vec<u32> {
        vec![state.first().copied().unwrap_or(self.permits)]
    }

    fn waits_for(&self, _: Call) -> &'static str {
        "a permit"
    }

    fn result(&self, call: Call, answer: u32) -> &'static str {
        match call.operation {
            Self::TRY_ACQUIRE => ["false", "true"][answer as usize],
            Self::RELEASE if answer > 0 => "too many",
            _ => "",
        }
    }

    fn takes(&self, call: Call, answer: u32) -> Option<bool> {
        match call.operation {
            Self::ACQUIRE | Self::TRY_ACQUIRE => (answer == 1).then_some(true),
            Self::RELEASE => (answer == 0).then_some(false),
            _ => None,
        }
    }

    fn name(&self, call: Call) -> &'static str {
        ["acquire", "try_acquire", "release", "permits"][call.operation as usize]
    }
}
