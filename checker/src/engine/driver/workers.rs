//! One exploration from its first execution, by all workers; it may be told to begin again.

use std::sync::atomic::Ordering;

use super::estimate::Prober;
use super::exploration::{Exploration, Explored};
use super::pool::{Entry, Pool, State};
use super::tally::{End, Tally};
use super::{Job, alone, joined, locals, split};
use crate::engine::guard;
use crate::engine::work_sharing::Part;
use crate::harness::{Failure, FailureKind, Limit, Shard, Share, WorkItem};

/// Explores the model, or its shard, and merges what was found in the order of one worker.
pub(super) fn explore(job: &Job<'_>) -> (Tally, Option<Shard>) {
    job.executions.store(0, Ordering::Relaxed);
    job.meters.reset();
    let (found, parts, shard) = match &job.settings.share {
        Share::Whole => (Tally::default(), vec![Part::whole(job.settings.memory_model)], None),
        Share::Shard { number, of } => {
            let (found, parts, shard) = split::shard(job, *number, *of);
            (found, parts, Some(shard))
        }
        Share::Item(item) => match split::part(job, item) {
            Some(part) if job.counted == item.counted && job.announces == item.announces => {
                (Tally::default(), vec![part], Some(item.shard.clone()))
            }
            _ => return (Tally::failed(foreign(item)), Some(item.shard.clone())),
        },
    };
    if found.is_last() {
        return (found, shard);
    }
    // Walks run where a worker does: no other OS thread runs the model than those that were asked for.
    let mut prober = job.settings.progress.is_some().then(|| Prober::new(parts.clone(), found.executions));
    let pool = Pool::new(parts, job.workers, job.most().is_some());
    if job.workers == 1 {
        alone(|| work(job, 0, &pool, prober.take()));
    } else {
        std::thread::scope(|scope| {
            let work = |worker| {
                let (pool, prober) = (&pool, prober.take());
                scope.spawn(move || {
                    locals::remember();
                    guard::watched(|| work(job, worker, pool, prober));
                })
            };
            let workers: Vec<_> = (0..job.workers).map(work).collect();
            workers.into_iter().for_each(joined);
        });
    }
    (in_order(job, found, pool.into_entries()), shard)
}

fn foreign(item: &WorkItem) -> Failure {
    let message = format!(
        "work item {} is not of this model with these settings, or the model shows late that handles of an `Arc` matter or that a writer waits",
        item.shard.number
    );
    Failure { kind: FailureKind::ModelLimit, message, thread: None, place: None }
}

/// What a worker does: part after part, giving away what others ask for.
fn work(job: &Job<'_>, worker: usize, pool: &Pool, mut prober: Option<Prober>) {
    /// A callback that panics takes the whole exploration with it.
    struct Abandon<'a>(&'a Pool);
    impl Drop for Abandon<'_> {
        fn drop(&mut self) {
            self.0.abandon();
        }
    }
    let abandon = Abandon(pool);
    let mut exploration = None;
    while let Some((number, part)) = pool.take(worker) {
        let exploration = exploration.get_or_insert_with(|| {
            let mut exploration = Exploration::new(job, worker);
            exploration.prober = prober.take();
            exploration
        });
        let explored = exploration.explore(part, Tally::default(), |search, tally| {
            // Only when the first execution was compared with itself do others begin.
            if pool.is_wanted() && tally.executions > 0 {
                pool.give(number, || search.give());
            }
            !pool.is_void(worker)
        });
        match explored {
            Explored::All(tally) => pool.found(number, tally, None),
            Explored::UpTo(left, tally) => pool.found(number, tally, Some(*left)),
            Explored::Void => {}
        }
    }
    std::mem::forget(abandon);
}

/// Merges what was found in the parts. Where there is a limit to the executions and it was reached, that was anywhere:
/// what is missing before it is explored, in the order of one worker and by one.
fn in_order(job: &Job<'_>, mut found: Tally, entries: Vec<Entry>) -> Tally {
    for entry in entries {
        let executions = found.executions + entry.tally.executions;
        // Of executions that are not counted, those behind the last that is wanted are too many.
        let fits = job
            .most()
            .is_none_or(|most| executions < most || executions == most && entry.tally.blocked_since == 0);
        let next = match entry.state {
            State::Explored if fits => entry.tally,
            State::Paused(left) if fits => explore_on(job, &found, left, entry.tally),
            State::Waiting(part) => explore_on(job, &found, part, Tally::default()),
            _ => {
                let origin = entry.origin.expect("parts are remembered where there is a limit");
                explore_on(job, &found, origin, Tally::default())
            }
        };
        found.merge(next);
        if found.end.is_some() && (found.is_last() || job.is_full()) {
            break;
        }
    }
    found
}

/// Explores a part alone, up to the limit.
fn explore_on(job: &Job<'_>, before: &Tally, part: Part, tally: Tally) -> Tally {
    job.executions.store(before.executions + tally.executions, Ordering::Relaxed);
    alone(|| match Exploration::new(job, job.workers).explore(part, tally, |_, _| true) {
        Explored::All(tally) => tally,
        Explored::UpTo(_, mut tally) => {
            tally.end = job.settings.max_executions.map(|most| End::Limit(Limit::Executions(most)));
            tally
        }
        Explored::Void => unreachable!("nobody else is there"),
    })
}
