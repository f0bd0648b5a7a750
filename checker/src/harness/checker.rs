//! The builder of an exploration.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::{Report, Settings, Share, WorkItem};
use crate::audit::Weakening;
use crate::engine::{Behaviour, Judge, Ledger, MemoryModel, Schedule, Time};

/// How an exploration is to be done. Without limits it goes on until every execution has been explored.
///
/// ```
/// let report = selvedge::Checker::new().run(|| selvedge::outcome("ran"));
/// assert_eq!(report.outcomes()["ran"], 1);
/// ```
#[derive(Clone, Default)]
#[must_use = "a checker does nothing until `run`"]
pub struct Checker {
    pub(super) settings: Settings,
}

/// How far an exploration has come, for [`Checker::on_progress`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress {
    /// Complete executions so far.
    pub executions: u64,
    /// Wall-clock time so far.
    pub elapsed: Duration,
    /// About how many executions there are in all, or in the shard: an [estimate](Checker::estimate), from more and more
    /// walks while the exploration runs. Nothing in its first moments, nor where more were seen, so that it is known to
    /// be wrong, nor where loom explores.
    pub estimate: Option<u64>,
    /// About which part of them is done, from 0 to 1: as wrong as the estimate is, and it goes back where that grows.
    pub explored: Option<f64>,
}

impl Checker {
    /// An exploration without limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops after `n` executions; if that is before all were explored, the verdict is
    /// [`Incomplete`](super::Verdict::Incomplete).
    pub fn max_executions(mut self, n: u64) -> Self {
        self.settings.max_executions = Some(n);
        self
    }

    /// Stops when an execution ends after `d`; if that is before all were explored, the verdict is
    /// [`Incomplete`](super::Verdict::Incomplete). A step that does not end ends the process soon after `d`: see
    /// [`run`](Self::run).
    pub fn max_duration(mut self, d: Duration) -> Self {
        self.settings.max_duration = Some(d);
        self
    }

    /// Counts only executions with at most `k` preemptions: all of them, each once.
    ///
    /// An execution has the preemptions of the schedule that shows its behaviour with the fewest. A *preemption* is a
    /// switch away from a thread that could have gone on: it has not ended, its next step does not wait for what has not
    /// come (a lock, a notification, a token, the end of a thread), and is no [hint](crate::hint::spin_loop) or
    /// [`yield_now`](crate::thread::yield_now), which let others go first. A read-modify-write is one step, and so
    /// is a call on an object; a wait on a condition variable is four: it enlists, unlocks, is notified, and locks.
    /// A schedule runs the threads in an order that extends what each does first and which write each read reads from
    /// and, under [`MemoryModel::Sc`], in which each read reads the last write. Under [`MemoryModel::Rc11`] reads of older writes
    /// need no preemption.
    ///
    /// Where nothing needs more than `k`, everything was seen, and the verdict is what it would be without a bound.
    /// Otherwise, without a failure, it is [`Incomplete`](super::Verdict::Incomplete). An execution that is stopped by a
    /// failure is reported however many preemptions it has; one that is explored and has too many is counted as
    /// [blocked](Report::blocked).
    ///
    /// loom takes the bound too, but misses executions that are within it.
    pub fn preemption_bound(mut self, k: usize) -> Self {
        self.settings.preemption_bound = Some(k);
        self
    }

