//! What an exploration concludes. A verdict is never kinder than what was explored.

use std::fmt;
use std::time::Duration;

use crate::trace::Place;

/// The conclusion of an exploration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// Every execution was explored and none failed.
    ///
    /// Of a loop that waits, a round that changes nothing is gone again only when something has changed that it looks at. Executions
    /// that the model drops by [`assume`](crate::assume) are not looked at: look whether any is
    /// [left](crate::Report::executions).
    Verified,
    /// An execution failed.
    Failed(Failure),
    /// The exploration stopped, or was bounded, before every execution was seen; none of those seen failed. Not a pass.
    Incomplete(Limit),
}

impl Verdict {
    /// The one word for machines: `verified`, `failed` or `incomplete`.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Verified => "verified",
            Verdict::Failed(_) => "failed",
            Verdict::Incomplete(_) => "incomplete",
        }
    }

    /// Whether every execution was explored and none failed.
    pub fn is_verified(&self) -> bool {
        matches!(self, Verdict::Verified)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Verified => f.write_str("verified"),
            Verdict::Failed(failure) => write!(f, "failed: {failure}"),
            Verdict::Incomplete(limit) => write!(f, "incomplete: {limit}"),
        }
    }
}

/// Why an execution failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The class of the failure.
    pub kind: FailureKind,
    /// What was said: the panic's message, or who waits for what.
    pub message: String,
    /// The name of the thread that failed, where it was one.
    pub thread: Option<String>,
    /// The source line that failed, where there is one.
    pub place: Option<Place>,
}

impl Failure {
    /// What two executions have in common that fail because of the same bug, as far as that can be told: the line, or where
    /// there is none the words.
    pub(crate) fn way(&self) -> String {
        match self.place {
            Some(place) => format!("{} at {place}", self.kind),
            None => format!("{}: {}", self.kind, self.message),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(thread) = &self.thread {
            write!(f, " in {thread}")?;
        }
        if let Some(place) = &self.place {
            write!(f, " at {place}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// The classes of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FailureKind {
    /// A thread panicked: an assertion of the model did not hold.
    Panic,
    /// Threads are left that wait for one another, and none can go on.
    Deadlock,
    /// Threads run forever without progress.
    Livelock,
    /// Two accesses of plain memory, one of them a write, are not ordered by happens-before.
    DataRace,
    /// An object is used after its end, or its end is not ordered after a use.
    UseAfterFree,
    /// An object ends twice.
    DoubleFree,
    /// Something was allocated and never dropped.
    Leak,
    /// The calls of a [client](crate::linearizability) are none of their specification.
    NotLinearizable,
    /// The model did something else when it ran again along the same schedule.
    Nondeterminism,
    /// Threads that the model declares [symmetric](crate::thread::symmetric) do not do the same.
    Asymmetry,
    /// The model asks for more than the engine has: the message says of what.
    ModelLimit,
    /// The model is not, or no longer, the one that the [schedule](crate::Schedule) is of which it was to replay.
    Schedule,
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FailureKind::Panic => "panic",
            FailureKind::Deadlock => "deadlock",
            FailureKind::Livelock => "livelock",
            FailureKind::DataRace => "data race",
            FailureKind::UseAfterFree => "use after free",
            FailureKind::DoubleFree => "double free",
            FailureKind::Leak => "leak",
            FailureKind::NotLinearizable => "not linearizable",
            FailureKind::Nondeterminism => "nondeterministic model",
            FailureKind::Asymmetry => "asymmetric threads",
            FailureKind::ModelLimit => "limit of the model",
            FailureKind::Schedule => "schedule",
        })
    }
}

/// What a [randomised search](crate::Checker::random) has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sample {
    /// The seed.
    pub seed: u64,
    /// How many executions were drawn and counted.
    pub executions: u64,
    /// How many behaviours they showed.
    pub behaviours: u64,
    /// How many of those were seen once.
    pub seen_once: u64,
}

