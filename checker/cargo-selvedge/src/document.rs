//! The JSON document that `docs/report.schema.json` describes, as the in-test crate writes it.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fmt, fs, io};

use serde::{Deserialize, Serialize};

/// What a document has to say that it is.
const SCHEMA: &str = "selvedge-report-1";

/// One exploration and what it found.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Document {
    /// Which form of document this is.
    pub schema: String,
    /// What was explored: a test's name, or a model's.
    pub name: String,
    /// What explored it.
    pub engine: String,
    /// The verdict in one word.
    pub verdict: Verdict,
    /// Whether every execution was explored.
    pub complete: bool,
    /// Why not, where not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
    /// Whether primitives were taken for what their specifications say.
    #[serde(default)]
    pub specifications: bool,
    /// How many executions were explored.
    pub executions: u64,
    /// How many of them fail.
    #[serde(default)]
    pub failing: u64,
    /// How many were begun and are blocked: they are no complete executions.
    pub blocked: u64,
    /// What an observer could see.
    pub outcomes: Vec<Outcome>,
    /// The orderings that the program has, where they were recorded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub orderings: Vec<Used>,
    /// The execution that fails, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterexample: Option<Finding>,
    /// Other bugs that were met, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Finding>,
    /// An execution for each outcome, where they were asked for.
    #[serde(default)]
    pub samples: Vec<Sample>,
    /// The most threads of an execution, where all were explored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    /// The most events of an execution, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<usize>,
    /// What was not looked at, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unchecked: Option<Vec<String>>,
    /// How long it took, where a file beside the report says so: the bytes of a report are the same each time.
    #[serde(skip)]
    pub elapsed: Option<Duration>,
}

/// An execution that shows an outcome.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Sample {
    /// What was seen.
    pub outcome: String,
    /// What replays it.
    pub schedule: String,
}

/// An ordering that the program has.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Used {
    /// Where the call is.
    pub place: Place,
    /// What it is the ordering of: `load`, `success` and so on.
    pub operation: String,
    /// `Acquire` and so on.
    pub ordering: String,
}

/// The conclusion of an exploration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every execution was explored, and none failed.
    Verified,
    /// One failed.
    Failed,
    /// Not all were explored. Not a pass.
    Incomplete,
}

/// What an observer could see.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Outcome {
    /// What was seen.
    pub outcome: String,
    /// In how many executions.
    pub executions: u64,
}

/// An execution that fails.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Finding {
    /// The class of the bug.
    pub class: String,
    /// What goes wrong, in one sentence.
    pub sentence: String,
    /// From cause to failure.
    pub because: Vec<String>,
    /// The lines between which it went wrong.
    pub lines: Vec<Place>,
    /// Whether it needs weak memory, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
    /// How it failed: `panic`, `deadlock` and so on.
    pub kind: String,
    /// What was said.
    pub message: String,
    /// The thread that failed, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread: Option<String>,
    /// The place that failed, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What replays this execution alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// The names of the threads.
    pub threads: Vec<String>,
    /// Who did what, in order.
    pub steps: Vec<Step>,
    /// An execution that does not fail and goes another way as late as any that was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passing: Option<Passing>,
    /// The sources in which it happened, as far as they were to be had.
    pub sources: Vec<Excerpt>,
}

/// An execution that does not fail, beside one that does.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Passing {
    /// The number of the first step that is another.
    pub parts_from: usize,
    /// What replays it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// The names of the threads.
    pub threads: Vec<String>,
    /// Who did what, in order.
    pub steps: Vec<Step>,
}

/// Whether a failure needs weak memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Memory {
    /// It does not.
    Any,
    /// It does.
    Weak,
    /// Among the executions without it that were looked at none fails; there are more.
    WeakSoFar,
}

impl Memory {
    /// What a reader is told.
    pub fn sentence(self) -> &'static str {
        match self {
            Memory::Any => "It also fails under sequential consistency.",
            Memory::Weak => "It fails only under weak memory.",
            Memory::WeakSoFar => {
                "Without weak memory it was not seen to fail, but not all executions were looked at."
            }
        }
    }
}

