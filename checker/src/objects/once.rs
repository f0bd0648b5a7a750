//! One-time initialisation. The completion synchronises with every call that finds it done (the documentation of
//! std::sync::Once::call_once). One that panics leaves it poisoned, and synchronises with the call that finds that.

use super::{Call, Request, Served, Specification};

/// State: 0 new, 1 running, 2 done, 3 poisoned; then, when done or poisoned, the number of the request that made it so.
pub(crate) struct Once;

impl Once {
    /// Waits while it runs elsewhere. Answers 1 to the thread that is to run it, 0 when it is done, and
    /// [`POISONED`](Self::POISONED) when it is poisoned: the caller is to run it then if the argument is 1, and is refused if it
    /// is 0.
    pub(crate) const BEGIN: u8 = 0;
    pub(crate) const COMPLETE: u8 = 1;
    /// It ended by a panic.
    pub(crate) const ABORT: u8 = 2;
    /// Answers 1 when it is done.
    pub(crate) const LOOK: u8 = 3;
    /// Waits until it is done, and answers 0; with the argument 0 also until it is poisoned, and answers
    /// [`POISONED`](Self::POISONED).
    pub(crate) const WAIT: u8 = 4;

    pub(crate) const POISONED: u32 = 2;

    const RUNNING: u32 = 1;
    const DONE: u32 = 2;
    const BROKEN: u32 = 3;
}

impl Specification for Once {
    fn serve(&self, state: &[u32], request: Request, served: &mut Served) -> Option<()> {
        let Request { call, number, alternative: 0, .. } = request else { return None };
        let (phase, since) = (state.first().copied().unwrap_or(0), state.get(1).copied());
        let forces = call.argument == 1;
        match (call.operation, phase) {
            (Self::COMPLETE, _) => served.state.extend([Self::DONE, number]),
            (Self::ABORT, _) => served.state.extend([Self::BROKEN, number]),
            (Self::BEGIN, 0) => {
                served.state.push(Self::RUNNING);
                served.answer = 1;
            }
            (Self::BEGIN, Self::BROKEN) if forces => {
                served.state.push(Self::RUNNING);
                served.acquires.extend(since);
                served.answer = Self::POISONED;
            }
            (Self::BEGIN | Self::WAIT, Self::BROKEN) if !forces => {
                served.state.extend_from_slice(state);
                served.acquires.extend(since);
                served.answer = Self::POISONED;
            }
            (Self::LOOK, _) | (_, Self::DONE) => {
                served.state.extend_from_slice(state);
                if phase == Self::DONE {
                    served.acquires.extend(since);
                    served.answer = u32::from(call.operation == Self::LOOK);
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn waits_for(&self, _: Call) -> &'static str {
        "an initialisation"
    }

    fn name(&self, call: Call) -> &'static str {
        ["call_once", "complete", "abort", "is_completed", "wait"][call.operation as usize]
    }
}
