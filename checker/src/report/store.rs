//! What tests leave behind: reports for a command that renders them, and the schedules that failed, for the next run.
//!
//! A report is a JSON file for each exploration where the environment variable `SELVEDGE_REPORTS` names a folder; how long the
//! exploration took is in a file beside it, whose name ends in `seconds`. Schedules
//! are a text file for each model, a line for each of them, in the folder that
//! [`stored_schedules`](crate::Checker::stored_schedules) or `SELVEDGE_SCHEDULES` names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::{env, fs, io, thread};

use super::{Sources, Story, json};
use crate::engine::Schedule;
use crate::harness::{FailureKind, Report, Settings, Share, Verdict};

/// How many explorations of each name there have been in this process.
static NAMES: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());

/// What a file of schedules begins with.
const HEAD: &str = "# Schedules that failed. Each is replayed before its model is explored; keep this file with the tests.\n";

/// Who keeps what one exploration finds.
pub(crate) struct Keeper {
    name: String,
    reports: Option<PathBuf>,
    schedules: Option<PathBuf>,
}

impl Keeper {
    /// For the exploration that is about to begin on this thread.
    pub(crate) fn new(settings: &Settings) -> Self {
        let folder = |variable| env::var_os(variable).map(PathBuf::from);
        let reports = folder("SELVEDGE_REPORTS");
        let schedules = settings.schedules.clone().or_else(|| folder("SELVEDGE_SCHEDULES"));
        let wanted = reports.is_some() || schedules.is_some();
        Keeper { name: if wanted { name(settings) } else { String::new() }, reports, schedules }
    }

    /// Whether reports are written, in which a reader finds more than on a terminal.
    pub(crate) fn writes_reports(&self) -> bool {
        self.reports.is_some()
    }

    /// Keeps `report`, if anybody wants it, and gives it on.
    pub(crate) fn stored(&self, report: Report) -> Report {
        if let Some(folder) = &self.reports {
            let file = self.file(folder, "json");
            let text = json(&self.name, &report, &Sources::default());
            complain("SELVEDGE_REPORTS", &file, write(&file, &text));
            // Beside the report, whose bytes are the same each time.
            let file = file.with_extension("seconds");
            let seconds = format!("{:.6}\n", report.elapsed().as_secs_f64());
            complain("SELVEDGE_REPORTS", &file, write(&file, &seconds));
        }
        report
    }

    /// What the first of the stored schedules finds that fails again.
    pub(crate) fn replayed(&self, settings: &Settings, model: Arc<dyn Fn() + Send + Sync>) -> Option<Report> {
        let folder = self.schedules.as_ref()?;
        if settings.keep_going || !matches!(settings.share, Share::Whole) {
            return None;
        }
        let file = self.file(folder, "schedules");
        stored(&file).into_iter().find_map(|schedule| {
            let report = crate::engine::replay(settings, model.clone(), &schedule);
            match report.verdict() {
                Verdict::Failed(failure) if failure.kind == FailureKind::Schedule => {
                    eprintln!("selvedge: {}: {schedule}: {}", file.display(), failure.message);
                    None
                }
                Verdict::Failed(_) => Some(report),
                Verdict::Verified | Verdict::Incomplete(_) => None,
            }
        })
    }

    /// Keeps the schedule of a report that failed, and gives the report on.
    pub(crate) fn keeping(&self, report: Report) -> Report {
        if let Some(folder) = &self.schedules
            && let Some(found) = report.counterexample()
            && let Some(schedule) = found.schedule()
        {
            let file = self.file(folder, "schedules");
            if !stored(&file).contains(schedule) {
                let Story { class, sentence, .. } = Story::of(found, &Sources::default());
                let before = fs::read_to_string(&file).unwrap_or_else(|_| HEAD.to_owned());
                let text = format!("{before}{schedule}  # {}: {sentence}\n", class.name());
                complain("stored schedules", &file, write(&file, &text));
            }
        }
        report
    }

    fn file(&self, folder: &Path, extension: &str) -> PathBuf {
        let name = self.name.replace("::", "-").replace([' ', '/', '\\'], "-");
        folder.join(format!("{name}.{extension}"))
    }
}

/// What the model is called, else the test that runs, with a number from its second exploration on.
fn name(settings: &Settings) -> String {
    if !settings.name.is_empty() {
        return settings.name.clone();
    }
    // The test harness names its threads after the tests.
    let here = thread::current();
    let name = here.name().unwrap_or("model").to_owned();
    let mut names = NAMES.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let number = names.entry(name.clone()).or_default();
    *number += 1;
    if *number == 1 { name } else { format!("{name} {number}") }
}

/// The schedules in a file; none where there is no file. A line that is no schedule is told of and left alone.
fn stored(file: &Path) -> Vec<Schedule> {
    let Ok(text) = fs::read_to_string(file) else { return Vec::new() };
    let line = |line: &str| {
        let schedule = line.split('#').next().unwrap_or_default().trim();
        let parsed = (!schedule.is_empty()).then(|| schedule.parse::<Schedule>())?;
        parsed.inspect_err(|error| eprintln!("selvedge: {}: {schedule}: {error}", file.display())).ok()
    };
    text.lines().filter_map(line).collect()
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, text)
}

fn complain(what: &str, file: &Path, written: io::Result<()>) {
    if let Err(error) = written {
        eprintln!("selvedge: {what}: {}: {error}", file.display());
    }
}
