//! The learner's folder: the programs that are being mended, and what is done.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use selvedge_exercises::description::Exercise;

use crate::Trouble;

/// Where the learner works.
pub(crate) struct Folder {
    root: PathBuf,
    progress: BTreeMap<String, Progress>,
}

/// How far an exercise is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) mended: bool,
    /// How many hints were given.
    pub(crate) hints: usize,
}

impl Folder {
    /// Opens the folder, and makes it if it is not there.
    pub(crate) fn open(root: Option<PathBuf>) -> Result<Self, Trouble> {
        let root = root.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("work"));
        fs::create_dir_all(&root).map_err(|error| Trouble::file("make", &root, &error))?;
        let root = root.canonicalize().map_err(|error| Trouble::file("read", &root, &error))?;
        let file = root.join(PROGRESS);
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Trouble::file("read", &file, &error)),
        };
        Ok(Folder { progress: parse(&text), root })
    }

    pub(crate) fn progress(&self, exercise: &Exercise) -> Progress {
        self.progress.get(&exercise.name).copied().unwrap_or_default()
    }

    /// Changes how far an exercise is, and writes it down.
    pub(crate) fn set(&mut self, exercise: &Exercise, progress: Progress) -> Result<(), Trouble> {
        if self.progress(exercise) == progress {
            return Ok(());
        }
        self.progress.insert(exercise.name.clone(), progress);
        // In one step: a learner may stop the command at any time.
        let (file, whole) = (self.root.join(PROGRESS), self.root.join(".progress.written"));
        let written = fs::write(&whole, text(&self.progress)).and_then(|()| fs::rename(&whole, &file));
        written.map_err(|error| Trouble::file("write", &file, &error))
    }

    /// The learner's program; as it is at the beginning if there is none.
    pub(crate) fn program(&self, exercise: &Exercise) -> Result<PathBuf, Trouble> {
        let file = self.root.join(format!("{}.rs", exercise.name));
        if !file.exists() {
            self.reset(exercise)?;
        }
        Ok(file)
    }

    /// Puts the program back as it is at the beginning.
    pub(crate) fn reset(&self, exercise: &Exercise) -> Result<(), Trouble> {
        let file = self.root.join(format!("{}.rs", exercise.name));
        let copied = fs::copy(exercise.file("start"), &file);
        copied.map(drop).map_err(|error| Trouble::file("write", &file, &error))
    }

    /// Where an exercise is built.
    pub(crate) fn build(&self, exercise: &Exercise) -> Result<PathBuf, Trouble> {
        let folder = self.root.join(".build").join(&exercise.name);
        fs::create_dir_all(&folder).map_err(|error| Trouble::file("make", &folder, &error))?;
        Ok(folder)
    }
}

const PROGRESS: &str = ".progress";

/// A line for each exercise: its name, `mended` or `open`, and how many hints were given.
fn text(progress: &BTreeMap<String, Progress>) -> String {
    let line = |(name, Progress { mended, hints }): (&String, &Progress)| {
        format!("{name} {} {hints}\n", if *mended { "mended" } else { "open" })
    };
    progress.iter().map(line).collect()
}

/// Lines that are none of ours are left out: a learner may have edited the file.
fn parse(text: &str) -> BTreeMap<String, Progress> {
    let parse = |line: &str| {
        let [name, state, hints] = line.split_whitespace().collect::<Vec<_>>().try_into().ok()?;
        Some((name.to_owned(), Progress { mended: state == "mended", hints: hints.parse().ok()? }))
    };
    text.lines().filter_map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let progress = BTreeMap::from([
            ("a".to_owned(), Progress { mended: true, hints: 0 }),
            ("b".to_owned(), Progress { mended: false, hints: 2 }),
        ]);
        assert_eq!(text(&progress), "a mended 0\nb open 2\n");
        assert_eq!(parse(&text(&progress)), progress);
    }

    #[test]
    fn a_line_that_is_none_is_left_out() {
        assert_eq!(parse("a mended\n\nb mended 0\n").len(), 1);
    }
}
