//! A counter of permits: Python's `threading.Semaphore` and `threading.BoundedSemaphore`.

use std::fmt;
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::time::Duration;

use crate::error::ReleaseError;
use crate::sync::atomic::{AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use crate::sync::{
    self, Deadline, Guess, Place, SemaphoreSpecification, Site, Spin, Turn, Waiters, constructors,
};
use crate::time::Instant;

/// Threads may be in the queue: whoever releases has to look.
const WAITERS: usize = 1;
/// One permit.
const PERMIT: usize = 2;
/// The largest count that a word has room for beside the mark.
const MAX_PERMITS: usize = usize::MAX / PERMIT;

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
    state: AtomicUsize,
    /// What an acquire will find, without the mark; at least one permit, and never more than the limit or that one.
    guess: Guess,
    waiters: Waiters,
    specification: SemaphoreSpecification,
}

impl RawSemaphore {
    constructors! {
        fn new(permits: usize, limit: usize) -> Self {
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
    fn try_acquire(&self) -> bool {
        if let Some(specification) = self.specification.in_use() {
            return specification.try_acquire();
        }
        self.take_where(self.state.load(Relaxed))
    }

    /// Takes a permit if there is one, beginning from what was seen.
    fn take_where(&self, mut state: usize) -> bool {
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
    fn take_from(&self, state: usize) -> Result<usize, usize> {
        self.state.compare_exchange_weak(state, state - PERMIT, Acquire, Relaxed)
    }

    /// Takes a permit, or gives up at the deadline; says which.
    #[inline]
    #[track_caller]
    fn acquire(&self, operation: &'static str, deadline: impl FnOnce() -> Deadline) -> bool {
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
    fn acquire_slow(&self, operation: &'static str, deadline: Deadline) -> bool {
        let (mut spin, mut place) = (Spin::for_turn(), Place::new());
        loop {
            if self.try_acquire() {
                return true;
            }
            if deadline == Deadline::Now {
                return false;
            }
            // Whoever finds others waiting waits too: spinning here would only keep the processor from those with permits.
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
    fn release(&self, n: usize, limit: usize, fair: bool) -> Result<(), ReleaseError> {
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
    fn add_to(&self, state: usize, more: usize) -> Result<usize, usize> {
        self.state.compare_exchange_weak(state, more, Release, Relaxed)
    }

    #[cold]
    fn release_slow(&self, mut state: usize, n: usize, limit: usize, fair: bool) -> Result<(), ReleaseError> {
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
    fn permits(&self) -> usize {
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

mod sealed {
    /// A semaphore of this crate.
    pub trait Counted {
        /// What it is made of, and its limit.
        fn raw(&self) -> (&super::RawSemaphore, usize);
    }
}

/// The methods that both semaphores have, each with its own bound.
macro_rules! semaphore {
    ($name:ident) => {
        impl $name {
            /// Blocks until there is a permit and takes it.
            #[inline]
            #[track_caller]
            pub fn acquire(&self) {
                self.raw.acquire("acquire", || Deadline::Never);
                sync::step(&self.raw, "acquire", "");
            }

            /// Takes a permit if there is one and says whether it did; never blocks. Python's `acquire(blocking=False)`.
            #[inline]
            #[track_caller]
            #[must_use = "whether it was acquired"]
            pub fn try_acquire(&self) -> bool {
                let taken = self.raw.try_acquire();
                sync::step(&self.raw, "try_acquire", taken);
                taken
            }

            /// Blocks until there is a permit and takes it, or gives up after `timeout`; says whether it has it.
            ///
            /// A zero timeout is a poll. One that is too long for the clock, [`Duration::MAX`] among them, waits for
            /// ever.
            #[inline]
            #[track_caller]
            #[must_use = "whether it was acquired"]
            pub fn acquire_timeout(&self, timeout: Duration) -> bool {
                let taken = self.raw.acquire("acquire_timeout", || Deadline::after(timeout));
                sync::step(&self.raw, "acquire_timeout", taken);
                taken
            }

            /// As [`acquire_timeout`](Self::acquire_timeout), or gives up at `deadline`. One that has passed is a poll.
            #[track_caller]
            #[must_use = "whether a permit was acquired"]
            pub fn acquire_until(&self, deadline: Instant) -> bool {
                let taken = self.raw.acquire("acquire_until", || Deadline::until(deadline));
                sync::step(&self.raw, "acquire_until", taken);
                taken
            }

            /// Blocks until there is a permit and takes it until the guard is dropped: Python's `with`.
            #[inline]
            #[track_caller]
            pub fn permit(&self) -> Permit<'_> {
                self.raw.acquire("permit", || Deadline::Never);
                sync::step(&self.raw, "permit", "");
                self.guard()
            }

            /// Takes a permit until the guard is dropped, if there is one; never blocks.
            #[inline]
            #[track_caller]
            pub fn try_permit(&self) -> Option<Permit<'_>> {
                let taken = self.raw.try_acquire();
                sync::step(&self.raw, "try_permit", taken);
                taken.then(|| self.guard())
            }

            /// Blocks until there is a permit and takes it until the guard is dropped, or gives up after `timeout`.
            ///
            /// A zero timeout is a poll. One that is too long for the clock, [`Duration::MAX`] among them, waits for
            /// ever.
            #[inline]
            #[track_caller]
            pub fn permit_timeout(&self, timeout: Duration) -> Option<Permit<'_>> {
                let taken = self.raw.acquire("permit_timeout", || Deadline::after(timeout));
                sync::step(&self.raw, "permit_timeout", taken);
                taken.then(|| self.guard())
            }

            /// As [`permit_timeout`](Self::permit_timeout), or gives up at `deadline`. One that has passed is a poll.
            #[track_caller]
            pub fn permit_until(&self, deadline: Instant) -> Option<Permit<'_>> {
                let taken = self.raw.acquire("permit_until", || Deadline::until(deadline));
                sync::step(&self.raw, "permit_until", taken);
                taken.then(|| self.guard())
            }

            /// Blocks until there is a permit and takes it, as one that owns its semaphore: it can be kept, and sent to other threads, for
            /// any time.
            #[track_caller]
            pub fn permit_owned(self: &Arc<Self>) -> OwnedPermit<Self> {
                self.raw.acquire("permit_owned", || Deadline::Never);
                sync::step(&self.raw, "permit_owned", "");
                self.owned()
            }

            /// As [`permit_owned`](Self::permit_owned), if there is a permit; never blocks.
            #[track_caller]
            pub fn try_permit_owned(self: &Arc<Self>) -> Option<OwnedPermit<Self>> {
                let taken = self.raw.try_acquire();
                sync::step(&self.raw, "try_permit_owned", taken);
                // Not by a closure, which would be the caller.
                if taken { Some(self.owned()) } else { None }
            }

            /// A permit that the calling thread has acquired, and for which it makes no other.
            #[track_caller]
            fn owned(self: &Arc<Self>) -> OwnedPermit<Self> {
                OwnedPermit { semaphore: self.clone(), fair: false, site: Site::caller() }
            }

            #[inline]
            #[track_caller]
            fn release_up_to(
                &self,
                operation: &'static str,
                n: usize,
                limit: usize,
                fair: bool,
            ) -> Result<(), ReleaseError> {
                let released = self.raw.release(n, limit, fair);
                match released {
                    Ok(()) => sync::step(&self.raw, operation, n),
                    Err(error) => sync::step(&self.raw, operation, error),
                }
                released
            }

            /// A permit that the calling thread has acquired, and for which it makes no other.
            #[inline]
            #[track_caller]
            fn guard(&self) -> Permit<'_> {
                Permit { raw: &self.raw, limit: self.limit(), site: Site::caller() }
            }
        }

        impl sealed::Counted for $name {
            fn raw(&self) -> (&RawSemaphore, usize) {
                (&self.raw, self.limit())
            }
        }
    };
}

/// A counter of permits: taking one makes others wait when none is left. Python's `threading.Semaphore`.
///
/// [Acquired](Semaphore::acquire) in one place and [released](Semaphore::release) in another, by any thread, as Python's
/// programs do; or held as a [`Permit`] that releases when it is dropped. It is as fair as a [`Lock`](crate::Lock#fairness): a thread
/// that comes by just after a release may take the permit before one that has waited, but nobody waits forever.
///
/// An uncontended acquire or release is one atomic read-modify-write, or two where the count is not what it was: no system call,
/// no allocation, ever.
///
/// Semantics: Python 3.13, `threading`, "Semaphore objects".
///
/// ```
/// use selvedge_primitives::Semaphore;
///
/// static CONNECTIONS: Semaphore = Semaphore::new(2);
/// let first = CONNECTIONS.permit();
/// CONNECTIONS.acquire();
/// assert!(!CONNECTIONS.try_acquire(), "both are taken");
/// drop(first);
/// CONNECTIONS.release(1)?;
/// assert!(CONNECTIONS.release(0).is_err());
/// # Ok::<(), selvedge_primitives::ReleaseError>(())
/// ```
pub struct Semaphore {
    raw: RawSemaphore,
}

semaphore!(Semaphore);

impl Semaphore {
    /// The largest count.
    pub const MAX_PERMITS: usize = MAX_PERMITS;

    constructors! {
        /// A semaphore with `permits` to take. Python's default is 1.
        ///
        /// # Panics
        ///
        /// If `permits` is more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS).
        pub fn new(permits: usize) -> Self {
            Semaphore { raw: RawSemaphore::new(permits, MAX_PERMITS) }
        }
    }

    /// Adds `n` permits and lets as many of the threads go on that wait for one. Any thread may call this.
    ///
    /// # Errors
    ///
    /// [`ReleaseError::Zero`] if `n` is zero, as Python raises a `ValueError`, and [`ReleaseError::TooMany`] if the count
    /// would be more than [`MAX_PERMITS`](Semaphore::MAX_PERMITS). The semaphore is then as it was.
    #[inline]
    #[track_caller]
    pub fn release(&self, n: usize) -> Result<(), ReleaseError> {
        self.release_up_to("release", n, self.limit(), false)
    }

    /// As [`release`](Self::release), and where threads wait for a permit, those that have waited longest have the permits at
    /// once: nobody who comes by can take them first. That costs a switch of threads.
    ///
    /// # Errors
    ///
    /// As [`release`](Self::release).
    #[track_caller]
    pub fn release_fair(&self, n: usize) -> Result<(), ReleaseError> {
        self.release_up_to("release_fair", n, self.limit(), true)
    }

    #[inline]
    fn limit(&self) -> usize {
        MAX_PERMITS
    }
}

/// A [`Semaphore`] that never has more permits than it began with: Python's `threading.BoundedSemaphore`.
///
/// A release too many is mostly a mistake in the program; this semaphore tells.
///
/// ```
/// use selvedge_primitives::{BoundedSemaphore, ReleaseError};
///
/// let semaphore = BoundedSemaphore::new(2);
/// semaphore.acquire();
/// assert_eq!(semaphore.release(2), Err(ReleaseError::TooMany { released: 2, available: 1, limit: 2 }));
/// assert_eq!(semaphore.release(1), Ok(()));
/// ```
///
/// Semantics: Python 3.13, `threading`, "Semaphore objects".
pub struct BoundedSemaphore {
    raw: RawSemaphore,
    limit: usize,
}

semaphore!(BoundedSemaphore);

impl BoundedSemaphore {
    constructors! {
        /// A semaphore with `permits` to take, and never more. Python's default is 1.
        ///
        /// # Panics
        ///
        /// If `permits` is more than [`Semaphore::MAX_PERMITS`].
        pub fn new(permits: usize) -> Self {
            BoundedSemaphore { raw: RawSemaphore::new(permits, permits), limit: permits }
        }
    }

    /// Gives `n` permits back and lets as many of the threads go on that wait for one. Any thread may call this.
    ///
    /// # Errors
    ///
    /// [`ReleaseError::Zero`] if `n` is zero, and [`ReleaseError::TooMany`] if there would be more permits than at the
    /// beginning, as Python raises a `ValueError`. The semaphore is then as it was.
    #[inline]
    #[track_caller]
    pub fn release(&self, n: usize) -> Result<(), ReleaseError> {
        self.release_up_to("release", n, self.limit(), false)
    }

    /// As [`release`](Self::release), and where threads wait for a permit, those that have waited longest have the permits at
    /// once: nobody who comes by can take them first. That costs a switch of threads.
    ///
    /// # Errors
    ///
    /// As [`release`](Self::release).
    #[track_caller]
    pub fn release_fair(&self, n: usize) -> Result<(), ReleaseError> {
        self.release_up_to("release_fair", n, self.limit(), true)
    }

    #[inline]
    fn limit(&self) -> usize {
        self.limit
    }
}

/// One: Python's default.
impl Default for Semaphore {
    fn default() -> Self {
        Semaphore::new(1)
    }
}

/// One: Python's default.
impl Default for BoundedSemaphore {
    fn default() -> Self {
        BoundedSemaphore::new(1)
    }
}

impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Semaphore").field("permits", &self.raw.permits()).finish()
    }
}

impl fmt::Debug for BoundedSemaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BoundedSemaphore")
            .field("permits", &self.raw.permits())
            .field("limit", &self.limit)
            .finish()
    }
}

/// A permit of a [`Semaphore`] or a [`BoundedSemaphore`]; dropping it gives it back.
///
/// # Panics
///
/// Dropping it panics where giving it back is an error, since somebody has released more than was acquired; not while the
/// thread is panicking already.
#[must_use = "the permit is given back as soon as it is dropped"]
pub struct Permit<'a> {
    raw: &'a RawSemaphore,
    limit: usize,
    site: Site,
}

