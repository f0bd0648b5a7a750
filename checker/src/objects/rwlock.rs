//! A readers-writer lock. Nobody is preferred. A write release synchronises with the acquisitions that follow, a read
//! release with the next write acquisition: readers do not synchronise with one another.

use super::{Call, Request, Served, Specification};

/// State: 1 while written; the number of readers; the number of the last write release plus 1 (0: none); the numbers of
/// the read releases since.
pub(crate) struct RwLock;

impl RwLock {
    pub(crate) const READ: u8 = 0;
    pub(crate) const TRY_READ: u8 = 1;
    pub(crate) const WRITE: u8 = 2;
    pub(crate) const TRY_WRITE: u8 = 3;
    pub(crate) const UNLOCK_READ: u8 = 4;
    pub(crate) const UNLOCK_WRITE: u8 = 5;
}

impl Specification for RwLock {
    fn serve(&self, state: &[u32], request: Request, served: &mut Served) -> Option<()> {
        let Request { call, number, alternative: 0, .. } = request else { return None };
        let (written, readers, released, reads) = match state {
            [] => (false, 0, 0, &[][..]),
            [written, readers, released, reads @ ..] => (*written == 1, *readers, *released, reads),
            _ => unreachable!("a state has three numbers or more"),
        };
        let keep = |served: &mut Served, written: u32, readers: u32| {
            served.state.extend([written, readers, released]);
            served.state.extend_from_slice(reads);
        };
        match call.operation {
            Self::READ | Self::TRY_READ if !written => {
                keep(served, 0, readers + 1);
                served.acquires.extend(released.checked_sub(1));
                served.answer = 1;
            }
            Self::WRITE | Self::TRY_WRITE if !written && readers == 0 => {
                served.state.extend([1, 0, 0]);
                served.acquires.extend(released.checked_sub(1));
                served.acquires.extend_from_slice(reads);
                served.answer = 1;
            }
            Self::READ | Self::WRITE => return None,
            Self::TRY_READ | Self::TRY_WRITE => keep(served, u32::from(written), readers),
            Self::UNLOCK_READ => {
                keep(served, 0, readers - 1);
                served.state.push(number);
            }
            _ => served.state.extend([0, 0, number + 1]),
        }
        Some(())
    }

    fn essence(&self, state: &[u32]) -> Vec<u32> {
        vec![state.first().copied().unwrap_or(0), state.get(1).copied().unwrap_or(0)]
    }

    fn waits_for(&self, call: Call) -> &'static str {
        if call.operation == Self::READ { "a read lock" } else { "a write lock" }
    }

    fn result(&self, call: Call, answer: u32) -> &'static str {
        if matches!(call.operation, Self::TRY_READ | Self::TRY_WRITE) {
            ["false", "true"][answer as usize]
        } else {
            ""
        }
    }

    fn takes(&self, call: Call, answer: u32) -> Option<bool> {
        match call.operation {
            Self::UNLOCK_READ | Self::UNLOCK_WRITE => Some(false),
            _ => (answer == 1).then_some(true),
        }
    }

    fn name(&self, call: Call) -> &'static str {
        ["read", "try_read", "write", "try_write", "unlock_read", "unlock_write"][call.operation as usize]
    }
}
