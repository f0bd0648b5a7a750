//! What each test is known to do.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passes,
    Fails,
    /// Past the time limit.
    GoesOn,
    /// Passes, but takes so many seconds on a slow machine. Only a record says that.
    PassesWithin(u64),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Passes => f.write_str("passes"),
            Outcome::Fails => f.write_str("fails"),
            Outcome::GoesOn => f.write_str("goes-on"),
            Outcome::PassesWithin(seconds) => write!(f, "passes-within-{seconds}"),
        }
    }
}

pub(crate) struct Line {
    /// Whether its authors mark it as ignored.
    pub(crate) ignored: bool,
    pub(crate) outcome: Outcome,
    /// Why it does not pass, or not soon.
    pub(crate) reason: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.ignored { "ignored" } else { "run" };
        write!(f, "{mark} {}", self.outcome)?;
        if self.reason.is_empty() { Ok(()) } else { write!(f, "  {}", self.reason) }
    }
}

/// A line for each test, by its crate and its name.
#[derive(Default)]
pub(crate) struct Record(BTreeMap<(String, String), Line>);

/// Reads a list: crate, test, mark, outcome and reason, apart by spaces. `#` begins a comment.
pub(crate) fn parse(text: &str) -> Result<Record, String> {
    let mut record = Record::default();
    for line in text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let bad = || format!("recorded.txt: {line}");
        let mut words = line.split_whitespace();
        let mut word = || words.next().ok_or_else(bad);
        let (of, test, mark, outcome) = (word()?, word()?, word()?, word()?);
        let ignored = match mark {
            "run" => false,
            "ignored" => true,
            _ => return Err(bad()),
        };
        let outcome = match outcome.strip_prefix("passes-within-") {
            Some(seconds) => Outcome::PassesWithin(seconds.parse().map_err(|_| bad())?),
            None => {
                let outcomes = [Outcome::Passes, Outcome::Fails, Outcome::GoesOn];
                outcomes.into_iter().find(|o| o.to_string() == outcome).ok_or_else(bad)?
            }
        };
        let reason = words.collect::<Vec<_>>().join(" ");
        if (outcome != Outcome::Passes) == reason.is_empty() {
            return Err(bad());
        }
        record.insert(of.to_owned(), test.to_owned(), Line { ignored, outcome, reason });
    }
    Ok(record)
}

impl Record {
    pub(crate) fn insert(&mut self, of: String, test: String, line: Line) {
        self.0.insert((of, test), line);
    }

    /// How long a test takes at most, where that is on record.
    pub(crate) fn takes(&self, of: &str, test: &str) -> Option<Duration> {
        match self.0.get(&(of.to_owned(), test.to_owned()))?.outcome {
            Outcome::PassesWithin(seconds) => Some(Duration::from_secs(seconds)),
            Outcome::Passes | Outcome::Fails | Outcome::GoesOn => None,
        }
    }

    /// The lines of a crate.
    pub(crate) fn of(&self, name: &str) -> impl Iterator<Item = &Line> {
        self.0.iter().filter(move |((of, _), _)| of == name).map(|(_, line)| line)
    }

    /// What is ignored by its authors, or does not pass.
    pub(crate) fn exceptions(&self) -> impl Iterator<Item = (&str, &str, &Line)> {
        let all = self.0.iter().map(|((of, test), line)| (of.as_str(), test.as_str(), line));
        all.filter(|(_, _, line)| line.ignored || line.outcome != Outcome::Passes)
    }

    /// A sentence on every test that is not as recorded here. `is_wanted`: whether a test of a crate was to be run.
    pub(crate) fn differences(&self, found: &Record, is_wanted: impl Fn(&str, &str) -> bool) -> Vec<String> {
        let mut differences = Vec::new();
        for ((of, test), line) in &found.0 {
            match self.0.get(&(of.clone(), test.clone())) {
                None => differences.push(format!("not recorded: {of} {test} {line}")),
                Some(Line { ignored, outcome: Outcome::PassesWithin(_), .. })
                    if (*ignored, Outcome::Passes) == (line.ignored, line.outcome) => {}
                Some(known) if (known.ignored, known.outcome) != (line.ignored, line.outcome) => {
                    differences.push(format!("recorded as {known}, is {line}: {of} {test}"));
                }
                Some(_) => {}
            }
        }
        let gone = self.0.keys().filter(|key| is_wanted(&key.0, &key.1) && !found.0.contains_key(*key));
        differences.extend(gone.map(|(of, test)| format!("recorded, but not there: {of} {test}")));
        differences
    }
}
