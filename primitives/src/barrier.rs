//! A meeting point for a fixed number of threads: Python's `threading.Barrier`.

use std::fmt;
use std::time::Duration;

use crate::error::{BrokenBarrier, NoParties};
use crate::guarded::Guarded;
use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use crate::sync::{self, Deadline, Waiters, Waiting, constructors};
use crate::time::Instant;

/// In place of a number of threads: the barrier is broken.
const BROKEN: usize = usize::MAX;

/// What the threads in the queue are woken with: all parties have come.
const PASSED: usize = 0;
/// The generation was broken.
const FAILED: usize = 1;

type Action = Box<Guarded<Box<dyn FnMut() + Send>>>;

/// A meeting point for a fixed number of threads: Python's `threading.Barrier`.
///
/// Each thread that [waits](Barrier::wait) blocks until all parties do; then all go on, and the barrier is as new. What any of
/// them did before it waited happens before what any of them does afterwards.
///
/// A barrier breaks, and every wait fails, when a thread that waits at it [times out](Barrier::wait_timeout), when its action
/// panics, and by [`abort`](Barrier::abort). It stays broken until [`reset`](Barrier::reset).
///
/// Semantics: Python 3.13, `threading`, "Barrier objects". There, threads that come back early wait until the last of the
/// round before has left, and an abort may still fail threads that the barrier has let go; here a thread that was let go
/// has passed, whatever happens to the barrier before it runs again, and nobody waits for it.
///
/// ```
/// use selvedge_primitives::Barrier;
///
/// let barrier = Barrier::new(2)?;
/// std::thread::scope(|s| {
///     let other = s.spawn(|| barrier.wait());
///     let (mine, theirs) = (barrier.wait(), other.join().unwrap());
///     assert_ne!(mine, theirs, "each has an index of its own");
/// });
///
/// barrier.abort();
/// assert!(barrier.wait().is_err());
/// barrier.reset();
/// assert!(!barrier.is_broken());
/// # Ok::<(), selvedge_primitives::NoParties>(())
/// ```
///
/// # How
///
/// | `arrived` | meaning |
/// |---|---|
/// | 0 to parties - 1 | so many threads wait in the queue |
/// | parties | all have come; the last of them runs the action, the others are the first in the queue |
/// | `BROKEN` | broken; nobody waits in the queue |
///
/// Everything is changed under the queue's mutex. A generation ends when `arrived` goes back to 0 or to `BROKEN`; in the same
/// moment its threads are taken out of the queue and each is told how it ended, so a slow one reads nothing that
/// belongs to a later generation. While an action runs, threads that come too early wait behind those of its
/// generation, without being counted, and look again when it has ended. A thread keeps its place in the queue when
/// its time is over: if all have come by then, it has not waited for nothing, and goes on as soon as the action ends.
///
/// # Orderings
///
/// All that is published goes through the queue's mutex, which every thread takes when it arrives and when it is woken. Reads
/// outside of it, by [`is_broken`](Barrier::is_broken) and [`n_waiting`](Barrier::n_waiting), order nothing.
pub struct Barrier {
    parties: usize,
    action: Option<Action>,
    timeout: Duration,
    arrived: AtomicUsize,
    /// How many generations have ended: tells the thread that ran an action whether its own was ended meanwhile.
    generation: AtomicUsize,
    waiters: Waiters,
}

impl Barrier {
    constructors! {
        /// A barrier for `parties` threads.
        ///
        /// # Errors
        ///
        /// [`NoParties`] if that is zero, as Python raises a `ValueError`.
        pub fn new(parties: usize) -> Result<Self, NoParties> {
            if parties == 0 {
                return Err(NoParties);
            }
            Ok(Barrier {
                parties,
                action: None,
                timeout: Duration::MAX,
                arrived: AtomicUsize::new(0),
                generation: AtomicUsize::new(0),
                waiters: Waiters::new(),
            })
        }
    }