    /// Draws `executions` executions at random where a model has too many to explore. The verdict is never better than
    /// [`Incomplete`](super::Verdict::Incomplete), with the [`Sample`](super::Sample) that says how much is likely to be unseen.
    ///
    /// The same `seed` draws the same executions. Half of them draw the next thread evenly from those that can go on, so
    /// that every behaviour has a chance; the others are those of probabilistic concurrency testing, with depths of 1 to 3
    /// (S. Burckhardt, P. Kothari, M. Musuvathi, S. Nagarakatte, "A Randomized Scheduler with Probabilistic Guarantees of
    /// Finding Bugs", ASPLOS 2010). Under [`MemoryModel::Sc`] each execution so finds a bug of n threads that the order of
    /// d ≤ 3 pairs of steps suffices for with a probability of at least 1/(6 n k^(d-1)), once an execution of k steps, the
    /// most there are, was drawn. Under [`MemoryModel::Rc11`] what a read reads and where a write goes is drawn too, evenly; no such bound
    /// is known for that.
    ///
    /// Executions that the model drops, and what was drawn and turned out to be no execution, count as
    /// [blocked](Report::blocked) and are among the `executions`. Threads that are declared
    /// [symmetric](crate::thread::symmetric) keep their names. One worker draws, however many [workers](Self::workers) are
    /// asked for. loom explores as if this was not asked for.
    ///
    /// ```
    /// use selvedge::{Checker, Verdict};
    ///
    /// let report = Checker::new().random(7, 100).run(|| selvedge::outcome(selvedge::choose(3)));
    /// assert_eq!(report.sample().unwrap().behaviours, 3);
    /// assert!(matches!(report.verdict(), Verdict::Incomplete(_)));
    /// ```
    /// # Panics
    ///
    /// [`run`](Self::run) and [`split`](Self::split) panic where a [shard](Self::shard) or items are asked for, too: what is
    /// drawn has no parts.
    pub fn random(mut self, seed: u64, executions: u64) -> Self {
        self.settings.random = Some((seed, executions));
        self
    }

    /// Stops between two executions once `stop` is set; the verdict is then
    /// [`Incomplete`](super::Verdict::Incomplete), unless an execution failed before. A handler of signals may set it.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::AtomicBool;
    /// use selvedge::{Checker, Limit, Verdict, choose};
    ///
    /// let enough = Arc::new(AtomicBool::new(true));
    /// let report = Checker::new().stop_when(enough).run(|| assert!(choose(1000) < 1000));
    /// assert_eq!(report.verdict(), &Verdict::Incomplete(Limit::Stopped));
    /// ```
    pub fn stop_when(mut self, stop: Arc<AtomicBool>) -> Self {
        self.settings.stop = Some(stop);
        self
    }

    /// Keeps the schedule of the first execution that shows each outcome, for [`Report::samples`]. Each is found by
    /// executing the model again.
    pub fn sample_outcomes(mut self) -> Self {
        self.settings.samples = true;
        self
    }

    /// Looks for an execution that does not fail near each that does, for [`Counterexample::passing`](crate::Counterexample::passing):
    /// another thread goes on at some step, the last at which that helps. Where `SELVEDGE_REPORTS` is set it is looked for
    /// without this.
    pub fn nearest_passing(mut self) -> Self {
        self.settings.nearest_passing = true;
        self
    }

    /// Keeps the schedules of executions that fail in files in `folder`, one for each [name](Self::name) of a model, or each
    /// test where none is given, and replays what is there before it explores. One that fails again is the report. One that
    /// does not apply any more is told on standard error with the step, and is no failure; nor is one that passes, which
    /// stays, as a regression test does. To be rid of either, delete its line.
    ///
    /// The environment variable `SELVEDGE_SCHEDULES` does the same for every exploration that is not given this. Where
    /// [all failures](Self::keep_going) or a [shard](Self::shard) are asked for, schedules are kept but not replayed: the
    /// counts would be of one execution. loom replays none.
    pub fn stored_schedules(mut self, folder: impl Into<PathBuf>) -> Self {
        self.settings.schedules = Some(folder.into());
        self
    }

    /// Decides by which rules memory behaves; the default is [`MemoryModel::Rc11`].
    pub fn memory_model(mut self, model: MemoryModel) -> Self {
        self.settings.memory_model = model;
        self
    }

    /// Decides how time passes; the default is [`Time::Adversarial`].
    pub fn time(mut self, time: Time) -> Self {
        self.settings.time = time;
        self
    }

    /// Explores that waits of condition variables, parks and waits between the polls of
    /// [`block_on`](crate::future::block_on) end without a reason, up to `k` times in an execution; the default is never. In virtual time that happens in the instant in which the wait begins.
    ///
    /// (Mutexes, barriers and channels do not return without a reason, nor does [`Notify`](crate::sync::Notify).)
    pub fn spurious_wakeups(mut self, k: u32) -> Self {
        self.settings.spurious_wakeups = k;
        self
    }

