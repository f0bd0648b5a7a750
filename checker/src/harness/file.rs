//! Reports as text, to be carried from one process to another.
//!
//! A line is a word and what it means; texts are in quotes, with escapes as Rust has them. The first line names the
//! format and its version; the last has a digest of all before it, so that half a file is no report.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use super::{Digest, Failure, FailureKind, Limit, Report, Sample, Scope, Shard, Size, Verdict};
use crate::engine::Schedule;
use crate::trace::Place;

const FORMAT: &str = "selvedge-report 1";

/// Why a text is not a report.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoadError {
    /// The file cannot be read.
    Io(std::io::Error),
    /// The text is something else, or a report of another version of the format.
    Format,
    /// The text is not whole or was changed.
    Damaged,
    /// This line, from 1, is not understood.
    Line(usize),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Io(error) => write!(f, "the report cannot be read: {error}"),
            LoadError::Format => write!(f, "not a report: the first line is not `{FORMAT}`"),
            LoadError::Damaged => f.write_str("the report is not whole, or was changed"),
            LoadError::Line(line) => write!(f, "line {line} of the report is not understood"),
        }
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LoadError::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl Report {
    /// Writes the report to a file for [`Report::load`], all but the steps of its
    /// [counterexample](Report::counterexample) and its [orderings](Report::orderings). The file has its name only when it is whole.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> std::io::Result<()> {
        let path = path.as_ref();
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(".unfinished");
        std::fs::write(&unfinished, self.to_text())?;
        std::fs::rename(&unfinished, path)
    }

    /// Reads what [`Report::save`] wrote.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not whole, or is something else.
    pub fn load(path: impl AsRef<Path>) -> Result<Report, LoadError> {
        std::fs::read_to_string(path).map_err(LoadError::Io)?.parse()
    }

    /// The report as [`Report::save`] writes it; [`str::parse`] reads it.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        self.write_to(&mut text).expect("a string takes any text");
        let mut digest = Digest::default();
        digest.add(&text);
        writeln!(text, "end {:016x}", digest.value()).expect("a string takes any text");
        text
    }

    fn write_to(&self, text: &mut String) -> fmt::Result {
        let Report {
            engine,
            verdict,
            executions,
            blocked,
            outcomes,
            abandoned,
            failures,
            counterexample: _,
            others: _,
            passing: _,
            elapsed,
            shard,
            symmetric,
            sampled,
            orderings: _,
            samples,
            size: Size { threads, events },
            scope,
        } = self;
        writeln!(text, "{FORMAT}")?;
        if let Some(Shard { model, number, of, settings, split }) = shard {
            writeln!(text, "model {model:?}")?;
            writeln!(text, "shard {number} {of}")?;
            writeln!(text, "settings {settings:?}")?;
            writeln!(text, "split {split:016x}")?;
        }
        writeln!(text, "engine {engine:?}")?;
        match verdict {
            Verdict::Verified => writeln!(text, "verified")?,
            Verdict::Failed(Failure { kind, message, thread, place }) => {
                writeln!(text, "failed {:?}", kind.to_string())?;
                writeln!(text, "message {message:?}")?;
                if let Some(thread) = thread {
                    writeln!(text, "thread {thread:?}")?;
                }
                place.map_or(Ok(()), |place| write_place(text, place))?;
            }
            Verdict::Incomplete(limit) => match limit {
                Limit::Executions(n) => writeln!(text, "incomplete executions {n}")?,
                Limit::Duration(d) => writeln!(text, "incomplete nanoseconds {}", d.as_nanos())?,
                Limit::Preemptions(k) => writeln!(text, "incomplete preemptions {k}")?,
                Limit::Sampled(_) => writeln!(text, "incomplete samples 1")?,
                Limit::Stopped => writeln!(text, "incomplete stops 1")?,
                Limit::Steps(n) => writeln!(text, "incomplete steps {n}")?,
                Limit::Loop { steps, place } => {
                    writeln!(text, "incomplete loop {steps}")?;
                    write_place(text, *place)?;
                }
                Limit::Unclear { place } => {
                    writeln!(text, "incomplete unclear 1")?;
                    write_place(text, *place)?;
                }
                Limit::Growing { events, place } => {
                    writeln!(text, "incomplete growing {events}")?;
                    write_place(text, *place)?;
                }
                Limit::Replay => writeln!(text, "incomplete replays 1")?,
                Limit::RealThreads => writeln!(text, "incomplete real-threads 1")?,
                Limit::NothingShared => writeln!(text, "incomplete nothing-shared 1")?,
                Limit::Shard { .. } => writeln!(text, "incomplete shards 1")?,
            },
        }
        if let Some(Sample { seed, executions, behaviours, seen_once }) = sampled {
            writeln!(text, "sample {seed} {executions} {behaviours} {seen_once}")?;
        }
        writeln!(text, "symmetric {}", u64::from(*symmetric))?;
        writeln!(text, "executions {executions}")?;
        writeln!(text, "blocked {blocked}")?;
        writeln!(text, "nanoseconds {}", elapsed.as_nanos())?;
        writeln!(text, "size {threads} {events}")?;
        writeln!(text, "scope {}", scope.words())?;
        samples.iter().try_for_each(|(outcome, schedule)| writeln!(text, "shows {schedule} {outcome:?}"))?;
        abandoned.iter().try_for_each(|(held, n)| writeln!(text, "abandoned {n} {held:?}"))?;
        failures.iter().try_for_each(|(way, n)| writeln!(text, "failure {n} {way:?}"))?;
        outcomes.iter().try_for_each(|(outcome, n)| writeln!(text, "outcome {n} {outcome:?}"))
    }
}