impl Sample {
    /// The estimated probability that one more execution shows a behaviour that was not seen: the share of executions
    /// that are the only ones of their behaviours (I. J. Good, "The Population Frequencies of Species and the
    /// Estimation of Population Parameters", Biometrika 1953). 1 before there is an execution.
    ///
    /// It is about what this search draws: a behaviour that it hardly ever draws counts for hardly anything.
    pub fn unseen(&self) -> f64 {
        if self.executions == 0 { 1.0 } else { self.seen_once as f64 / self.executions as f64 }
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sample { seed, executions, behaviours, .. } = self;
        let unseen = self.unseen();
        write!(
            f,
            "{executions} executions drawn at random with seed {seed} show {behaviours} behaviours; one more shows another with an estimated probability of {unseen:.4}"
        )
    }
}

/// What kept an exploration from seeing every execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// [`Checker::max_executions`](crate::Checker::max_executions) was reached.
    Executions(u64),
    /// [`Checker::max_duration`](crate::Checker::max_duration) was reached.
    Duration(Duration),
    /// Only executions with at most this many preemptions were asked for; they were all explored, and there are others.
    Preemptions(usize),
    /// Executions were [drawn at random](crate::Checker::random).
    Sampled(Sample),
    /// The caller [wanted no more](crate::Checker::stop_when).
    Stopped,
    /// An execution took more than this many steps.
    Steps(usize),
    /// Threads go round here in loops that others might or might not leave while one of them is in the middle of its round:
    /// whether they go on forever is not known. Or one looks at the clock without a sleep, in virtual time.
    Unclear {
        /// Where one of them is.
        place: Place,
    },
    /// An execution took more than so many [steps](crate::Checker::max_steps), the last of them here: in a loop, most likely,
    /// that has no end and does something new in each round.
    Loop {
        /// How many.
        steps: u64,
        /// Where the last of them is.
        place: Place,
    },
    /// Executions get longer and longer: a thread may go round here any number of times before others go on or the program ends.
    Growing {
        /// How many events the last execution had.
        events: u64,
        /// The call that a thread of it made most often.
        place: Place,
    },
    /// One execution alone was replayed along a [schedule](crate::Schedule), and it did not fail.
    Replay,
    /// The model ran once on real threads: this is not the model-checking build.
    RealThreads,
    /// Two threads or more ran, and no two of them accessed one object of the checker's, an atomic, a lock, a cell or a
    /// channel, nor each of them some that is not on its own stack. What they share by std's is not seen, and no order of it is explored; where they share nothing, there is
    /// nothing to verify. That threads are begun and joined is no sharing, nor that they report
    /// [outcomes](crate::outcome).
    NothingShared,
    /// One [shard](crate::Checker::shard) was asked for; it was all explored.
    Shard {
        /// Which, from 1.
        number: usize,
        /// Of how many.
        of: usize,
    },
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::Executions(n) => write!(f, "stopped at {n} executions"),
            Limit::Duration(d) => write!(f, "stopped after {} s", d.as_secs_f64()),
            Limit::Preemptions(k) => write!(f, "bounded, at most {k} preemptions"),
            Limit::Sampled(sample) => write!(f, "{sample}"),
            Limit::Stopped => f.write_str("stopped on request"),
            Limit::Steps(n) => write!(f, "an execution takes more than {n} steps"),
            Limit::Unclear { place } => write!(
                f,
                "whether the loop at {place} ends is not known: others in such loops may see or miss what it writes and \
                 takes back in each round, or it waits for a time and does not sleep; give the loop an end \
                 (`for _ in 0..3`), sleep in it, or wait with `hint::spin_until`"
            ),
            Limit::Loop { steps, place } => write!(
                f,
                "an execution takes more than {steps} steps, the last at {place}: a loop there goes on and on, and does \
                 something new in each round; give it an end (`for _ in 0..3`), wait for the condition with \
                 `hint::spin_until`, or raise `max_steps`"
            ),
            Limit::Growing { events, place } => write!(
                f,
                "executions get longer and longer, the last has {events} events: a loop at {place} may go round any number \
                 of times before others go on or the program ends; give it an end (`for _ in 0..3`)"
            ),
            Limit::Replay => f.write_str("one execution was replayed along a schedule, and it did not fail"),
            Limit::Shard { number, of } => write!(f, "shard {number}/{of} alone"),
            Limit::NothingShared => f.write_str(
                "the model's threads share nothing that the checker sees: atomics, locks, cells, channels and statics of std are not explored; use those of selvedge in their place",
            ),
            Limit::RealThreads => {
                f.write_str("one run on real threads; explore it with RUSTFLAGS=\"--cfg loom\"")
            }
        }
    }
}
