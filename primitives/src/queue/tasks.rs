//! How many of the items that were put have not been declared done.

use crate::error::NoUnfinishedTask;
use crate::sync::atomic::{AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use crate::sync::{self, Deadline, Spin, Waiters, Wake};

/// Threads may be waiting for the last task: the thread that finishes it has to look.
const JOINERS: usize = 1;
/// One task, in both words.
const ONE: usize = 2;

/// Two counts, each of which only grows (and wraps): `puts`, written under the queue's lock, and `done`, written by
/// read-modify-writes under none. Unfinished is what lies between them.
///
/// # Why two words suffice
///
/// A thread that reads `done` and then `puts` may miss later puts, but not those on which that `done` rests: each increment of `done`
/// was made after its thread saw a greater `puts`, and is a `Release` that the `Acquire` read of `done` sees, or sees through the
/// increments that followed (a release sequence). So `puts` is read as at least `done`, and where the two are found equal, that
/// many were put and all done. For the same reason the task that finishes the last one finds out: it has seen that `puts` was
/// greater than `done`, and if nothing more has been put, it was greater by one. It may also believe so when a put came in
/// between; then it wakes nobody who can go on, and who was woken looks again.
///
/// `puts` is written with `Release` and read with `Acquire`, which the counts alone do not need. But a thread that is told of
/// the second of two tasks, and looks how many items there are, would else find none, as if the first put were yet to come.
///
/// The mark of the waiters is in `done` itself. A joiner sets it under the queue of waiters' mutex, by a read-modify-write that
/// returns the count: either the last increment came before, and the joiner sees it and does not wait; or it comes after,
/// finds the mark and takes the mutex, which is free only when the joiner waits. A thread that wakes, wakes all and
/// clears the mark, under that mutex.
pub(super) struct Tasks {
    puts: AtomicUsize,
    done: AtomicUsize,
    joiners: Waiters,
}

crate::sync::constructors! {
    pub(super) fn new() -> Tasks {
        Tasks { puts: AtomicUsize::new(0), done: AtomicUsize::new(0), joiners: Waiters::new() }
    }
}

impl Tasks {
    /// One more was put. The caller holds the queue's lock.
    #[inline]
    pub(super) fn put(&self) {
        // Release: who finds that so many were put also finds the items of those before.
        self.puts.store(self.puts.load(Relaxed).wrapping_add(ONE), Release);
    }

    /// One is done.
    #[inline]
    pub(super) fn done(&self) -> Result<(), NoUnfinishedTask> {
        if self.finish(1) == 0 { Err(NoUnfinishedTask) } else { Ok(()) }
    }

    /// Up to `n` are done; returns how many that were.
    #[inline]
    pub(super) fn finish(&self, n: usize) -> usize {
        let mut done = self.done.load(Acquire);
        loop {
            let unfinished = self.unfinished_beyond(done);
            let finished = n.min(unfinished);
            if finished == 0 {
                return 0;
            }
            // Release, for joiners: what was done to the item comes before. The failure is an Acquire as the load is.
            match self.done.compare_exchange_weak(done, done.wrapping_add(finished * ONE), Release, Acquire) {
                Ok(_) => {
                    if finished == unfinished && done & JOINERS != 0 {
                        self.wake_joiners();
                    }
                    return finished;
                }
                Err(other) => done = other,
            }
        }
    }

    #[cold]
    fn wake_joiners(&self) {
        let mut waiting = self.joiners.lock();
        self.done.fetch_and(!JOINERS, Relaxed);
        waiting.wake(usize::MAX);
    }

    /// Waits until there are no unfinished tasks, or until the deadline; says whether there are none.
    #[track_caller]
    pub(super) fn join(&self, operation: &'static str, mut deadline: Deadline) -> bool {
        loop {
            if self.are_all_done() {
                return true;
            }
            if deadline == Deadline::Now {
                return false;
            }
            let waiting = self.joiners.lock();
            if self.are_all_done_or_mark() {
                return true;
            }
            sync::blocks(self, operation);
            if waiting.wait(Spin::new(), deadline) == Wake::TimedOut {
                deadline = Deadline::Now;
            }
        }
    }

    fn are_all_done(&self) -> bool {
        self.all_done(self.done.load(Acquire))
    }

    /// As [`are_all_done`](Tasks::are_all_done); where they are not, the thread that finishes the last will look for joiners.
    fn are_all_done_or_mark(&self) -> bool {
        self.all_done(self.done.fetch_or(JOINERS, Acquire))
    }

    /// How many have been put and are not done.
    pub(super) fn unfinished(&self) -> usize {
        self.unfinished_beyond(self.done.load(Acquire))
    }

    fn unfinished_beyond(&self, done: usize) -> usize {
        // Acquire: who is told of so many puts knows their items, as a generated client found (see `put`).
        self.puts.load(Acquire).wrapping_sub(done & !JOINERS) / ONE
    }

    fn all_done(&self, done: usize) -> bool {
        // Acquire: as in `unfinished_beyond`.
        done & !JOINERS == self.puts.load(Acquire)
    }
}
