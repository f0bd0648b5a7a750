//! Exploration after exploration, until all are done or somebody has seen enough.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use selvedge::{Checker, Limit, Report, Verdict};

use super::arguments::{Effort, Engine, Explore};
use super::select::Misuse;
use super::status::Status;
use super::{Exploration, Explored, MODELS, Trouble, progress};

/// What was explored of what was asked for.
#[derive(Default)]
pub(super) struct Found {
    pub(super) explored: Vec<Explored>,
    /// What was asked for and not begun.
    pub(super) left: Vec<Exploration>,
    /// Whether somebody stopped it.
    pub(super) stopped: bool,
    /// Whether less than everything was asked for of each exploration.
    limited: bool,
}

/// What a verdict says beside the one on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    AsRecorded,
    Differs,
    /// It was stopped, or bounded, before it came to a verdict.
    Open,
}

impl Found {
    pub(super) fn judge(&self, e: &Explored) -> Judgement {
        let cut_short = self.limited || self.stopped;
        match e.report.verdict() {
            Verdict::Incomplete(Limit::Shard { .. }) => Judgement::AsRecorded,
            Verdict::Incomplete(_) if cut_short => Judgement::Open,
            // A printed run may be among what was not explored.
            _ if cut_short && e.agrees_on_verdict() => Judgement::AsRecorded,
            _ if e.agrees() => Judgement::AsRecorded,
            _ => Judgement::Differs,
        }
    }

    pub(super) fn status(&self) -> Status {
        let any = |wanted| self.explored.iter().any(|e| self.judge(e) == wanted);
        match () {
            () if self.stopped => Status::Stopped,
            () if any(Judgement::Differs) => Status::Differs,
            () if any(Judgement::Open) => Status::Incomplete,
            () => Status::AsRecorded,
        }
    }

    /// Whether some explorations of an example were not asked for, so that a line for each example would hide that.
    pub(super) fn is_of_some(&self) -> bool {
        let all: usize = self.models().map(|model| Exploration::of(model).count()).sum();
        !self.stopped && self.explored.len() < all
    }

    fn models(&self) -> impl Iterator<Item = &'static super::Model> {
        MODELS.iter().filter(|m| self.explored.iter().any(|e| e.exploration.model.id == m.id))
    }
}

/// Explores what is asked for. `samples`: with an execution for each outcome.
pub(super) fn explore(asked: &Explore, samples: bool) -> Result<Found, Trouble> {
    can(&asked.effort, asked.shard.is_some())?;
    let selected = asked.select.explorations()?;
    let stop = stopped_by_ctrl_c()?;
    let bar = progress::Bar::new(selected.len());
    let mut found = Found {
        explored: Vec::new(),
        left: Vec::new(),
        stopped: false,
        limited: asked.effort.max_executions.is_some()
            || asked.effort.max_seconds.is_some()
            || asked.effort.preemptions.is_some()
            || asked.shard.is_some(),
    };
    for exploration in selected {
        if stop.load(Ordering::Relaxed) {
            found.left.push(exploration);
            continue;
        }
        let checker = asked.effort.of(&exploration).stop_when(stop.clone());
        let checker = match asked.shard {
            Some((number, of)) => checker.shard(number, of),
            None if samples => checker.sample_outcomes(),
            None => checker,
        };
        let checker = if asked.outputs.html.is_some() { checker.nearest_passing() } else { checker };
        let checker = checker.on_progress(bar.watch(exploration.to_string()));
        let report = checker.run(exploration.variant.program);
        if let Some(folder) = &asked.save {
            save(&report, &exploration, asked.shard, folder)?;
        }
        let explored = Explored::new(exploration, report);
        // While the bar is there.
        found.judge(&explored);
        found.explored.push(explored);
        bar.next();
    }
    bar.finish();
    found.stopped = stop.load(Ordering::Relaxed);
    Ok(found)
}

impl Effort {
    fn of(&self, exploration: &Exploration) -> Checker {
        let mut checker = exploration.checker().workers(self.workers).name(exploration.to_string());
        if let Some(n) = self.max_executions {
            checker = checker.max_executions(n);
        }
        if let Some(seconds) = self.max_seconds {
            checker = checker.max_duration(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
        }
        if let Some(k) = self.preemptions {
            checker = checker.preemption_bound(k);
        }
        if let Some(folder) = &self.schedules {
            checker = checker.stored_schedules(folder);
        }
        checker
    }
}

/// Whether this build can do what is asked for.
fn can(effort: &Effort, shares: bool) -> Result<(), Misuse> {
    match effort.engine {
        Some(asked) if asked != Engine::BUILT => Err(Misuse::Engine { asked }),
        _ if shares && Engine::BUILT == Engine::Loom => {
            Err(Misuse::NotOnLoom { what: "explores a model as a whole" })
        }
        _ => Ok(()),
    }
}

/// What is set by the first Ctrl-C; the second ends the process at once.
fn stopped_by_ctrl_c() -> Result<Arc<AtomicBool>, Trouble> {
    let stop = Arc::new(AtomicBool::new(false));
    let set = stop.clone();
    let handle = move || {
        if set.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    };
    ctrlc::set_handler(handle).map_err(|error| Trouble::Other(format!("Ctrl-C: {error}")))?;
    Ok(stop)
}

fn save(
    report: &Report,
    exploration: &Exploration,
    shard: Option<(usize, usize)>,
    folder: &std::path::Path,
) -> Result<(), Trouble> {
    let part = shard.map_or(String::new(), |(m, n)| format!(" {m} of {n}"));
    let file = folder.join(format!("{exploration}{part}").replace(' ', "-")).with_extension("report");
    let saved = std::fs::create_dir_all(folder).and_then(|()| report.save(&file));
    saved.map_err(|error| Trouble::Other(format!("{}: {error}", file.display())))
}
