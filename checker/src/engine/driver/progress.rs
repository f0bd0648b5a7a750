//! How far an exploration has come.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::Thread;
use std::time::Duration;

use super::Job;
use crate::harness::Progress;

/// How often progress is told.
const TICK: Duration = Duration::from_millis(100);

/// How many OS threads the machine runs at once.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// What one worker has done. Nobody else writes to it, and its cache line is its own.
#[derive(Default)]
#[repr(align(128))]
pub(super) struct Meter {
    executions: AtomicU64,
}

impl Meter {
    pub(super) fn counted(&self) {
        self.executions.store(self.executions.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

/// What is shown of an exploration while it runs.
pub(super) struct Meters {
    /// One for each worker and one more, for who explores while there are no workers.
    workers: Vec<Meter>,
    /// 0: none yet.
    estimate: AtomicU64,
    wants_estimate: AtomicBool,
}

impl Meters {
    pub(super) fn new(workers: usize) -> Self {
        Meters {
            workers: (0..=workers).map(|_| Meter::default()).collect(),
            estimate: AtomicU64::new(0),
            wants_estimate: AtomicBool::new(false),
        }
    }

    pub(super) fn of(&self, worker: usize) -> &Meter {
        &self.workers[worker]
    }

    pub(super) fn reset(&self) {
        for meter in &self.workers {
            meter.executions.store(0, Ordering::Relaxed);
        }
        self.estimate.store(0, Ordering::Relaxed);
    }

    /// Whether it is time to estimate once more.
    pub(super) fn wants_estimate(&self) -> bool {
        self.wants_estimate.load(Ordering::Relaxed)
    }

    pub(super) fn is_about(&self, executions: u64) {
        self.estimate.store(executions, Ordering::Relaxed);
        self.wants_estimate.store(false, Ordering::Relaxed);
    }
}

/// Calls `explore` while progress is told to those who ask for it.
pub(super) fn told<T: Send>(job: &Job<'_>, explore: impl FnOnce(&Job<'_>) -> T) -> T {
    /// The thread that tells the progress waits for this, also where a callback panicked; an exploration does not wait for the
    /// next tick.
    struct Over<'a> {
        over: &'a AtomicBool,
        teller: Option<Thread>,
    }
    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.over.store(true, Ordering::Relaxed);
            self.teller.iter().for_each(Thread::unpark);
        }
    }
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let over = &over;
        let teller = job.settings.progress.as_ref().map(|tell| {
            let teller = scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    std::thread::park_timeout(TICK);
                    tell(progress(job));
                }
            });
            teller.thread().clone()
        });
        let _over = Over { over, teller };
        explore(job)
    })
}

fn progress(job: &Job<'_>) -> Progress {
    let meters = &job.meters;
    let executions = meters.workers.iter().map(|meter| meter.executions.load(Ordering::Relaxed)).sum();
    // One that is no more than what was seen is known to be wrong.
    let estimate = Some(meters.estimate.load(Ordering::Relaxed)).filter(|estimate| *estimate > executions);
    meters.wants_estimate.store(true, Ordering::Relaxed);
    Progress {
        executions,
        elapsed: job.begin.elapsed(),
        estimate,
        explored: estimate.map(|estimate| executions as f64 / estimate as f64),
    }
}
