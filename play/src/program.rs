//! What is played.

use selvedge::report::{Sources, Story};
use selvedge::stepping::Stepper;
use selvedge::{Checker, Report, Schedule, Verdict};

/// A model to play, and what the checker knows of it.
#[derive(Debug)]
pub struct Program {
    /// What it is called: `L02 as-printed in adversarial time`.
    pub title: String,
    /// What it is about, in a sentence or two.
    pub about: String,
    /// The command that replays an execution; a schedule is its last argument.
    pub replay: String,
    /// The source texts, for names and lines.
    pub sources: Sources,
    /// What executes it.
    pub stepper: Stepper,
    /// What the checker has found.
    pub known: Known,
}

/// What the checker has found out about a model.
#[derive(Clone, Debug)]
pub enum Known {
    /// An execution fails.
    Breaks {
        /// The shortest schedule that the checker has found.
        schedule: Schedule,
        /// What goes wrong.
        sentence: String,
    },
    /// Every execution was explored, so many, and none fails.
    Holds {
        /// How many there are.
        executions: u64,
    },
    /// Not all was explored, and nothing failed of what was; why.
    Open(String),
}

impl Known {
    /// What a report says.
    pub fn of(report: &Report, sources: &Sources) -> Self {
        let found = report.counterexample().and_then(|found| Some((found, found.schedule()?)));
        match (report.verdict(), found) {
            (_, Some((found, schedule))) => {
                Known::Breaks { schedule: schedule.clone(), sentence: Story::of(found, sources).sentence }
            }
            (Verdict::Verified, _) => Known::Holds { executions: report.executions() },
            (Verdict::Failed(failure), _) => {
                Known::Open(format!("it fails, and no schedule shows how: {failure}"))
            }
            (Verdict::Incomplete(limit), _) => Known::Open(limit.to_string()),
        }
    }

    /// The shortest schedule that is known to break the model.
    pub fn shortest(&self) -> Option<&Schedule> {
        match self {
            Known::Breaks { schedule, .. } => Some(schedule),
            _ => None,
        }
    }
}

impl Program {
    /// Explores `model` as `checker` says, and makes a program of it.
    pub fn explore(
        checker: &Checker,
        model: impl Fn() + Clone + Send + Sync + 'static,
        sources: Sources,
    ) -> Self {
        let report = checker.run(model.clone());
        Program {
            title: String::new(),
            about: String::new(),
            replay: String::new(),
            known: Known::of(&report, &sources),
            stepper: Stepper::new(checker, model),
            sources,
        }
    }
}
