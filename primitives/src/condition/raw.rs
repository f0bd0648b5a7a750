//! The condition itself: the threads that wait for it.

use crate::lockable::sealed::Base;
use crate::sync::atomic::{AtomicBool, Ordering::Relaxed};
use crate::sync::{self, Deadline, Spin, Waiters, Wake, constructors};

/// A condition without its lock.
///
/// `marked` says that threads may be in the queue. It is set by the thread that is about to wait, while it holds both the
/// lock and the queue's mutex, and cleared under that mutex by a notify that leaves the queue empty. The lock is given up
/// only under the mutex: the thread that then takes the lock and notifies finds the mark, waits for the mutex, and with it for the
/// thread to be in the queue. So no notify falls between the look at the data and the wait.
///
/// A wake-up is given to a thread: it ends one wait, and there are no others ("spurious" ones). A notify is never taken by
/// a thread that began to wait later, nor by one that has given up.
///
/// # Orderings
///
/// The mark is `Relaxed`: the waiter sets it before it releases the lock, the notifier has acquired the lock since.
/// Data is published by the lock, which every wait has acquired when it returns.
pub(super) struct RawCondition {
    pub(super) marked: AtomicBool,
    pub(super) waiters: Waiters,
}

impl RawCondition {
    constructors! {
        pub(super) fn new() -> Self {
            RawCondition { marked: AtomicBool::new(false), waiters: Waiters::new() }
        }
    }

    /// Gives all levels of the lock up, waits, and takes them back; says whether it was notified, or `None` where the lock
    /// was not held.
    #[track_caller]
    pub(super) fn wait(
        &self,
        lock: &(impl Base + ?Sized),
        operation: &'static str,
        deadline: Deadline,
    ) -> Option<bool> {
        let waiting = self.waiters.lock();
        self.marked.store(true, Relaxed);
        let levels = lock.release_all()?;
        sync::part(lock.object(), "release");
        sync::blocks(self, operation);
        let notified = waiting.wait(Spin::new(), deadline) == Wake::Woken;
        lock.restore(operation, levels);
        sync::part(lock.object(), "acquire");
        sync::step(self, operation, if notified { "notified" } else { "timed out" });
        Some(notified)
    }

    /// The calling thread holds the lock.
    #[inline]
    #[track_caller]
    pub(super) fn notify(&self, operation: &'static str, n: usize) {
        let woken = if self.marked.load(Relaxed) { self.notify_slow(n) } else { 0 };
        match woken {
            0 => sync::step(self, operation, "nobody waits"),
            _ => sync::step(self, operation, format_args!("woke {woken}")),
        }
    }

    #[cold]
    pub(super) fn notify_slow(&self, n: usize) -> usize {
        let mut waiting = self.waiters.lock();
        let woken = waiting.wake(n);
        if waiting.is_empty() {
            self.marked.store(false, Relaxed);
        }
        woken
    }
}