impl Permit<'_> {
    /// Gives the permit back as the drop does, and where threads wait for one, the thread that has waited longest has it at once:
    /// nobody who comes by can take it first. That costs a switch of threads.
    ///
    /// # Panics
    ///
    /// As the [drop](Permit).
    #[track_caller]
    pub fn release_fair(self) {
        let permit = ManuallyDrop::new(self);
        give_back(permit.raw, permit.limit, true, Site::caller());
    }
}

impl Drop for Permit<'_> {
    #[inline]
    fn drop(&mut self) {
        give_back(self.raw, self.limit, false, self.site);
    }
}

/// Gives one permit back, for a guard that was made at `site`.
#[inline]
fn give_back(raw: &RawSemaphore, limit: usize, fair: bool, site: Site) {
    let operation = if fair { "release_fair" } else { "release" };
    let released = raw.release(1, limit, fair);
    match released {
        Ok(()) => site.step(raw, operation, 1),
        Err(error) => site.step(raw, operation, error),
    }
    if let Err(error) = released {
        assert!(std::thread::panicking(), "{error}");
    }
}

/// A permit that owns its semaphore, which is a [`Semaphore`] or a [`BoundedSemaphore`]; dropping it gives it back, on whatever thread.
///
/// ```
/// use std::sync::Arc;
/// use selvedge_primitives::{Semaphore, spawn};
///
/// let connections = Arc::new(Semaphore::new(2));
/// let permit = connections.permit_owned();
/// let worker = spawn(move || drop(permit))?;
/// worker.join().unwrap();
/// assert!(connections.try_acquire() && connections.try_acquire());
/// # Ok::<(), selvedge_primitives::StartError>(())
/// ```
///
/// # Panics
///
/// As a [`Permit`].
#[must_use = "the permit is given back as soon as it is dropped"]
pub struct OwnedPermit<S: sealed::Counted = Semaphore> {
    semaphore: Arc<S>,
    /// Whether the drop hands the permit over.
    fair: bool,
    site: Site,
}

