//! A mutual exclusion lock. Nobody is preferred; a release synchronises with the next acquisition (C++ [thread.mutex.requirements.mutex]).
//!
//! A thread that releases it while it panics leaves it poisoned, as the documentation of std::sync::Mutex says.

use super::{Call, Request, Served, Specification};

/// State: the owner's thread plus 1, 0 when free; the number of the last release plus 1, 0 when there was none; a third
/// number where it is poisoned.
pub(crate) struct Mutex;

impl Mutex {
    /// Answers [`LOCKED`](Self::LOCKED) or [`POISONED`](Self::POISONED).
    pub(crate) const LOCK: u8 = 0;
    /// The same; 0 without the lock.
    pub(crate) const TRY_LOCK: u8 = 1;
    pub(crate) const UNLOCK: u8 = 2;
    /// Releases and poisons it.
    pub(crate) const POISON: u8 = 3;
    /// Answers whether it is poisoned.
    pub(crate) const LOOK: u8 = 4;
    /// It is poisoned no longer.
    pub(crate) const CLEAR: u8 = 5;

    pub(crate) const LOCKED: u32 = 1;
    pub(crate) const POISONED: u32 = 2;

    /// Whether a mutex in this state is poisoned.
    pub(crate) fn is_poisoned(state: &[u32]) -> bool {
        state.len() > 2
    }
}

impl Specification for Mutex {
    fn serve(&self, state: &[u32], request: Request, served: &mut Served) -> Option<()> {
        let (owner, released) = (state.first().copied().unwrap_or(0), state.get(1).copied().unwrap_or(0));
        let mut poisoned = Self::is_poisoned(state);
        let Request { call, thread, number, alternative: 0, .. } = request else { return None };
        match (call.operation, owner) {
            (Self::LOCK | Self::TRY_LOCK, 0) => {
                served.state.extend([thread + 1, released]);
                served.acquires.extend(released.checked_sub(1));
                served.answer = if poisoned { Self::POISONED } else { Self::LOCKED };
            }
            (Self::LOCK, _) => return None,
            (Self::UNLOCK, _) => served.state.extend([0, number + 1]),
            (Self::POISON, _) => {
                served.state.extend([0, number + 1]);
                poisoned = true;
            }
            (operation, _) => {
                served.state.extend([owner, released]);
                served.answer = (operation == Self::LOOK && poisoned).into();
                poisoned &= operation != Self::CLEAR;
            }
        }
        if poisoned {
            served.state.push(1);
        }
        Some(())
    }

    fn essence(&self, state: &[u32]) -> Vec<u32> {
        vec![state.first().copied().unwrap_or(0), u32::from(state.len() > 2)]
    }

    fn waits_for(&self, _: Call) -> &'static str {
        "a lock"
    }

    fn result(&self, call: Call, answer: u32) -> &'static str {
        if call.operation == Self::TRY_LOCK { ["false", "true", "poisoned"][answer as usize] } else { "" }
    }

    fn takes(&self, call: Call, answer: u32) -> Option<bool> {
        match call.operation {
            Self::UNLOCK | Self::POISON => Some(false),
            Self::LOCK | Self::TRY_LOCK => (answer != 0).then_some(true),
            _ => None,
        }
    }

    fn name(&self, call: Call) -> &'static str {
        ["lock", "try_lock", "unlock", "unlock", "is_poisoned", "clear_poison"][call.operation as usize]
    }
}
