//! How the exploration of a test went, as its process writes it down: a value a line, then what is to be shown.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use crate::Trouble;

/// The conclusion of a test's exploration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// Explored to its end.
    Verified,
    /// Nothing in it is shared by threads: it was run once.
    Sequential,
    Failed,
    /// Nothing failed, but not all was explored.
    Incomplete,
    /// It was not explored: its process ended before.
    Trouble,
}

impl Word {
    pub(crate) const ALL: [Word; 5] =
        [Word::Verified, Word::Sequential, Word::Failed, Word::Incomplete, Word::Trouble];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Word::Verified => "verified",
            Word::Sequential => "sequential",
            Word::Failed => "failed",
            Word::Incomplete => "incomplete",
            Word::Trouble => "trouble",
        }
    }
}

/// What is known of a test.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) word: Word,
    pub(crate) executions: u64,
    /// How many were explored in order before executions were drawn, where they were.
    pub(crate) explored: Option<u64>,
    pub(crate) elapsed: Duration,
    /// Why, where it is neither verified nor sequential.
    pub(crate) why: String,
    /// The report of a failure.
    pub(crate) report: String,
}

impl Outcome {
    /// A test whose process has left no result.
    pub(crate) fn of_trouble(name: &str, word: Word, why: String) -> Self {
        let (executions, elapsed, report) = (0, Duration::ZERO, String::new());
        Outcome { name: name.to_owned(), word, executions, explored: None, elapsed, why, report }
    }

    /// In the form that it is read in.
    pub(crate) fn write(&self, file: &Path) -> io::Result<()> {
        let Outcome { name, word, executions, why, report, .. } = self;
        let word = word.name();
        fs::write(
            file,
            format!("name {name}\nverdict {word}\nexecutions {executions}\nwhy {why}\n\n{report}"),
        )
    }
}

/// Reads what a process has written.
pub(crate) fn read(file: &Path) -> Result<Outcome, Trouble> {
    let text = fs::read_to_string(file)?;
    let (head, report) = text.split_once("\n\n").unwrap_or((&text, ""));
    let value = |key: &str| head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
    let number = |key: &str| value(key).and_then(|number| number.parse().ok());
    let verdict = value("verdict").unwrap_or_default();
    let word = Word::ALL.into_iter().find(|word| word.name() == verdict);
    let seconds = value("seconds").and_then(|seconds| seconds.parse().ok());
    Ok(Outcome {
        name: value("name").unwrap_or_default().to_owned(),
        word: word.ok_or_else(|| format!("{}: {verdict:?} is no verdict", file.display()))?,
        executions: number("executions").unwrap_or(0),
        explored: number("explored"),
        elapsed: seconds.map(Duration::from_secs_f64).unwrap_or_default(),
        why: value("why").unwrap_or_default().to_owned(),
        report: report.to_owned(),
    })
}

/// All results in a folder, in the order of their files' names.
pub(crate) fn read_all(folder: &Path) -> Result<Vec<Outcome>, Trouble> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    files.sort();
    files.iter().map(|file| read(file)).collect()
}
