//! One token that wakes one thread: `park` and `unpark`, and loom's `Notify`.
//!
//! A token that is there already is not doubled. Every call that offered it synchronises with the call that takes it
//! (the documentation of std::thread::park, "Memory Ordering").

use super::{Call, Request, Served, Specification};

/// State: the numbers of the requests that offered the token since it was last taken; empty without a token.
pub(crate) struct Parker;

impl Parker {
    /// Answers 1 with the token, and 0 where it times out.
    pub(crate) const TAKE: u8 = 0;
    pub(crate) const OFFER: u8 = 1;
}

impl Specification for Parker {
    fn serve(&self, state: &[u32], request: Request, served: &mut Served) -> Option<()> {
        let Request { call, number, alternative: 0, expired, .. } = request else { return None };
        match call.operation {
            Self::TAKE if state.is_empty() && !expired => return None,
            Self::TAKE => {
                served.acquires.extend_from_slice(state);
                served.answer = u32::from(!state.is_empty());
            }
            _ => {
                served.state.extend_from_slice(state);
                served.state.push(number);
            }
        }
        Some(())
    }

    fn essence(&self, state: &[u32]) -> Vec<u32> {
        vec![u32::from(!state.is_empty())]
    }

    fn waits_for(&self, _: Call) -> &'static str {
        "a token"
    }

    fn name(&self, call: Call) -> &'static str {
        ["park", "unpark"][call.operation as usize]
    }
}
