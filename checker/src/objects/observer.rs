//! The observer of an execution, to whom threads report outcomes. What is reported in another order is another
//! outcome; reports add no happens-before, since the observer tells nobody.

use super::{Call, Request, Served, Specification};

/// State: none.
pub(crate) struct Observer;

impl Observer {
    /// Answers how many reports were made before.
    pub(crate) const REPORT: u8 = 0;
}

impl Specification for Observer {
    fn serve(&self, _: &[u32], request: Request, served: &mut Served) -> Option<()> {
        served.answer = request.number;
        (request.alternative == 0).then_some(())
    }

    fn waits_for(&self, _: Call) -> &'static str {
        "an observer"
    }

    fn name(&self, _: Call) -> &'static str {
        "outcome"
    }
}
