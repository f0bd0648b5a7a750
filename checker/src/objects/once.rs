//! One-time initialisation. The completion synchronises with every call that finds it done (the documentation of
//! std::sync::Once::call_once).

use super::{Call, Request, Served, Specification};

/// State: 0 new, 1 running, 2 done; then, when done, the number of the completion.
pub(crate) struct Once;

impl Once {
    /// Waits while it runs elsewhere. Answers 1 to the thread that is to run it, 0 when it is done.
    pub(crate) const BEGIN: u8 = 0;
    pub(crate) const COMPLETE: u8 = 1;
    /// It ended by a panic: the next that begins runs it again.
    pub(crate) const ABORT: u8 = 2;
    /// Answers 1 when it is done.
    pub(crate) const LOOK: u8 = 3;
    const DONE: u32 = 2;
}

impl Specification for Once {
    fn serve(&self, state: &[u32], request: Request, served: &mut Served) -> Option<()> {
        let Request { call, number, alternative: 0, .. } = request else { return None };
        let phase = state.first().copied().unwrap_or(0);
        match (call.operation, phase) {
            (Self::COMPLETE, _) => served.state.extend([Self::DONE, number]),
            (Self::ABORT, _) => {}
            (Self::BEGIN, 0) => {
                served.state.push(1);
                served.answer = 1;
            }
            (Self::BEGIN, 1) => return None,
            (operation, _) => {
                served.state.extend_from_slice(state);
                if phase == Self::DONE {
                    served.acquires.push(state[1]);
                    served.answer = u32::from(operation == Self::LOOK);
                }
            }
        }
        Some(())
    }

    fn waits_for(&self, _: Call) -> &'static str {
        "an initialisation"
    }

    fn name(&self, call: Call) -> &'static str {
        ["call_once", "complete", "abort", "is_completed"][call.operation as usize]
    }
}
