//! A barrier: who arrives waits until as many have arrived as it is for. All arrivals of a round synchronise with all
//! departures (C++ [thread.barrier]).

use super::{Call, Request, Served, Specification};

/// State: the numbers of all arrivals in their order; round `r` is the `r`-th run of `parties` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Barrier {
    pub(crate) parties: u32,
}

impl Barrier {
    /// Answers how many have arrived before, in all rounds.
    pub(crate) const ARRIVE: u8 = 0;
    /// Waits for the round of the arrival that the argument counts.
    pub(crate) const DEPART: u8 = 1;
}

impl Specification for Barrier {
    fn serve(&self, state: &[u32], request: Request, served: &mut Served) -> Option<()> {
        let Request { call, number, alternative: 0, .. } = request else { return None };
        served.state.extend_from_slice(state);
        if call.operation == Self::ARRIVE {
            served.answer = state.len() as u32;
            served.state.push(number);
        } else {
            let parties = self.parties as usize;
            let round = call.argument as usize / parties * parties;
            served.acquires.extend_from_slice(state.get(round..round + parties)?);
        }
        Some(())
    }

    fn waits_for(&self, _: Call) -> &'static str {
        "the others at a barrier"
    }

    fn name(&self, call: Call) -> &'static str {
        ["wait", "leave"][call.operation as usize]
    }
}