fn write_place(text: &mut impl fmt::Write, Place { file, line, column }: Place) -> fmt::Result {
    writeln!(text, "line {line}")?;
    writeln!(text, "column {column}")?;
    writeln!(text, "file {file:?}")
}

impl FromStr for Report {
    type Err = LoadError;

    fn from_str(text: &str) -> Result<Report, LoadError> {
        if text.lines().next() != Some(FORMAT) {
            return Err(LoadError::Format);
        }
        let (body, end) = text.rsplit_once("end ").ok_or(LoadError::Damaged)?;
        let mut digest = Digest::default();
        digest.add(&body);
        if end.strip_suffix('\n') != Some(&format!("{:016x}", digest.value())) {
            return Err(LoadError::Damaged);
        }
        let mut fields = Fields::default();
        for (n, line) in body.lines().enumerate().skip(1) {
            fields.read(line).ok_or(LoadError::Line(n + 1))?;
        }
        fields.report().ok_or(LoadError::Damaged)
    }
}

/// What the lines said, by their words.
#[derive(Default)]
struct Fields {
    texts: BTreeMap<&'static str, String>,
    numbers: BTreeMap<&'static str, u64>,
    shard: Option<(usize, usize)>,
    verdict: Option<&'static str>,
    limit: Option<(&'static str, u64)>,
    sampled: Option<Sample>,
    outcomes: BTreeMap<String, u64>,
    abandoned: BTreeMap<String, u64>,
    failures: BTreeMap<String, u64>,
    samples: BTreeMap<String, Schedule>,
    size: Size,
    scope: Scope,
}

const TEXTS: [&str; 7] = ["model", "settings", "engine", "failed", "message", "thread", "file"];
const NUMBERS: [&str; 6] = ["executions", "blocked", "nanoseconds", "line", "column", "symmetric"];
const LIMITS: [&str; 12] = [
    "executions",
    "nanoseconds",
    "preemptions",
    "samples",
    "stops",
    "steps",
    "loop",
    "unclear",
    "replays",
    "real-threads",
    "nothing-shared",
    "shards",
];

/// The kinds of failure that are read.
const KINDS: [FailureKind; 12] = [
    FailureKind::Panic,
    FailureKind::Deadlock,
    FailureKind::Livelock,
    FailureKind::DataRace,
    FailureKind::UseAfterFree,
    FailureKind::DoubleFree,
    FailureKind::Leak,
    FailureKind::NotLinearizable,
    FailureKind::Nondeterminism,
    FailureKind::Asymmetry,
    FailureKind::ModelLimit,
    FailureKind::Schedule,
];

fn among(word: &str, words: &'static [&'static str]) -> Option<&'static str> {
    words.iter().copied().find(|w| *w == word)
}

