//! The lock itself: a word, and the threads that wait for it.

use crate::sync::atomic::{AtomicU8, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use crate::sync::{self, Deadline, LockSpecification, Place, Spin, Turn, Waiters, constructors};

/// The lock is held.
const LOCKED: u8 = 1;
/// Threads may be in the queue: the thread that releases has to look.
const WAITERS: u8 = 2;

/// A lock without data, for those primitives that are made of one.
///
/// | `WAITERS` | `LOCKED` | meaning |
/// |---|---|---|
/// | 0 | 0 | free |
/// | 0 | 1 | held, nobody waits |
/// | 1 | 1 | held, and threads wait or have just given up |
/// | 1 | 0 | free; one thread was woken and others still wait |
///
/// `WAITERS` is set by the thread that is about to wait, and cleared only under the queue's mutex by a release that leaves
/// the queue empty. A thread waits only if, under that mutex, it still sees `LOCKED | WAITERS`; so the holder will find
/// the mark and take the mutex, and no release goes unseen.
///
/// One wake is enough: a release makes room for one thread. If another takes the lock before the woken one does, that
/// one's release finds `WAITERS` still set, or set again by the woken thread when it goes back to wait.
///
/// # Hand-over
///
/// A release that finds threads waiting may hand the lock to the first of them: `LOCKED` stays, and nobody takes the lock in between.
/// It does so at most twice in a millisecond, or where it is asked to (see [`Waiters`]). The thread that is told has the lock, even
/// if its time is up: a hand-over goes to nobody who has given up, since both are decided under the queue's mutex. Nothing is woken
/// beside it, for nothing is free; the new holder's release finds the mark where others still wait.
///
/// # Orderings
///
/// Acquiring is an `Acquire` read-modify-write, releasing a `Release` one, on one word: what was written under the lock
/// happens before what the next holder reads. Where the lock is handed over, the queue's mutex says so: the releaser gives it up
/// after it has written, and the next holder takes it to be told. The marks themselves publish nothing and are `Relaxed`; that a
/// waiter's mark is seen in time is a matter of the queue's mutex, not of ordering.
pub(crate) struct RawLock {
    pub(super) state: AtomicU8,
    pub(super) waiters: Waiters,
    pub(super) specification: LockSpecification,
}

impl RawLock {
    constructors! {
        pub(crate) fn new() -> Self {
            RawLock { state: AtomicU8::new(0), waiters: Waiters::new(), specification: LockSpecification::new() }
        }
    }

    /// Takes the lock if it is free. Never blocks.
    #[inline]
    #[track_caller]
    pub(crate) fn try_acquire(&self) -> bool {
        if let Some(specification) = self.specification.in_use() {
            return specification.try_acquire();
        }
        // Not a load first: a load may return an older value, and the try fail although the lock is free.
        let mut expected = 0;
        while let Err(state) = self.take(expected) {
            if state & LOCKED != 0 {
                return false;
            }
            expected = state;
        }
        true
    }

    /// Takes the lock where the word is `free`, with the mark or without; else says what it is.
    #[inline]
    pub(super) fn take(&self, free: u8) -> Result<u8, u8> {
        self.state.compare_exchange(free, free | LOCKED, Acquire, Relaxed)
    }

    /// Takes the lock where the word is 0, or fails for no reason.
    #[inline]
    pub(super) fn take_at_once(&self) -> bool {
        self.state.compare_exchange_weak(0, LOCKED, Acquire, Relaxed).is_ok()
    }

    /// Takes the lock, or gives up at the deadline; says which.
    #[inline]
    #[track_caller]
    pub(crate) fn acquire(&self, operation: &'static str, deadline: impl FnOnce() -> Deadline) -> bool {
        if let Some(specification) = self.specification.in_use() {
            return specification.acquire(deadline());
        }
        if self.take_at_once() {
            return true;
        }
        self.acquire_slow(operation, deadline())
    }

    #[cold]
    #[track_caller]
    pub(super) fn acquire_slow(&self, operation: &'static str, deadline: Deadline) -> bool {
        if deadline == Deadline::Now {
            return self.try_acquire();
        }
        let (mut spin, mut place) = (Spin::for_turn(), Place::new());
        loop {
            // A look first, here where an older value does no harm: a read-modify-write that fails takes the word's cache
            // line from the holder all the same.
            let state = self.state.load(Relaxed);
            if state & LOCKED == 0 {
                if self.try_acquire() {
                    return true;
                }
                continue;
            }
            // A thread that finds others waiting waits too: spinning here would only keep the processor from the holder.
            if state == LOCKED
                && (spin.spin()
                    || self.state.compare_exchange(LOCKED, LOCKED | WAITERS, Relaxed, Relaxed).is_err())
            {
                continue;
            }
            let waiting = self.waiters.lock();
            if self.state.load(Relaxed) != LOCKED | WAITERS {
                continue;
            }
            sync::blocks(self, operation);
            match waiting.wait_for_turn(&mut place, deadline) {
                Turn::Handed => return true,
                Turn::Woken => spin = Spin::for_turn(),
                Turn::TimedOut => return self.try_acquire(),
            }
        }
    }

    /// Frees the lock, whichever thread holds it. False if nobody does.
    #[inline]
    #[track_caller]
    pub(crate) fn release(&self) -> bool {
        self.release_to(false)
    }

    /// Hands the lock over to the thread that has waited longest, or frees it where nobody waits, whichever thread holds it. False if
    /// nobody does.
    #[inline]
    #[track_caller]
    pub(crate) fn release_fair(&self) -> bool {
        self.release_to(true)
    }

    #[inline]
    #[track_caller]
    pub(super) fn release_to(&self, fair: bool) -> bool {
        if let Some(specification) = self.specification.in_use() {
            return specification.release();
        }
        self.free() || self.release_slow(fair)
    }

    /// Frees the lock where nobody waits.
    #[inline]
    pub(super) fn free(&self) -> bool {
        self.state.compare_exchange(LOCKED, 0, Release, Relaxed).is_ok()
    }

    #[cold]
    pub(super) fn release_slow(&self, fair: bool) -> bool {
        loop {
            match self.state.load(Relaxed) {
                LOCKED => {
                    if self.free() {
                        return true;
                    }
                }
                state if state & LOCKED == 0 => return false,
                _ => {
                    let mut waiting = self.waiters.lock();
                    // Two threads may be releasing: only one of them frees the lock. While both marks are set, only the
                    // holder of the queue's mutex changes the word, so this look decides.
                    if self.state.load(Relaxed) != LOCKED | WAITERS {
                        continue;
                    }
                    let left = if waiting.hand_over(1, fair) == 1 {
                        LOCKED
                    } else {
                        waiting.wake(1);
                        0
                    };
                    let mark = if waiting.is_empty() { 0 } else { WAITERS };
                    self.state.store(left | mark, Release);
                    return true;
                }
            }
        }
    }

    /// Returns when another thread waits for this held lock and the last hand-over is long ago. In a model it may only be about to
    /// wait: says whether it does.
    #[cfg(test)]
    pub(crate) fn when_contended(&self) -> bool {
        while self.state.load(Relaxed) != LOCKED | WAITERS {
            sync::yield_now();
        }
        let waits = || !self.waiters.lock().is_empty();
        while cfg!(real_threads) && !waits() {
            sync::yield_now();
        }
        sync::sleep(std::time::Duration::from_millis(2));
        waits()
    }

    #[inline]
    pub(crate) fn is_locked(&self) -> bool {
        if let Some(specification) = self.specification.in_use() {
            return specification.is_locked();
        }
        self.state.load(Relaxed) & LOCKED != 0
    }
}
