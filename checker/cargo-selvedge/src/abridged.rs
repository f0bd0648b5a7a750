//! What of a report is on its page: a page is read by a person, and at most as large as one opens without a thought. All of it is in
//! the JSON report.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::Document;

/// Operations of an execution that are drawn.
const STEPS: usize = 150;

/// Bytes of outcomes with what replays them.
const OUTCOMES: usize = 16_000;

/// Bytes of one outcome.
const OUTCOME: usize = 2_000;

/// A report that fits a page.
pub(crate) struct Abridged {
    pub(crate) document: Document,
    /// How many operations an execution has that is too long to be drawn.
    pub(crate) undrawn: Option<usize>,
    /// How many outcomes are left out.
    pub(crate) unseen: usize,
}

impl Abridged {
    pub(crate) fn of(document: &Document) -> Self {
        let mut document = document.clone();
        // The page names other bugs, and draws the first.
        for other in &mut document.others {
            (other.steps, other.sources, other.passing) = Default::default();
        }
        let mut undrawn = None;
        if let Some(finding) = &mut document.counterexample {
            let operations = finding.operations().count();
            if operations > STEPS {
                undrawn = Some(operations);
                (finding.steps, finding.sources, finding.passing) = Default::default();
            }
            finding.passing = finding.passing.take().filter(|passing| passing.steps.len() <= 2 * STEPS);
        }
        let all = document.outcomes.len();
        let schedules: BTreeMap<_, _> = document.samples.iter().map(|s| (&s.outcome, &s.schedule)).collect();
        let mut room = OUTCOMES;
        document.outcomes.retain(|seen| {
            let size = seen.outcome.len() + schedules.get(&seen.outcome).map_or(0, |schedule| schedule.len());
            let fits = size <= OUTCOME.min(room);
            room -= if fits { size } else { 0 };
            fits
        });
        let seen: BTreeSet<_> = document.outcomes.iter().map(|seen| seen.outcome.clone()).collect();
        document.samples.retain(|sample| seen.contains(&sample.outcome));
        let unseen = all - document.outcomes.len();
        Abridged { document, undrawn, unseen }
    }
}