impl Fields {
    fn read(&mut self, line: &str) -> Option<()> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if let Some(word) = among(word, &TEXTS) {
            self.texts.insert(word, unquoted(rest)?);
        } else if let Some(word) = among(word, &NUMBERS) {
            self.numbers.insert(word, rest.parse().ok()?);
        } else {
            match word {
                "split" => drop(self.numbers.insert("split", u64::from_str_radix(rest, 16).ok()?)),
                "shard" => {
                    let (number, of) = rest.split_once(' ')?;
                    self.shard = Some((number.parse().ok()?, of.parse().ok()?));
                }
                "outcome" | "abandoned" | "failure" => {
                    let (executions, seen) = rest.split_once(' ')?;
                    let all = match word {
                        "outcome" => &mut self.outcomes,
                        "abandoned" => &mut self.abandoned,
                        _ => &mut self.failures,
                    };
                    all.insert(unquoted(seen)?, executions.parse().ok()?);
                }
                "sample" => {
                    let mut numbers = rest.split(' ').map(|number| number.parse().ok());
                    let mut number = || numbers.next().flatten();
                    self.sampled = Some(Sample {
                        seed: number()?,
                        executions: number()?,
                        behaviours: number()?,
                        seen_once: number()?,
                    });
                }
                "size" => {
                    let (threads, events) = rest.split_once(' ')?;
                    self.size = Size { threads: threads.parse().ok()?, events: events.parse().ok()? };
                }
                "scope" => self.scope = Scope::of_words(rest)?,
                "shows" => {
                    let (schedule, outcome) = rest.split_once(' ')?;
                    self.samples.insert(unquoted(outcome)?, schedule.parse().ok()?);
                }
                "verified" => self.verdict = Some("verified"),
                "incomplete" => {
                    let (limit, n) = rest.split_once(' ')?;
                    (self.verdict, self.limit) =
                        (Some("incomplete"), Some((among(limit, &LIMITS)?, n.parse().ok()?)));
                }
                _ => return None,
            }
        }
        Some(())
    }

    fn report(mut self) -> Option<Report> {
        let numbers = self.numbers;
        let number = |word| numbers.get(word).copied();
        let shard = match self.shard {
            None => None,
            Some((shard, of)) => Some(Shard {
                model: self.texts.remove("model")?,
                number: shard,
                of,
                settings: self.texts.remove("settings")?,
                split: number("split")?,
            }),
        };
        let place = match self.texts.remove("file") {
            None => None,
            Some(file) => Some(Place {
                // A place is a constant of the program; one of another program's has to last as long.
                file: file.leak(),
                line: number("line")?.try_into().ok()?,
                column: number("column")?.try_into().ok()?,
            }),
        };
        let verdict = match (self.verdict, self.limit) {
            (Some("verified"), _) => Verdict::Verified,
            (_, Some((limit, n))) => Verdict::Incomplete(match limit {
                "executions" => Limit::Executions(n),
                "nanoseconds" => Limit::Duration(Duration::from_nanos(n)),
                "preemptions" => Limit::Preemptions(n.try_into().ok()?),
                "samples" => Limit::Sampled(self.sampled?),
                "stops" => Limit::Stopped,
                "steps" => Limit::Steps(n.try_into().ok()?),
                "unclear" => Limit::Unclear { place: place? },
                "loop" => Limit::Loop { steps: n, place: place? },
                "growing" => Limit::Growing { events: n, place: place? },
                "replays" => Limit::Replay,
                "real-threads" => Limit::RealThreads,
                "nothing-shared" => Limit::NothingShared,
                _ => Limit::Shard { number: shard.as_ref()?.number, of: shard.as_ref()?.of },
            }),
            _ => {
                let kind = self.texts.remove("failed")?;
                Verdict::Failed(Failure {
                    kind: KINDS.into_iter().find(|k| k.to_string() == kind)?,
                    message: self.texts.remove("message")?,
                    thread: self.texts.remove("thread"),
                    place,
                })
            }
        };
        let engine = self.texts.remove("engine")?;
        Some(Report {
            engine: among(&engine, &["selvedge", "loom", "threads"])?,
            verdict,
            executions: number("executions")?,
            blocked: number("blocked")?,
            outcomes: self.outcomes,
            abandoned: self.abandoned,
            failures: self.failures,
            counterexample: None,
            elapsed: Duration::from_nanos(number("nanoseconds")?),
            shard,
            symmetric: truth(number("symmetric")?)?,
            sampled: self.sampled,
            orderings: BTreeMap::new(),
            samples: self.samples,
            size: self.size,
            scope: self.scope,
            others: Vec::new(),
            passing: None,
        })
    }
}

fn truth(number: u64) -> Option<bool> {
    match number {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// What Rust writes in quotes.
pub(super) fn unquoted(text: &str) -> Option<String> {
    let mut rest = text.strip_prefix('"')?.strip_suffix('"')?.chars();
    let mut plain = String::new();
    while let Some(c) = rest.next() {
        plain.push(match c {
            '"' => return None,
            '\\' => match rest.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '0' => '\0',
                'u' => {
                    let digits: String =
                        rest.by_ref().skip_while(|c| *c == '{').take_while(|c| *c != '}').collect();
                    char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
                }
                c @ ('\\' | '"' | '\'') => c,
                _ => return None,
            },
            c => c,
        });
    }
    Some(plain)
}