    /// The same barrier, where one of the threads runs `action` each time when all have come and before any goes on.
    ///
    /// It is the last to come that runs it. If it panics, the barrier breaks, and the panic goes on in that thread. The action may
    /// use the barrier, but for waiting at it: its own thread is not free to come. Where the barrier is reset while it runs, the next
    /// one to run it waits until it has ended.
    #[must_use]
    pub fn with_action(self, action: impl FnMut() + Send + 'static) -> Self {
        Barrier { action: Some(Box::new(Guarded::new(Box::new(action)))), ..self }
    }

    /// The same barrier, where [`wait`](Barrier::wait) gives up after `timeout`.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Barrier { timeout, ..self }
    }

    /// Blocks until all parties wait, or for the barrier's timeout if it has one. Returns this thread's index, the number of
    /// those that had come before it: from 0 to parties - 1, each once.
    ///
    /// # Errors
    ///
    /// [`BrokenBarrier`] if the barrier is broken, or breaks or is reset while this thread waits.
    ///
    /// # Panics
    ///
    /// If this thread runs the barrier's action and that panics.
    #[inline]
    #[track_caller]
    pub fn wait(&self) -> Result<usize, BrokenBarrier> {
        self.wait_at_most("wait", || Deadline::after(self.timeout))
    }

    /// As [`wait`](Barrier::wait), with a timeout of its own; when it is over before all parties have come, the barrier
    /// breaks.
    ///
    /// The time counts from the thread's arrival and until the last has come. A zero timeout is too short for all but the last.
    /// A thread that comes while an action runs arrives when that has ended, as in Python.
    /// One that is too long for the clock, [`Duration::MAX`] among them, waits forever.
    ///
    /// # Errors
    ///
    /// As [`wait`](Barrier::wait), and [`BrokenBarrier`] if the time is over.
    ///
    /// # Panics
    ///
    /// If this thread runs the barrier's action and that panics.
    #[inline]
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> Result<usize, BrokenBarrier> {
        self.wait_at_most("wait_timeout", || Deadline::after(timeout))
    }

    /// As [`wait_timeout`](Barrier::wait_timeout), until `deadline`. One that has passed is too short for all but the last.
    ///
    /// # Errors
    ///
    /// As [`wait_timeout`](Barrier::wait_timeout).
    ///
    /// # Panics
    ///
    /// If this thread runs the barrier's action and that panics.
    #[track_caller]
    pub fn wait_until(&self, deadline: Instant) -> Result<usize, BrokenBarrier> {
        self.wait_at_most("wait_until", || Deadline::until(deadline))
    }

    #[track_caller]
    fn wait_at_most(
        &self,
        operation: &'static str,
        deadline: impl FnOnce() -> Deadline,
    ) -> Result<usize, BrokenBarrier> {
        let index = self.arrive(operation, deadline);
        match index {
            Ok(index) => sync::step(self, operation, index),
            Err(error) => sync::step(self, operation, error),
        }
        index
    }

    #[track_caller]
    fn arrive(
        &self,
        operation: &'static str,
        deadline: impl FnOnce() -> Deadline,
    ) -> Result<usize, BrokenBarrier> {
        loop {
            let mut waiting = self.waiters.lock();
            let index = self.arrived.load(Relaxed);
            if index == BROKEN {
                return Err(BrokenBarrier);
            }
            if index == self.parties {
                sync::blocks(self, operation);
                // How that generation ends is nothing to this thread.
                waiting.wait_for_message(Deadline::Never, |_| ());
                continue;
            }
            if index + 1 == self.parties {
                return self.complete(waiting).map(|()| index);
            }
            let deadline = deadline();
            if deadline == Deadline::Now {
                self.break_up(&mut waiting);
                return Err(BrokenBarrier);
            }
            self.arrived.store(index + 1, Relaxed);
            sync::blocks(self, operation);
            let told = waiting.wait_for_message(deadline, |waiting| {
                if self.arrived.load(Relaxed) != self.parties {
                    self.break_up(waiting);
                }
            });
            return if told == PASSED { Ok(index) } else { Err(BrokenBarrier) };
        }
    }

    /// The last has come: runs the action and lets the others go on.
    fn complete<'a>(&'a self, mut waiting: Waiting<'a>) -> Result<(), BrokenBarrier> {
        if let Some(action) = &self.action {
            self.arrived.store(self.parties, Relaxed);
            let acting = Acting { barrier: self, generation: self.generation.load(Relaxed) };
            drop(waiting);
            (action.hold("action"))();
            waiting = self.waiters.lock();
            let ended = acting.has_ended();
            std::mem::forget(acting);
            if ended {
                return Err(BrokenBarrier);
            }
        }
        self.end(&mut waiting, 0, PASSED);
        Ok(())
    }

    /// Ends the generation: its threads are told `outcome`. Those that came too early are told as well; it is not theirs, and
    /// they arrive in the next one.
    fn end(&self, waiting: &mut Waiting<'_>, arrived: usize, outcome: usize) {
        self.arrived.store(arrived, Relaxed);
        self.generation.fetch_add(1, Relaxed);
        waiting.wake_with(usize::MAX, outcome);
    }

    /// Breaks the barrier, unless it is broken: nobody waits then.
    fn break_up(&self, waiting: &mut Waiting<'_>) {
        if self.arrived.load(Relaxed) != BROKEN {
            self.end(waiting, BROKEN, FAILED);
        }
    }

    /// Breaks the barrier: those that wait fail, and those that come.
    ///
    /// Where it is known that a thread will not come, this keeps the others from waiting forever. It does not wait for an
    /// action that is running: the action's thread fails when it has ended.
    #[track_caller]
    pub fn abort(&self) {
        self.break_up(&mut self.waiters.lock());
        sync::step(self, "abort", "");
    }

    /// Makes the barrier as new. Threads that wait fail.
    #[track_caller]
    pub fn reset(&self) {
        let mut waiting = self.waiters.lock();
        if self.arrived.load(Relaxed) == BROKEN {
            self.arrived.store(0, Relaxed);
        } else {
            self.end(&mut waiting, 0, FAILED);
        }
        drop(waiting);
        sync::step(self, "reset", "");
    }

    /// Whether the barrier is broken at this moment. Python's `broken`.
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn is_broken(&self) -> bool {
        let broken = self.arrived.load(Relaxed) == BROKEN;
        sync::step(self, "is_broken", broken);
        broken
    }

    /// How many threads wait at this moment; all parties while the action runs, and none at a broken barrier.
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn n_waiting(&self) -> usize {
        let n = self.waiting();
        sync::step(self, "n_waiting", n);
        n
    }

    /// How many threads it takes to go on.
    #[inline]
    #[must_use]
    pub fn parties(&self) -> usize {
        self.parties
    }

    fn waiting(&self) -> usize {
        match self.arrived.load(Relaxed) {
            BROKEN => 0,
            n => n,
        }
    }
}

/// An action that is running. Dropped by its panic alone, which breaks the barrier.
struct Acting<'a> {
    barrier: &'a Barrier,
    generation: usize,
}

impl Acting<'_> {
    /// Whether the generation ended while the action was running; the queue's mutex is held.
    fn has_ended(&self) -> bool {
        self.barrier.generation.load(Relaxed) != self.generation
    }
}

impl Drop for Acting<'_> {
    fn drop(&mut self) {
        let mut waiting = self.barrier.waiters.lock();
        if !self.has_ended() {
            self.barrier.break_up(&mut waiting);
        }
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Barrier")
            .field("parties", &self.parties)
            .field("n_waiting", &self.waiting())
            .field("broken", &(self.arrived.load(Relaxed) == BROKEN))
            .finish_non_exhaustive()
    }
}
