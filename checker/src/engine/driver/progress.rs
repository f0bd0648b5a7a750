//! How far an exploration has come.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
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
    /// The part of the whole that it has explored, as the bits of a number.
    explored: AtomicU64,
}

impl Meter {
    pub(super) fn counted(&self) {
        self.executions.store(self.executions.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    pub(super) fn explored(&self, part: f64) {
        self.explored.store(part.to_bits(), Ordering::Relaxed);
    }
}

/// One for each worker and one more, for who explores while there are no workers.
pub(super) struct Meters {
    workers: Vec<Meter>,
    /// What the shard has of the whole, as the bits of a number.
    share: AtomicU64,
}

impl Meters {
    pub(super) fn new(workers: usize) -> Self {
        Meters { workers: (0..=workers).map(|_| Meter::default()).collect(), share: AtomicU64::new(0) }
    }

    pub(super) fn of(&self, worker: usize) -> &Meter {
        &self.workers[worker]
    }

    pub(super) fn reset(&self) {
        for meter in &self.workers {
            meter.executions.store(0, Ordering::Relaxed);
            meter.explored(0.0);
        }
        self.is_of(1.0);
    }

    /// Says what has to be explored of the whole.
    pub(super) fn is_of(&self, share: f64) {
        self.share.store(share.to_bits(), Ordering::Relaxed);
    }

    fn executions(&self) -> u64 {
        self.workers.iter().map(|meter| meter.executions.load(Ordering::Relaxed)).sum()
    }

    fn explored(&self) -> f64 {
        let explored: f64 =
            self.workers.iter().map(|meter| f64::from_bits(meter.explored.load(Ordering::Relaxed))).sum();
        (explored / f64::from_bits(self.share.load(Ordering::Relaxed))).clamp(0.0, 1.0)
    }
}

/// Calls `explore` while progress is told to whoever wants to hear of it.
pub(super) fn told<T: Send>(job: &Job<'_>, explore: impl FnOnce(&Job<'_>) -> T) -> T {
    /// Whoever tells the progress waits for this, also where a callback panicked.
    struct Over<'a>(&'a AtomicBool);
    impl Drop for Over<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        if let Some(tell) = &job.settings.progress {
            let over = &over;
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    std::thread::park_timeout(TICK);
                    tell(progress(job));
                }
            });
        }
        let _over = Over(&over);
        explore(job)
    })
}

fn progress(job: &Job<'_>) -> Progress {
    let (executions, explored) = (job.meters.executions(), job.meters.explored());
    Progress {
        executions,
        elapsed: job.begin.elapsed(),
        explored: Some(explored),
        estimate: (explored > 0.0).then(|| (executions as f64 / explored).round() as u64),
    }
}
