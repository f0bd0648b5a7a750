//! Explorations that several processes share, and the sum of what they found.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Write};

use super::{Limit, Report, Verdict, WorkItem};

/// Which part of which exploration a report is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// What the model was [called](crate::Checker::name).
    pub model: String,
    /// The number of the shard, from 1.
    pub number: usize,
    /// How many shards there are.
    pub of: usize,
    /// The settings that decide which executions there are, and the version of this crate.
    pub settings: String,
    /// A digest of how the exploration was taken apart: of the model's first executions, with the lines and columns of what
    /// they do.
    pub split: u64,
}

/// What is to be explored.
#[derive(Clone, Default)]
pub(crate) enum Share {
    #[default]
    Whole,
    Shard {
        number: usize,
        of: usize,
    },
    Item(WorkItem),
}

/// All shards of one exploration. See [`Checker::shard`](crate::Checker::shard).
#[derive(Debug)]
pub struct Shards;

/// Why reports are not the shards of one exploration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SumError {
    /// There are no reports.
    Empty,
    /// The report at this place, from 0, is not of a shard.
    Whole {
        /// The place.
        report: usize,
    },
    /// A shard is of another exploration than the first that was given.
    Foreign {
        /// The number of the shard that differs.
        shard: usize,
        /// In what it differs.
        difference: Difference,
    },
    /// These shards were given more than once, even though the reports may be the same.
    Repeated(Vec<usize>),
    /// These shards were not given.
    Missing(Vec<usize>),
}

/// In what shards of different explorations differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Difference {
    /// The name of the model.
    Model,
    /// How many shards there are.
    Of,
    /// The settings, or the version of this crate.
    Settings,
    /// How the exploration was taken apart: the program was another, or its
    /// [exploration began again](crate::Checker::on_behaviour) in this shard and in the other not. A model for which the
    /// latter happens asks for the number of handles of an `Arc` where it begins: then every shard does it alike.
    Split,
}

impl fmt::Display for SumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |shards: &[usize]| shards.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        match self {
            SumError::Empty => f.write_str("there are no shards to sum"),
            SumError::Whole { report } => write!(f, "report {report}, from 0, is not of a shard"),
            SumError::Foreign { shard, difference } => {
                write!(f, "shard {shard} is of another exploration: {difference} differs")
            }
            SumError::Repeated(shards) => write!(f, "given more than once: shard {}", list(shards)),
            SumError::Missing(shards) => write!(f, "missing: shard {}", list(shards)),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Difference::Model => "the model's name",
            Difference::Of => "the number of shards",
            Difference::Settings => "a setting or the version of the checker",
            Difference::Split => "how it was taken apart, so the program or what it did",
        })
    }
}

impl std::error::Error for SumError {}

impl Shards {
    /// The report of the whole exploration of which these are the shards, in any order.
    ///
    /// It is [verified](Verdict::Verified) when every shard is there and was explored completely. Where shards failed it
    /// has failed, as the first of them by number did, and the counts are of what they explored: an unshared exploration
    /// may meet another failure first. Where shards reached a limit it is incomplete for the first one's reason.
    ///
    /// # Errors
    ///
    /// When the reports are not the shards of one exploration, each once.
    pub fn sum(reports: impl IntoIterator<Item = Report>) -> Result<Report, SumError> {
        let mut shards = Vec::new();
        for (report, mut of) in reports.into_iter().enumerate() {
            let shard = of.shard.take().ok_or(SumError::Whole { report })?;
            shards.push((shard, of));
        }
        let Some((first, _)) = shards.first().cloned() else { return Err(SumError::Empty) };
        for (shard, _) in &shards {
            if let Some(difference) = first.differs_from(shard) {
                return Err(SumError::Foreign { shard: shard.number, difference });
            }
        }
        let given = |number: &usize| shards.iter().filter(|(s, _)| s.number == *number).count();
        let repeated: Vec<_> = (1..=first.of).filter(|number| given(number) > 1).collect();
        if !repeated.is_empty() {
            return Err(SumError::Repeated(repeated));
        }
        let missing: Vec<_> = (1..=first.of).filter(|number| given(number) == 0).collect();
        if !missing.is_empty() {
            return Err(SumError::Missing(missing));
        }
        shards.sort_by_key(|(shard, _)| shard.number);
        let mut reports = shards.into_iter().map(|(_, report)| report);
        let mut sum = reports.next().expect("there is a first shard");
        sum.verdict = sum.verdict.of_all();
        for report in reports {
            sum.add(report);
        }
        Ok(sum)
    }
}

impl Shard {
    fn differs_from(&self, other: &Shard) -> Option<Difference> {
        let Shard { model, number: _, of, settings, split } = self;
        let differences = [
            (*model != other.model, Difference::Model),
            (*of != other.of, Difference::Of),
            (*settings != other.settings, Difference::Settings),
            (*split != other.split, Difference::Split),
        ];
        differences.into_iter().find_map(|(differs, difference)| differs.then_some(difference))
    }
}

impl Verdict {
    /// What a shard's verdict says once all the others are there.
    fn of_all(self) -> Verdict {
        match self {
            Verdict::Incomplete(Limit::Shard { .. }) => Verdict::Verified,
            other => other,
        }
    }
}

impl Report {
    fn add(&mut self, next: Report) {
        self.verdict = match (std::mem::replace(&mut self.verdict, Verdict::Verified), next.verdict.of_all())
        {
            (failed @ Verdict::Failed(_), _) => failed,
            (_, failed @ Verdict::Failed(_)) => failed,
            // One shard in which threads share something is enough.
            (Verdict::Incomplete(Limit::NothingShared), Verdict::Verified)
            | (Verdict::Verified, Verdict::Incomplete(Limit::NothingShared)) => Verdict::Verified,
            (incomplete @ Verdict::Incomplete(_), _) => incomplete,
            (Verdict::Verified, other) => other,
        };
        if self.counterexample.is_none() {
            self.counterexample = next.counterexample;
        }
        self.symmetric |= next.symmetric;
        for (outcome, schedule) in next.samples {
            self.samples.entry(outcome).or_insert(schedule);
        }
        self.size.see(next.size);
        self.executions += next.executions;
        self.blocked += next.blocked;
        add_counts(&mut self.outcomes, next.outcomes);
        add_counts(&mut self.abandoned, next.abandoned);
        add_counts(&mut self.failures, next.failures);
        self.elapsed += next.elapsed;
    }
}

/// Adds what was counted elsewhere.
pub(crate) fn add_counts(counts: &mut BTreeMap<String, u64>, others: BTreeMap<String, u64>) {
    for (what, executions) in others {
        *counts.entry(what).or_default() += executions;
    }
}

/// A digest that is the same on every machine: FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo), 64 bits, of what is written.
pub(crate) struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Digest(0xcbf2_9ce4_8422_2325)
    }
}

impl Write for Digest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Ok(())
    }
}

impl Digest {
    pub(crate) fn add(&mut self, what: &impl Debug) {
        write!(self, "{what:?};").expect("nothing that is digested refuses to be written");
    }

    pub(crate) fn value(&self) -> u64 {
        self.0
    }
}