    /// Explores that `compare_exchange_weak` fails though it reads what it expects, up to `k` times in an execution; the
    /// default is never.
    pub fn spurious_failures(mut self, k: u32) -> Self {
        self.settings.spurious_failures = k;
        self
    }

    /// Ends the exploration at an execution that adds more than `n` steps to those that it shares with an earlier one: it is
    /// [incomplete](super::Limit::Loop) then. The default is 200,000.
    pub fn max_steps(mut self, n: u64) -> Self {
        self.settings.max_steps = Some(n);
        self
    }

    /// Explores over specifications in place of implementations, where primitives offer them: see
    /// [`specification`](crate::specification). The verdict is then one about the model given that the primitives are what
    /// they say, which models of their own have to show.
    pub fn specifications(mut self) -> Self {
        self.settings.specifications = true;
        self
    }

    /// Lets a panic end its thread alone, as std does: [`join`](crate::thread::JoinHandle::join) returns it as an `Err`, a
    /// [`scope`](crate::thread::scope) panics when nobody joined the thread, and what it held or was initialising is
    /// [poisoned](crate::sync). A panic of the model's first thread fails the execution still, and so does one in the destructor
    /// of a thread-local.
    ///
    /// Without this every panic of a thread fails the execution, also where nobody joins it.
    ///
    /// ```
    /// use selvedge::sync::{Arc, Mutex};
    /// use selvedge::{Checker, thread};
    ///
    /// let model = || {
    ///     let lock = Arc::new(Mutex::new(1));
    ///     let theirs = lock.clone();
    ///     let other = thread::spawn(move || -> u32 {
    ///         let _held = theirs.lock();
    ///         panic!("no luck")
    ///     });
    ///     let panic = other.join().unwrap_err();
    ///     assert_eq!(panic.downcast_ref(), Some(&"no luck"));
    ///     assert!(lock.is_poisoned());
    /// };
    /// assert!(!Checker::new().run(model).verdict().is_verified());
    /// let _verified = Checker::new().panics_reach_join().run(model).assert_verified();
    /// ```
    pub fn panics_reach_join(mut self) -> Self {
        self.settings.panics_reach_join = true;
        self
    }

    /// The code tells of its accesses of plain memory, and its heap is the engine's, as
    /// [`interpose::begin`](crate::interpose::begin) is told in each execution.
    #[doc(hidden)]
    pub fn plain_memory(mut self, memory: crate::engine::Memory) -> Self {
        self.settings.plain_memory = Some(memory);
        self
    }

    /// Explores on after a failure, to say how many executions [fail](Report::failing), of all, and in which
    /// [ways](Report::failures). The verdict tells the first.
    ///
    /// An execution in which a thread panics goes on without that thread as far as the others come, and counts once. One
    /// that fails otherwise, by a data race, a livelock or a limit, ends there: executions that can be told from that one
    /// only by what its other threads would have done later may be left out. A deadlock leaves nothing out. A model that is
    /// found to be nondeterministic is explored no further.
    ///
    /// ```
    /// use selvedge::sync::Arc;
    /// use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};
    ///
    /// let report = selvedge::Checker::new().keep_going().run(|| {
    ///     let x = Arc::new(AtomicU32::new(0));
    ///     let theirs = x.clone();
    ///     let other = selvedge::thread::spawn(move || theirs.store(theirs.load(SeqCst) + 1, SeqCst));
    ///     x.store(x.load(SeqCst) + 1, SeqCst);
    ///     other.join().unwrap();
    ///     assert_eq!(x.load(SeqCst), 2);
    /// });
    /// // One thread after the other, in either order; and those in which an update is lost.
    /// assert_eq!((report.failing(), report.executions()), (2, 4));
    /// ```
    pub fn keep_going(mut self) -> Self {
        self.settings.keep_going = true;
        self
    }

