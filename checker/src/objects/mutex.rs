//! A mutual exclusion lock. Nobody is preferred; a release synchronises with the next acquisition (C++ [thread.mutex.requirements.mutex]).

use super::{Call, Request, Served, Specification};

/// State: the owner's thread plus 1, 0 when free; the number of the last release plus 1, 0 when there was none.
pub(crate) struct Mutex;

impl Mutex {
    pub(crate) const LOCK: u8 = 0;
    /// Answers 1 with the lock, 0 without.
    pub(crate) const TRY_LOCK: u8 = 1;
    pub(crate) const UNLOCK: u8 = 2;
}

impl Specification for Mutex {
    fn serve(&self, state: &[u32], request: Request, served: &mut Served) -> Option<()> {
        let (owner, released) = (state.first().copied().unwrap_or(0), state.get(1).copied().unwrap_or(0));
        let Request { call, thread, number, alternative: 0, .. } = request else { return None };
        match (call.operation, owner) {
            (Self::LOCK | Self::TRY_LOCK, 0) => {
                served.state.extend([thread + 1, released]);
                served.acquires.extend(released.checked_sub(1));
                served.answer = 1;
            }
            (Self::LOCK, _) => return None,
            (Self::TRY_LOCK, _) => served.state.extend([owner, released]),
            _ => served.state.extend([0, number + 1]),
        }
        Some(())
    }

    fn waits_for(&self, _: Call) -> &'static str {
        "a lock"
    }

    fn takes(&self, call: Call, answer: u32) -> Option<bool> {
        if call.operation == Self::UNLOCK { Some(false) } else { (answer == 1).then_some(true) }
    }

    fn name(&self, call: Call) -> &'static str {
        ["lock", "try_lock", "unlock"][call.operation as usize]
    }
}
