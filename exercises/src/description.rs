//! What is written down about an exercise: `exercise.toml` in its folder, and `course.toml`, which puts them in order.

use std::path::{Path, PathBuf};
use std::{fmt, fs};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Settings;

/// All exercises, in the order in which to learn.
#[derive(Clone, Debug)]
pub struct Course {
    /// The parts, each with its exercises.
    pub parts: Vec<Part>,
}

/// Exercises that belong together.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it is about.
    pub title: String,
    /// From easy to hard.
    pub exercises: Vec<Exercise>,
}

/// An exercise and where it is.
#[derive(Clone, Debug)]
pub struct Exercise {
    /// The name of its folder.
    pub name: String,
    /// Its folder.
    pub folder: PathBuf,
    /// What is written down about it.
    pub description: Description,
}

/// `exercise.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// A short title.
    pub title: String,
    /// The class of bug that it teaches.
    pub class: String,
    /// How the program fails: a kind of failure, as `deadlock`.
    pub fails: String,
    /// The class that the report on the program names.
    pub named: String,
    /// What the program is for, what must hold, and what the learner may change.
    pub story: String,
    /// Which lock guards which data, in the mended program.
    pub guards: String,
    /// From a question to the line.
    pub hints: [String; 3],
    /// What to ask when the program is mended.
    pub why: String,
    /// The answer.
    pub answer: String,
    /// How many waits may end without a reason in an execution.
    #[serde(default)]
    pub spurious_wakeups: u32,
    /// What must stay possible.
    pub good: Vec<Good>,
    /// Mends that look right and fail.
    pub wrong: Vec<Wrong>,
    /// Mends that fail nowhere, and take away what was good.
    pub over: Vec<Over>,
    /// Mends that are right.
    pub right: Vec<Right>,
}

/// An outcome that some execution must have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Good {
    /// What `outcome` is told.
    pub outcome: String,
    /// What the learner is told when no execution has it.
    pub gone: String,
}

/// A wrong mend.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrong {
    /// The file's name without its ending.
    pub file: String,
    /// How it fails: a kind of failure.
    pub fails: String,
    /// Why it is wrong.
    pub because: String,
}

/// A mend that does too much.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Over {
    /// The file's name without its ending.
    pub file: String,
    /// The good outcome that it takes away.
    pub gone: String,
    /// Why that is too much.
    pub because: String,
}

/// A right mend.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Right {
    /// The file's name without its ending.
    pub file: String,
    /// Why it is right.
    pub because: String,
}

/// Why the exercises cannot be read.
#[derive(Debug)]
pub struct Unreadable {
    file: PathBuf,
    why: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read {}: {}", self.file.display(), self.why)
    }
}

impl std::error::Error for Unreadable {}

/// `course.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    part: Vec<PartOrder>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartOrder {
    title: String,
    exercises: Vec<String>,
}

impl Course {
    /// Reads the course of this package.
    ///
    /// # Errors
    ///
    /// When a file is missing, or is not as it has to be.
    pub fn read() -> Result<Self, Unreadable> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let order: Order = read(&root.join("course.toml"))?;
        let parts = order.part.into_iter().map(|part| {
            let exercises = part.exercises.into_iter().map(|name| Exercise::read(root, name));
            Ok(Part { title: part.title, exercises: exercises.collect::<Result<_, _>>()? })
        });
        Ok(Course { parts: parts.collect::<Result<_, _>>()? })
    }

    /// The exercises as a table of the book.
    pub fn table(&self) -> String {
        let row = |exercise: &Exercise| {
            let Description { title, class, .. } = &exercise.description;
            format!("| `{}` | {title} | [{class}](chapters/{}.md) |\n", exercise.name, exercise.chapter())
        };
        let part = |part: &Part| {
            let rows: String = part.exercises.iter().map(row).collect();
            format!("| **{}** | | |\n{rows}", part.title)
        };
        let parts: String = self.parts.iter().map(part).collect();
        format!("| exercise | title | class |\n|---|---|---|\n{parts}")
    }

    /// All exercises, in order.
    pub fn exercises(&self) -> impl Iterator<Item = &Exercise> {
        self.parts.iter().flat_map(|part| &part.exercises)
    }
}

impl Exercise {
    fn read(root: &Path, name: String) -> Result<Self, Unreadable> {
        let folder = root.join("programs").join(&name);
        let description = read(&folder.join("exercise.toml"))?;
        Ok(Exercise { name, folder, description })
    }

    /// The file of a variant, or of the check.
    pub fn file(&self, variant: &str) -> PathBuf {
        self.folder.join(format!("{variant}.rs"))
    }

    /// The chapter of the book that is about its class: the name of a file in `docs/chapters`.
    pub fn chapter(&self) -> String {
        self.description.class.to_lowercase().replace(' ', "-")
    }

    /// How it is explored.
    pub fn settings(&self) -> Settings {
        Settings { name: self.name.clone(), spurious_wakeups: self.description.spurious_wakeups }
    }
}

fn read<T: DeserializeOwned>(file: &Path) -> Result<T, Unreadable> {
    let unreadable = |why: String| Unreadable { file: file.to_owned(), why };
    let text = fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
    toml::from_str(&text).map_err(|error| unreadable(error.to_string()))
}
