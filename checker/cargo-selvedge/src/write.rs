//! Where renderings go.

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use clap::Args;

use crate::{Document, github, html, junit, sarif};

/// What to make of reports, and where to put it.
#[derive(Clone, Debug, Default, Args)]
pub struct Outputs {
    /// A page for each report, in this folder
    #[arg(long, value_name = "FOLDER")]
    pub html: Option<PathBuf>,
    /// JUnit's XML, in this file
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// SARIF 2.1.0, in this file
    #[arg(long, value_name = "FILE")]
    pub sarif: Option<PathBuf>,
    /// Annotations of a GitHub workflow on standard output, and its summary where GITHUB_STEP_SUMMARY says
    #[arg(long)]
    pub github: bool,
}

/// A rendering that could not be written.
#[derive(Debug)]
pub struct WriteError {
    path: PathBuf,
    error: io::Error,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.error)
    }
}

impl std::error::Error for WriteError {}

impl Outputs {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        let Outputs { html, junit, sarif, github } = self;
        html.is_none() && junit.is_none() && sarif.is_none() && !github
    }

    /// Writes what is asked for of `documents`, and returns the files.
    ///
    /// # Errors
    ///
    /// Where a file cannot be written; those before it are.
    pub fn write(&self, suite: &str, documents: &[Document]) -> Result<Vec<PathBuf>, WriteError> {
        let mut written = Vec::new();
        if let Some(folder) = &self.html {
            for document in documents {
                let path = folder.join(file_name(&document.name)).with_extension("html");
                write(&path, &html::render(document))?;
                written.push(path);
            }
        }
        if let Some(path) = &self.junit {
            write(path, &junit::render(suite, documents))?;
            written.push(path.clone());
        }
        if let Some(path) = &self.sarif {
            write(path, &sarif::render(documents))?;
            written.push(path.clone());
        }
        if self.github {
            anstream::print!("{}", github::annotations(documents));
            if let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").map(PathBuf::from) {
                let before = fs::read_to_string(&path).unwrap_or_default();
                write(&path, &(before + &github::summary(documents)))?;
            }
        }
        Ok(written)
    }
}

/// A name that any file system takes.
fn file_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' };
    name.replace("::", "-").chars().map(plain).collect()
}

fn write(path: &Path, text: &str) -> Result<(), WriteError> {
    let done = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)
    };
    done().map_err(|error| WriteError { path: path.to_owned(), error })
}
