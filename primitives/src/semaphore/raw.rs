//! The semaphore itself: a count in a word, and the threads that wait for it.

use crate::error::ReleaseError;
use crate::sync::atomic::{AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use crate::sync::{self, Deadline, Guess, Place, SemaphoreSpecification, Spin, Turn, Waiters, constructors};

/// Threads may be in the queue: the thread that releases has to look.
pub(super) const WAITERS: usize = 1;
/// One permit.
pub(super) const PERMIT: usize = 2;
/// The largest count that a word has room for beside the mark.
pub(super) const MAX_PERMITS: usize = usize::MAX / PERMIT;

/// A counter without a bound of its own, for both semaphores.
///
/// The lowest bit is `WAITERS`, the others count permits:
///
/// | `WAITERS` | permits | meaning |
/// |---|---|---|
/// | 0 | any | nobody waits |
/// | 1 | none | threads wait or have just given up |
/// | 1 | some | as many threads were woken for the permits, and others still wait |
///
/// `WAITERS` is set by the thread that is about to wait, and cleared only under the queue's mutex, by a release that leaves
/// the queue empty. A thread waits only if, under that mutex, it still sees the mark and no permit; and while the mark is
/// there permits are only added under the mutex. So no release goes unseen.
///
/// One wake a permit is enough. If another thread takes the permit before the woken one does, then that other one's
/// release finds the mark still set, or set again by the woken thread when it goes back to wait.
///
/// # Hand-over
///
/// A release that finds threads waiting may hand its permits to the first of them: these are never counted, and nobody takes them in
/// between. Only what is left over is added. When that is, [`Waiters`] says. A thread that is told so has its permit, even if its time
/// is up: a hand-over goes to nobody who has given up, since both are decided under the queue's mutex.
///
/// # Guessing
///
/// A count has to be known before it can be changed, and reading a word that a read-modify-write has just changed takes as long
/// as half of another one. So neither an acquire nor a release reads first: they swap what they guess for what it
/// would become, and the swap says what there is where the guess is wrong. The guess is what the last acquire found that had
/// guessed wrong: where one thread at a time comes and goes, that is what the next one will find.
///
/// # Orderings
///
/// A release is a `Release` read-modify-write and an acquire an `Acquire` one, on one word, and nothing else writes it
/// but further read-modify-writes: every release happens before every acquire that came after it and before its
/// permit could have been counted. The mark publishes nothing and is `Relaxed`; that it is seen in time is a matter of
/// the queue's mutex, not of ordering. A permit that is handed over is published by that mutex too.
pub struct RawSemaphore {
    pub(super) state: AtomicUsize,
    /// What an acquire will find, without the mark; at least one permit, and never more than the limit or that one.
    pub(super) guess: Guess,
    pub(super) waiters: Waiters,
    pub(super) specification: SemaphoreSpecification,
}

impl RawSemaphore {
    constructors! {
        pub(super) fn new(permits: usize, limit: usize) -> Self {
            assert!(permits <= MAX_PERMITS, "more permits than `Semaphore::MAX_PERMITS`");
            RawSemaphore {
                state: AtomicUsize::new(permits * PERMIT),
                guess: Guess::new(if permits == 0 { PERMIT } else { permits * PERMIT }),
                waiters: Waiters::new(),
                specification: SemaphoreSpecification::new(permits, limit),
            }
        }
    }

    /// Takes a permit if there is one. Never blocks.
    #[inline]
    #[track_caller]
    pub(super) fn try_acquire(&self) -> bool {
        if let Some(specification) = self.specification.in_use() {
            return specification.try_acquire();
        }
        self.take_where(self.state.load(Relaxed))
    }

    /// Takes a permit if there is one, beginning from what was seen.
    pub(super) fn take_where(&self, mut state: usize) -> bool {
        while state >= PERMIT {
            match self.take_from(state) {
                Ok(found) => {
                    self.guess.set(found & !WAITERS);
                    return true;
                }
                Err(now) => state = now,
            }
        }
        false
    }

    /// Takes a permit where there is what was seen or guessed; else says what there is, or the same for no reason.
    #[inline]
    pub(super) fn take_from(&self, state: usize) -> Result<usize, usize> {
        self.state.compare_exchange_weak(state, state - PERMIT, Acquire, Relaxed)
    }

    /// Takes a permit, or gives up at the deadline; says which.
    #[inline]
    #[track_caller]
    pub(super) fn acquire(&self, operation: &'static str, deadline: impl FnOnce() -> Deadline) -> bool {
        if let Some(specification) = self.specification.in_use() {
            return specification.acquire(deadline());
        }
        match self.take_from(self.guess.get()) {
            Ok(_) => true,
            Err(state) => self.take_where(state) || self.acquire_slow(operation, deadline()),
        }
    }

    #[cold]
    #[track_caller]
    pub(super) fn acquire_slow(&self, operation: &'static str, deadline: Deadline) -> bool {
        let (mut spin, mut place) = (Spin::for_turn(), Place::new());
        loop {
            if self.try_acquire() {
                return true;
            }
            if deadline == Deadline::Now {
                return false;
            }
            // A thread that finds others waiting waits too: spinning here would only keep the processor from those with permits.
            if self.state.load(Relaxed) == 0
                && (spin.spin() || self.state.compare_exchange(0, WAITERS, Relaxed, Relaxed).is_err())
            {
                continue;
            }
            let waiting = self.waiters.lock();
            if self.state.load(Relaxed) != WAITERS {
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

    /// Adds `n` permits, unless that is none, or more than `limit` with those that there are.
    #[inline]
    #[track_caller]
    pub(super) fn release(&self, n: usize, limit: usize, fair: bool) -> Result<(), ReleaseError> {
        if let Some(specification) = self.specification.in_use() {
            if n == 0 {
                return Err(ReleaseError::Zero);
            }
            let released = specification.release(n);
            return released.map_err(|available| ReleaseError::TooMany { released: n, available, limit });
        }
        let guess = self.guess.get() - PERMIT;
        let state = match added(guess, n, limit) {
            Ok(more) => match self.add_to(guess, more) {
                Ok(_) => return Ok(()),
                Err(state) => state,
            },
            // So it would be if the guess were right.
            Err(_) => self.state.load(Relaxed),
        };
        self.release_slow(state, n, limit, fair)
    }

    /// Adds permits where there is what was seen or guessed; else says what there is, or the same for no reason.
    #[inline]
    pub(super) fn add_to(&self, state: usize, more: usize) -> Result<usize, usize> {
        self.state.compare_exchange_weak(state, more, Release, Relaxed)
    }

    #[cold]
    pub(super) fn release_slow(
        &self,
        mut state: usize,
        n: usize,
        limit: usize,
        fair: bool,
    ) -> Result<(), ReleaseError> {
        loop {
            let more = added(state, n, limit)?;
            if state & WAITERS == 0 {
                match self.add_to(state, more) {
                    Ok(_) => return Ok(()),
                    Err(now) => state = now,
                }
                continue;
            }
            let mut waiting = self.waiters.lock();
            state = self.state.load(Relaxed);
            if state & WAITERS == 0 {
                continue;
            }
            // Nobody adds permits and nobody clears the mark while the mutex is held; so if there is room at this look,
            // there is room until the end.
            added(state, n, limit)?;
            let free = n - waiting.hand_over(n, fair);
            waiting.wake(free);
            let mark = if waiting.is_empty() { WAITERS } else { 0 };
            // Nothing is added, and the mark taken away, where all were handed over and nobody is left.
            self.state.fetch_add((free * PERMIT).wrapping_sub(mark), Release);
            return Ok(());
        }
    }

    #[inline]
    #[track_caller]
    pub(super) fn permits(&self) -> usize {
        if let Some(specification) = self.specification.in_use() {
            return specification.permits();
        }
        self.state.load(Relaxed) / PERMIT
    }
}

/// The word with `n` more permits and the same mark.
#[inline]
fn added(state: usize, n: usize, limit: usize) -> Result<usize, ReleaseError> {
    let available = state / PERMIT;
    if n == 0 {
        Err(ReleaseError::Zero)
    } else if n > limit - available {
        Err(ReleaseError::TooMany { released: n, available, limit })
    } else {
        Ok(state + n * PERMIT)
    }
}
