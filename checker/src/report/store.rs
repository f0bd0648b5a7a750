//! Reports of tests, kept for a command that renders them: a JSON file for each exploration where the environment variable
//! `SELVEDGE_REPORTS` names a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{env, fs, thread};

use super::{Sources, json};
use crate::harness::Report;

/// How many explorations of each name there have been in this process.
static NAMES: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

/// Whether reports are kept.
pub(crate) fn stores() -> bool {
    env::var_os("SELVEDGE_REPORTS").is_some()
}

/// Keeps `report` under the name of the test that runs, if anybody wants it, and gives it on.
pub(crate) fn stored(report: Report) -> Report {
    if let Some(folder) = env::var_os("SELVEDGE_REPORTS").map(PathBuf::from) {
        store(&report, &folder);
    }
    report
}

fn store(report: &Report, folder: &Path) {
    // The test harness names its threads after the tests.
    let test = thread::current().name().unwrap_or("model").to_owned();
    let number = {
        let mut names = NAMES.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let number = names.entry(test.clone()).or_default();
        *number += 1;
        *number
    };
    let name = if number == 1 { test } else { format!("{test} {number}") };
    let file = folder.join(name.replace("::", "-").replace(' ', "-")).with_extension("json");
    let written =
        fs::create_dir_all(folder).and_then(|()| fs::write(&file, json(&name, report, &Sources::default())));
    if let Err(error) = written {
        eprintln!("selvedge: SELVEDGE_REPORTS: {}: {error}", file.display());
    }
}
