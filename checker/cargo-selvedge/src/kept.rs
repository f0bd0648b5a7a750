//! The reports that a run keeps in a folder.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::{Document, ReadError};

/// Takes away what an earlier run has left: it would be taken for this one's.
///
/// # Errors
///
/// Where the folder is not there, or what is in it cannot be removed.
pub fn empty(folder: &Path) -> io::Result<()> {
    for extension in ["json", "seconds"] {
        for old in with_extension(folder, extension)? {
            fs::remove_file(old)?;
        }
    }
    Ok(())
}

/// The files of the reports, in the order of their names. Others are beside them: how long each took.
///
/// # Errors
///
/// Where the folder cannot be read.
pub fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    with_extension(folder, "json")
}

/// Reads reports.
///
/// # Errors
///
/// Where one is none.
pub fn read(files: &[PathBuf]) -> Result<Vec<Document>, ReadError> {
    files.iter().map(|file| Document::read(file)).collect()
}

fn with_extension(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path()));
    let mut files: Vec<_> = entries.collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|e| e == extension));
    files.sort();
    Ok(files)
}
