//! The lock itself: its owner, and how many levels it has.

use crate::lock::RawLock;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::sync::{self, Deadline, UnsafeCell, constructors};

/// No thread's identity.
const NOBODY: u64 = 0;

/// A reentrant lock without data.
///
/// | `owner` | `lock` | `levels` | meaning |
/// |---|---|---|---|
/// | nobody | free | 0 | free |
/// | nobody | held | 0 | just acquired, or about to be released |
/// | a thread | held | 1 or more | held by that thread, acquired so often |
///
/// `levels` is touched only by the thread that holds `lock`.
///
/// # Orderings
///
/// `owner` is `Relaxed`: a thread asks only whether it is itself the owner. What it reads is its own last write or a
/// later one by another thread, since it sees its own writes in their order; it writes itself when it has acquired
/// `lock` and nobody before it releases it; so it reads itself exactly while it holds the lock. Identities are never used
/// twice, so nobody is taken for a thread that has ended. What the lock guards is published by `lock`.
pub(crate) struct RawRLock {
    pub(super) lock: RawLock,
    pub(super) owner: AtomicU64,
    pub(super) levels: UnsafeCell<usize>,
}

// SAFETY: `levels` is touched only by the thread that holds `lock`, and `lock` orders the holders.
unsafe impl Sync for RawRLock {}

impl RawRLock {
    constructors! {
        pub(super) fn new() -> Self {
            RawRLock { lock: RawLock::new(), owner: AtomicU64::new(NOBODY), levels: UnsafeCell::new(0) }
        }
    }

    /// Whether the calling thread holds the lock.
    #[inline]
    pub(crate) fn is_owned(&self) -> bool {
        self.owner.load(Relaxed) == sync::thread_identity()
    }

    #[inline]
    pub(crate) fn is_locked(&self) -> bool {
        self.lock.is_locked()
    }

    /// Takes the lock once more if the calling thread has it, or if it is free. Never blocks.
    #[inline]
    pub(super) fn try_acquire(&self) -> bool {
        let me = sync::thread_identity();
        if self.owner.load(Relaxed) == me {
            self.enter_again();
            return true;
        }
        let taken = self.lock.try_acquire();
        if taken {
            self.enter(me, 1);
        }
        taken
    }

    /// Takes the lock once more if the calling thread has it, or when it is free, or gives up at the deadline; says which.
    #[inline]
    #[track_caller]
    pub(crate) fn acquire(&self, operation: &'static str, deadline: impl FnOnce() -> Deadline) -> bool {
        let me = sync::thread_identity();
        if self.owner.load(Relaxed) == me {
            self.enter_again();
            return true;
        }
        let taken = self.lock.acquire(operation, deadline);
        if taken {
            self.enter(me, 1);
        }
        taken
    }

    /// What reports know it by: the lock that a thread waits for.
    pub(crate) fn object(&self) -> &RawLock {
        &self.lock
    }

    /// Gives one level back, and the lock with the last. False if the calling thread does not hold it.
    #[inline]
    pub(crate) fn release(&self) -> bool {
        self.release_to(false)
    }

    /// As [`release`](RawRLock::release), and with the last level hands the lock over to the thread that has waited longest.
    #[inline]
    pub(crate) fn release_fair(&self) -> bool {
        self.release_to(true)
    }

    #[inline]
    pub(super) fn release_to(&self, fair: bool) -> bool {
        if !self.is_owned() {
            return false;
        }
        // SAFETY: the calling thread holds the lock.
        let left = unsafe {
            let levels = self.levels.get_mut();
            *levels.deref() -= 1;
            *levels.deref()
        };
        if left == 0 {
            self.leave(fair);
        }
        true
    }

    /// Gives all levels back and says how many; `None` if the calling thread does not hold the lock.
    pub(crate) fn release_all(&self) -> Option<usize> {
        if !self.is_owned() {
            return None;
        }
        // SAFETY: the calling thread holds the lock.
        let levels = unsafe { std::mem::take(self.levels.get_mut().deref()) };
        self.leave(false);
        Some(levels)
    }

    /// Blocks until the lock is free and takes it `levels` times; the calling thread does not hold it.
    #[track_caller]
    pub(crate) fn restore(&self, operation: &'static str, levels: usize) {
        self.lock.acquire(operation, || Deadline::Never);
        self.enter(sync::thread_identity(), levels);
    }

    #[inline]
    pub(super) fn enter(&self, me: u64, levels: usize) {
        self.owner.store(me, Relaxed);
        // SAFETY: the calling thread has just acquired the lock.
        unsafe { *self.levels.get_mut().deref() = levels };
    }

    #[inline]
    #[track_caller]
    pub(super) fn enter_again(&self) {
        let levels = self.levels.get_mut();
        // SAFETY: the calling thread holds the lock.
        let levels = unsafe { levels.deref() };
        *levels = levels.checked_add(1).expect("an RLock is acquired at most usize::MAX times at once");
    }

    /// The owner goes before the lock does: afterwards it may be another thread's name that is written over.
    #[inline]
    pub(super) fn leave(&self, fair: bool) {
        self.owner.store(NOBODY, Relaxed);
        if fair {
            self.lock.release_fair();
        } else {
            self.lock.release();
        }
    }
}
