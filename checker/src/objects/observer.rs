//! The observer of an execution, to whom threads report outcomes. What is reported in another order is another
//! outcome; reports add no happens-before, since the observer tells nobody.

use super::{Call, Request, Served, Specification};

/// State: 1 when the program has ended; until then none.
pub(crate) struct Observer;

impl Observer {
    /// Answers how many reports were made before. Never served after the end of the program.
    pub(crate) const REPORT: u8 = 0;
    /// The end of the program. Asked for only where there are daemons, which it is concurrent with.
    pub(crate) const END: u8 = 1;
}

impl Specification for Observer {
    fn serve(&self, state: &[u32], request: Request, served: &mut Served) -> Option<()> {
        let Request { call, number, alternative: 0, .. } = request else { return None };
        if call.operation == Self::END {
            served.state.push(1);
        }
        served.answer = number;
        state.is_empty().then_some(())
    }

    fn waits_for(&self, _: Call) -> &'static str {
        "an observer"
    }

    fn name(&self, call: Call) -> &'static str {
        ["outcome", "end"][call.operation as usize]
    }
}