    /// Explores on `n` OS threads; 0: on as many as the machine runs at once. The default is one.
    ///
    /// The report is the same for any number, also of a model that fails: what one worker would not have come to is thrown
    /// away. So it is with [`max_executions`](Self::max_executions), though where that limit is reached, what comes first
    /// is explored to the end by one worker alone. [`max_duration`](Self::max_duration) is reached where it is.
    ///
    /// The model runs on all the threads at once, for different executions, and
    /// [`on_behaviour`](Self::on_behaviour) calls from all of them, in no fixed order and also for executions that come
    /// after the one that fails. A [`Mutex`](crate::sync::Mutex) or another object with data that was made outside of the
    /// model, and is no `static`, would be shared between executions: that is a
    /// [limit of the model](super::FailureKind::ModelLimit).
    ///
    /// On loom there is one worker whatever is asked for.
    pub fn workers(mut self, n: usize) -> Self {
        self.settings.workers = Some(n);
        self
    }

    /// Explores one of `of` shards of the exploration, the `number`th from 1, so that several processes or machines can share
    /// it without talking to one another: each reports what is its own, and [`Shards::sum`](super::Shards::sum) adds it up.
    ///
    /// The exploration is taken apart alike in every process, into some dozens of items a shard; which executions are in which
    /// shard depends on the model and the settings alone. A model with few executions may be explored completely by the
    /// first. Without a failure the verdict is [`Incomplete`](super::Verdict::Incomplete): one shard proves nothing.
    /// The limits are looked at when the exploration has been taken apart, and are each shard's own.
    ///
    /// ```
    /// use selvedge::{Checker, Shards, choose};
    ///
    /// let shard = |number| Checker::new().shard(number, 2).run(|| assert!(choose(1000) < 1000));
    /// let report = Shards::sum([shard(1), shard(2)])?.assert_verified();
    /// assert_eq!(report.executions(), 1000);
    /// # Ok::<_, selvedge::SumError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When `number` is 0 or more than `of`. [`run`](Self::run) panics where loom explores, which cannot share.
    #[track_caller]
    pub fn shard(mut self, number: usize, of: usize) -> Self {
        assert!(
            (1..=of).contains(&number),
            "there is no shard {number}/{of}: the first is 1/{of}, the last is {of}/{of}"
        );
        self.settings.share = Share::Shard { number, of };
        self
    }

    /// Takes the exploration of `model` apart into `wanted` or a few more items, if it has so many, each of which another
    /// process can [explore](Self::item). What is found meanwhile is the report, of shard 1; the items are the other shards
    /// for [`Shards::sum`](super::Shards::sum).
    ///
    /// If you have a scheduler that hands out work: unlike [shards](Self::shard) items need not be as many as processes.
    ///
    /// ```
    /// use selvedge::{Checker, Shards, WorkItem, choose};
    ///
    /// let model = || assert!(choose(100) < choose(100) + 100);
    /// let (first, items) = Checker::new().split(20, model);
    /// let explore = |item: &WorkItem| {
    ///     let line = item.to_string();
    ///     // In another process:
    ///     Checker::new().item(line.parse().unwrap()).run(model)
    /// };
    /// let report = Shards::sum(items.iter().map(explore).chain([first]))?.assert_verified();
    /// assert_eq!(report.executions(), 10_000);
    /// # Ok::<_, selvedge::SumError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// When `wanted` is 0.
    #[track_caller]
    pub fn split(&self, wanted: usize, model: impl Fn() + Send + Sync + 'static) -> (Report, Vec<WorkItem>) {
        assert!(wanted > 0, "an exploration cannot be taken apart into no items");
        assert!(self.settings.random.is_none(), "executions that are drawn at random have no parts");
        crate::engine::split(&self.settings, wanted, Arc::new(model))
    }

    /// Explores this item alone, which [`split`](Self::split) made of the same model with the same settings. Where it is of
    /// others, the verdict is a [limit of the model](super::FailureKind::ModelLimit); without a failure it is
    /// [`Incomplete`](super::Verdict::Incomplete).
    ///
    /// [`run`](Self::run) panics where loom explores.
    pub fn item(mut self, item: WorkItem) -> Self {
        self.settings.share = Share::Item(item);
        self
    }

