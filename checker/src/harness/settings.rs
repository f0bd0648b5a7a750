//! What a builder has collected.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::{Progress, Share};
use crate::audit::Weakening;
use crate::engine::Memory;
use crate::engine::{Behaviour, Judge, Learnt, Ledger, MemoryModel, Schedule, Time};

/// What is called with each behaviour.
pub(crate) type Callback<T> = dyn Fn(&T) + Send + Sync;

/// What the builder collected.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    pub(crate) max_executions: Option<u64>,
    pub(crate) max_duration: Option<Duration>,
    pub(crate) preemption_bound: Option<usize>,
    pub(crate) progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
    /// A seed and a number of executions.
    pub(crate) random: Option<(u64, u64)>,
    pub(crate) memory_model: MemoryModel,
    pub(crate) time: Time,
    pub(crate) spurious_wakeups: u32,
    pub(crate) spurious_failures: u32,
    /// Whether the first wait of each future may end without a reason, as loom's does.
    pub(crate) spurious_polls: bool,
    pub(crate) max_steps: Option<u64>,
    /// What engines that explore the model find out about its loops.
    pub(crate) learnt: Learnt,
    pub(crate) keep_going: bool,
    pub(crate) specifications: bool,
    /// Whether the first execution is not repeated to see whether the model does the same again.
    pub(crate) unrepeated: bool,
    pub(crate) panics_reach_join: bool,
    /// What is asked of memory, where plain accesses are told.
    pub(crate) plain_memory: Option<Memory>,
    pub(crate) behaviour: Option<Arc<Callback<Behaviour>>>,
    pub(crate) schedule: Option<Arc<Callback<Schedule>>>,
    pub(crate) replay: Option<Schedule>,
    /// `None`: one. 0: as many as the machine runs at once.
    pub(crate) workers: Option<usize>,
    pub(crate) share: Share,
    pub(crate) name: String,
    pub(crate) judge: Option<Arc<dyn Judge>>,
    pub(crate) weakened: Vec<Weakening>,
    /// Where orderings are written down, if anybody wants to know them.
    pub(crate) ledger: Option<Ledger>,
    /// Set by somebody who wants no more.
    pub(crate) stop: Option<Arc<AtomicBool>>,
    /// Whether a schedule is kept for each outcome.
    pub(crate) samples: bool,
    /// Where schedules that failed are kept.
    pub(crate) schedules: Option<PathBuf>,
    /// Whether an execution that does not fail is looked for near one that does.
    pub(crate) nearest_passing: bool,
}

impl Settings {
    /// What decides which executions there are. Shards that differ in it are not of one exploration.
    pub(crate) fn of_executions(&self) -> String {
        let Settings {
            memory_model,
            max_steps,
            specifications,
            panics_reach_join,
            time,
            spurious_wakeups,
            spurious_failures,
            spurious_polls,
            preemption_bound,
            weakened,
            plain_memory,
            // These decide how many of them are seen, in which order and by whom.
            max_executions: _,
            max_duration: _,
            random: _,
            progress: _,
            keep_going: _,
            unrepeated: _,
            behaviour: _,
            schedule: _,
            replay: _,
            workers: _,
            share: _,
            name: _,
            judge: _,
            ledger: _,
            stop: _,
            samples: _,
            schedules: _,
            nearest_passing: _,
            learnt: _,
        } = self;
        let version = env!("CARGO_PKG_VERSION");
        let weakened: String = weakened.iter().map(|weakening| format!(", {weakening}")).collect();
        let plain: String = plain_memory.iter().map(|memory| format!(", plain {memory:?}")).collect();
        format!(
            "selvedge {version}, {memory_model:?}, {time:?} time, max_steps {max_steps:?}, specifications {specifications}, panics_reach_join {panics_reach_join}, spurious_wakeups {spurious_wakeups}, spurious_failures {spurious_failures}, spurious_polls {spurious_polls}, preemption_bound {preemption_bound:?}{weakened}{plain}"
        )
    }
}
