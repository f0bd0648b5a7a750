//! The list of models, and what is on record about each.

use std::time::Duration;

use selvedge::report::Sources;
use selvedge::{Checker, FailureKind, Limit, Progress, Report, Verdict};

use crate::{conditions, events, locks, queues};

/// One example of the documents.
#[derive(Debug)]
pub struct Model {
    /// The short name that the command takes.
    pub id: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// What the document says or lets a reader believe.
    pub claim: &'static str,
    /// The program as printed, repaired, and with mutants.
    pub variants: &'static [Variant],
}

/// One version of an example's program.
#[derive(Debug)]
pub struct Variant {
    /// `as-printed`, `repaired` or `mutant-` and what was broken.
    pub name: &'static str,
    /// One sentence: what this version does differently, or what is found.
    pub note: &'static str,
    /// The program.
    pub program: fn(),
    /// The preemptions up to which loom explores it, which cannot finish it, where loom gives the second opinion.
    pub loom_preemptions: usize,
    /// The verdict on record.
    pub expected: Expected,
}

/// The verdict on record, against which a run is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// No execution fails.
    Holds,
    /// Some execution fails, in one of these ways: which one is met first is the engine's affair.
    Fails(&'static [FailureKind]),
}

/// Every model, in the documents' order.
pub const MODELS: &[Model] = &[
    events::GATE_COLLECTOR,
    locks::LOCKER_WORKER,
    conditions::CONSUMERS,
    conditions::PREDICATE_LOOP,
    queues::PRODUCER_CONSUMER,
];

/// The model with this id; case does not matter.
pub fn find(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|m| m.id.eq_ignore_ascii_case(id))
}

/// The ids that are most like one that does not exist, best first.
pub fn closest(id: &str) -> Vec<&'static str> {
    let distance = |m: &&Model| {
        let (given, id, title) = (id.to_lowercase(), m.id.to_lowercase(), m.title.to_lowercase());
        strsim::damerau_levenshtein(&given, &id).min(strsim::damerau_levenshtein(&given, &title))
    };
    let mut models: Vec<_> = MODELS.iter().collect();
    models.sort_by_key(distance);
    models.into_iter().take(3).map(|m| m.id).collect()
}

impl Model {
    /// The variant with this name.
    pub fn variant(&self, name: &str) -> Option<&'static Variant> {
        self.variants.iter().find(|v| v.name == name)
    }
}

impl Variant {
    /// Explores the program: completely, over the specification of the lock; on loom, as far as it gets.
    pub fn explore(&self) -> Report {
        self.checker().run(self.program)
    }

    /// As [`Variant::explore`], telling `progress` how far it has come.
    pub fn explore_with(&self, progress: impl Fn(Progress) + Send + Sync + 'static) -> Report {
        self.checker().on_progress(progress).run(self.program)
    }

    fn checker(&self) -> Checker {
        if cfg!(feature = "upstream-loom") {
            Checker::new().preemption_bound(self.loom_preemptions)
        } else {
            Checker::new().specifications()
        }
    }

    /// Whether the report says what is on record.
    pub fn agrees(&self, report: &Report) -> bool {
        match (self.expected, report.verdict()) {
            (Expected::Fails(kinds), Verdict::Failed(failure)) => kinds.contains(&failure.kind),
            (Expected::Holds, Verdict::Verified) => true,
            (Expected::Holds, Verdict::Incomplete(Limit::Preemptions(_))) => report.engine() == "loom",
            _ => false,
        }
    }
}

/// The models' own source texts, so that a report can call things what the program calls them wherever it runs.
pub fn sources() -> Sources {
    let mut sources = Sources::default();
    for (file, text) in [
        ("models/src/conditions.rs", include_str!("conditions.rs")),
        ("models/src/events.rs", include_str!("events.rs")),
        ("models/src/locks.rs", include_str!("locks.rs")),
        ("models/src/queues.rs", include_str!("queues.rs")),
    ] {
        sources.add(file, text);
    }
    sources
}

/// A tenth of a second of the documents, at a hundred times their speed: only the order of times means anything.
pub(crate) const fn tenths(n: u64) -> Duration {
    Duration::from_millis(n)
}