    /// What the model is called in files of [shards](Self::shard), so that those of another are noticed, and in reports and
    /// [schedules](Self::stored_schedules) that are kept. The latter are else called what the test is.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = name.into();
        self
    }

    /// Lets `judge` say which executions fail by the calls that the model marks.
    pub(crate) fn judged_by(mut self, judge: Arc<dyn Judge>) -> Self {
        self.settings.judge = Some(judge);
        self
    }

    /// Runs the model once for each execution, as loom does: its models may rest on that, and count in a static of std.
    pub(crate) fn unrepeated(mut self) -> Self {
        self.settings.unrepeated = true;
        self
    }

    /// Lets the first wait of each future end without a reason, as loom does: its own tests look for that.
    pub(crate) fn spurious_polls(mut self) -> Self {
        self.settings.spurious_polls = true;
        self
    }

    /// Explores the model as if the orderings at a place were no stronger than `weakening` says: see [`audit`](crate::audit).
    /// Several of them hold at once.
    ///
    /// The environment variable `SELVEDGE_WEAKEN` does the same for every model that is explored, with `;` between
    /// weakenings.
    ///
    /// # Panics
    ///
    /// [`run`](Self::run) panics where loom explores, which has no such thing, and when the variable is set to something else.
    pub fn weaken(mut self, weakening: Weakening) -> Self {
        self.settings.weakened.push(weakening);
        self
    }

    /// Writes down which accesses the model makes with which orderings, for [`Report::orderings`].
    ///
    /// It is done for every model where the environment variable `SELVEDGE_REPORTS` names a folder for reports.
    pub fn record_orderings(mut self) -> Self {
        self.settings.ledger = Some(Ledger::default());
        self
    }

    /// Calls `f` with the graph of every execution that is counted, from as many threads as there are
    /// [workers](Self::workers).
    ///
    /// A model that asks how many handles an [`Arc`](crate::sync::Arc) has may do so late: then the exploration begins
    /// again, the counts with it, and `f` is called again with what it was called with before.
    pub fn on_behaviour(mut self, f: impl Fn(&Behaviour) + Send + Sync + 'static) -> Self {
        self.settings.behaviour = Some(Arc::new(f));
        self
    }

    /// Calls `f` with the schedule of every execution that is counted, after [`on_behaviour`](Self::on_behaviour) with its
    /// graph. Each is found by executing the model again, so the exploration takes several times as long.
    pub fn on_schedule(mut self, f: impl Fn(&Schedule) + Send + Sync + 'static) -> Self {
        self.settings.schedule = Some(Arc::new(f));
        self
    }

    /// Executes the model along `schedule` alone, in place of exploring it. What failed fails again, and its report is the
    /// same to the byte. An execution that does not fail proves nothing: the verdict is
    /// [`Incomplete`](super::Verdict::Incomplete) with [`Limit::Replay`](super::Limit::Replay). A model that has changed so
    /// that the schedule says no more who goes on fails with [`FailureKind::Schedule`](super::FailureKind::Schedule) and
    /// says at which step.
    ///
    /// The environment variable `SELVEDGE_REPLAY` does the same for every model that is explored without this: a failing
    /// report ends with the line that sets it.
    ///
    /// ```
    /// use selvedge::{Checker, Verdict, choose};
    ///
    /// let unlucky = || assert_ne!(choose(7), 4, "unlucky");
    /// let found = Checker::new().run(unlucky);
    /// let schedule = found.counterexample().unwrap().schedule().unwrap();
    /// assert_eq!(schedule.to_string(), "1.0c-4");
    /// let again = Checker::new().replay(schedule).run(unlucky);
    /// assert_eq!(again.verdict(), found.verdict());
    /// assert_eq!(again.executions(), 1);
    /// ```
    pub fn replay(mut self, schedule: &Schedule) -> Self {
        self.settings.replay = Some(schedule.clone());
        self
    }

    /// Calls `f` a few times a second while the exploration runs, from a thread of the checker's own.
    pub fn on_progress(mut self, f: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.settings.progress = Some(Arc::new(f));
        self
    }
}

impl fmt::Debug for Checker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings { max_executions, max_duration, preemption_bound, progress, .. } = &self.settings;
        f.debug_struct("Checker")
            .field("max_executions", max_executions)
            .field("max_duration", max_duration)
            .field("preemption_bound", preemption_bound)
            .field("progress", &progress.is_some())
            .finish_non_exhaustive()
    }
}