/// One operation of one thread.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Step {
    /// The number of an operation; an access that an operation is made of has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<usize>,
    /// The thread, by its place among the names.
    pub thread: usize,
    /// What it is done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<usize>,
    /// The operation's name.
    pub operation: String,
    /// The operation with the name of its object.
    pub call: String,
    /// What became of it.
    pub result: String,
    /// What it means: `takes`, `gives`, `waits`, `notifies`, `misses`, `reads`, `writes`, `updates`, `other`.
    pub effect: String,
    /// Where it was called.
    pub place: Place,
    /// The number of the operation whose write it sees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sees: Option<usize>,
    /// Whether that write does not happen before it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unordered: bool,
    /// The numbers of the operations of other threads that happen before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<usize>,
    /// Whether the thread of the operation before could have gone on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub preempts: bool,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A place in a source.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Place {
    /// The file, as the compiler was given it.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1.
    pub column: u32,
}

/// Lines of a source.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Excerpt {
    /// The file, as the compiler was given it.
    pub file: String,
    /// Lines of it, in order.
    pub lines: Vec<SourceLine>,
}

/// A line of a source.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct SourceLine {
    /// From 1.
    pub number: u32,
    /// Without its end.
    pub text: String,
}

/// Why a document could not be read.
#[derive(Debug)]
pub enum ReadError {
    /// The file cannot be read.
    File(PathBuf, io::Error),
    /// It is no document of this kind.
    Form(PathBuf, serde_json::Error),
    /// It is a document of another version.
    Schema(PathBuf, String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::File(path, error) => write!(f, "{}: {error}", path.display()),
            ReadError::Form(path, error) => write!(f, "{}: no report: {error}", path.display()),
            ReadError::Schema(path, found) => {
                write!(f, "{}: a report of the form `{found}`, where `{SCHEMA}` is read", path.display())
            }
        }
    }
}

impl std::error::Error for ReadError {}

impl Document {
    /// Reads a document from a file.
    ///
    /// # Errors
    ///
    /// Where there is no file, or no document of this form in it.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let text = fs::read_to_string(path).map_err(|error| ReadError::File(path.to_owned(), error))?;
        let seconds = fs::read_to_string(path.with_extension("seconds")).ok();
        let seconds = seconds.and_then(|text| text.trim().parse().ok());
        let elapsed = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Ok(Document { elapsed, ..Self::parse(&text, path)? })
    }

    /// Reads a document from its text; `path` is what errors call it.
    ///
    /// # Errors
    ///
    /// Where it is no document of this form.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ReadError> {
        let document: Document =
            serde_json::from_str(text).map_err(|error| ReadError::Form(path.to_owned(), error))?;
        if document.schema == SCHEMA {
            Ok(document)
        } else {
            Err(ReadError::Schema(path.to_owned(), document.schema))
        }
    }

    /// The verdict with what a reader needs to believe it.
    pub fn headline(&self) -> String {
        match (self.verdict, &self.counterexample) {
            (Verdict::Verified, _) => "complete: no execution fails".to_owned(),
            (Verdict::Failed, Some(finding)) => format!("{}: {}", finding.class, finding.sentence),
            (Verdict::Failed, None) => "an execution fails".to_owned(),
            (Verdict::Incomplete, _) => self.limit.clone().unwrap_or_else(|| "not all explored".to_owned()),
        }
    }

    /// `5 executions in 0.01 s`, as far as that is known.
    pub fn counts(&self) -> String {
        let plural = if self.executions == 1 { "" } else { "s" };
        let time = self.elapsed.map_or(String::new(), |time| format!(" in {:.2} s", time.as_secs_f64()));
        format!("{} execution{plural}{time}", crate::html::thousands(self.executions))
    }

    /// All bugs that were met.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.counterexample.iter().chain(&self.others)
    }

    /// `PASS`, `FAIL` or `INCOMPLETE`.
    pub fn word(&self) -> &'static str {
        match self.verdict {
            Verdict::Verified => "PASS",
            Verdict::Failed => "FAIL",
            Verdict::Incomplete => "INCOMPLETE",
        }
    }
}

impl Finding {
    /// The operations: the steps that have numbers.
    pub fn operations(&self) -> impl Iterator<Item = (usize, &Step)> {
        self.steps.iter().filter_map(|step| Some((step.number?, step)))
    }
}

impl Step {
    /// The call and what became of it.
    pub fn text(&self) -> String {
        if self.result.is_empty() { self.call.clone() } else { format!("{} → {}", self.call, self.result) }
    }
}

/// As the environment variable `SELVEDGE_WEAKEN` takes it.
impl fmt::Display for Used {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Used { place, operation, ordering } = self;
        write!(f, "{place}:{} {operation}={ordering}", place.column)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