impl<S: sealed::Counted> OwnedPermit<S> {
    /// The semaphore.
    #[must_use]
    pub fn source(permit: &Self) -> &Arc<S> {
        &permit.semaphore
    }

    /// Gives the permit back as the drop does, and hands it over as [`Permit::release_fair`] does.
    ///
    /// # Panics
    ///
    /// As the [drop](OwnedPermit).
    #[track_caller]
    pub fn release_fair(mut permit: Self) {
        (permit.fair, permit.site) = (true, Site::caller());
    }
}

impl<S: sealed::Counted> Drop for OwnedPermit<S> {
    fn drop(&mut self) {
        let (raw, limit) = self.semaphore.raw();
        give_back(raw, limit, self.fair, self.site);
    }
}

impl<S: sealed::Counted> fmt::Debug for OwnedPermit<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit").field("left", &self.semaphore.raw().0.permits()).finish()
    }
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("left", &self.raw.permits()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Thread;

    #[test]
    fn a_semaphore_is_as_new_when_nobody_waits_for_it_any_more() {
        sync::model(|| {
            let semaphore = Arc::new(Semaphore::new(0));
            let other = Thread::new({
                let semaphore = semaphore.clone();
                move || semaphore.acquire()
            });
            other.start().unwrap();
            semaphore.release(1).unwrap();
            other.join().unwrap();
            assert_eq!(semaphore.raw.state.load(Relaxed), 0);
        });
    }

    /// A semaphore without permits for which another thread waits, or, in a model, is about to, as is said. The last hand-over is long
    /// ago.
    fn waited_for() -> (Arc<Semaphore>, Thread, bool) {
        let semaphore = Arc::new(Semaphore::new(0));
        let other = Thread::new({
            let semaphore = semaphore.clone();
            move || semaphore.acquire()
        });
        other.start().unwrap();
        while semaphore.raw.state.load(Relaxed) != WAITERS {
            sync::yield_now();
        }
        let waits = || !semaphore.raw.waiters.lock().is_empty();
        while cfg!(real_threads) && !waits() {
            sync::yield_now();
        }
        sync::sleep(Duration::from_millis(2));
        let waits = waits();
        (semaphore, other, waits)
    }

    #[test]
    fn a_fair_release_hands_a_permit_to_a_thread_that_waits_and_leaves_the_others() {
        sync::model(|| {
            let (semaphore, other, waits) = waited_for();
            semaphore.release_fair(3).unwrap();
            if waits {
                assert_eq!(semaphore.raw.state.load(Relaxed), 2 * PERMIT, "one was never to be had");
            }
            other.join().unwrap();
            assert_eq!(semaphore.raw.state.load(Relaxed), 2 * PERMIT);
        });
    }

    #[test]
    fn a_permit_that_is_released_fair_goes_to_a_thread_that_waits() {
        sync::model(|| {
            let (semaphore, other, waits) = waited_for();
            let permit = semaphore.guard();
            permit.release_fair();
            if waits {
                assert!(!semaphore.try_acquire(), "it was never to be had");
            }
            other.join().unwrap();
        });
    }

    #[test]
    fn an_owned_permit_that_is_released_fair_goes_to_a_thread_that_waits() {
        sync::model(|| {
            let (semaphore, other, waits) = waited_for();
            OwnedPermit::release_fair(semaphore.owned());
            if waits {
                assert!(!semaphore.try_acquire(), "it was never to be had");
            }
            other.join().unwrap();
        });
    }

    /// In a model that is explored both ways.
    #[cfg(real_threads)]
    #[test]
    fn a_release_hands_a_permit_to_a_thread_that_has_waited_long() {
        for _ in 0..10 {
            let (semaphore, other, _) = waited_for();
            semaphore.release(1).unwrap();
            assert!(!semaphore.try_acquire(), "it was never to be had");
            other.join().unwrap();
        }
    }
}
