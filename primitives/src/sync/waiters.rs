//! The seam through which every primitive blocks: a queue of waiting threads, first in, first out.
//!
//! A primitive keeps its state in an atomic word of its own and marks in that word that somebody may be waiting. A thread that
//! wants to wait takes the queue's mutex, looks at the word again, and waits; the thread that changes the word and sees the mark
//! takes the mutex and wakes. So the decision to wait and the wake-up are ordered by the mutex, and a wake-up cannot fall
//! between the look and the wait.
//!
//! A wake-up is given to a waiter, not to a condition: [`Waiting::wake`] takes the longest-waiting threads out of the queue,
//! and each of them returns [`Wake::Woken`], even if its deadline passes in the same moment. So nothing that was handed
//! out is lost by a timeout, and a wake-up can be counted.
//!
//! # Turns
//!
//! A thread that waits for a lock or a permit is mostly only woken: it then has to be there before a thread that comes by, and may
//! lose every time. So [`Waiting::hand_over`] gives the lock itself away, to the threads that have waited longest. That costs a
//! switch of threads, during which nobody uses the lock; so a queue hands over at most once in a [`Pace`]'s time, unless the releaser
//! asks for it. A thread that was woken and came too late goes back to its old [`Place`], before all that came after it. So each of
//! `n` threads that wait has its turn after `n` of these times at the latest, and what the holders take beyond.
//!
//! A waiter may spin in the queue before it blocks. It does so without the mutex, looking at a hint, and takes the mutex before
//! it believes it; so the thread that wakes is done with it when it leaves. Whether it has blocked is said under the mutex: where
//! it has not, there is nobody to notify, and it finds the message when it comes to block.
//!
//! # Orderings
//!
//! The links are plain memory that only the holder of the mutex touches. What a primitive publishes to those that it
//! wakes travels through the mutex: released by the waker's unlock, acquired by the waiter's lock.

use std::cell::Cell;
use std::marker::PhantomPinned;
use std::pin::pin;
use std::ptr;

use super::backend::atomic::{AtomicBool, Ordering::Relaxed};
use super::backend::{Condvar, Deadline, Mutex, MutexGuard, Pace, Spin, constructors};

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Wake {
    /// By [`Waiting::wake`].
    Woken,
    /// The deadline passed and nobody had woken this thread.
    TimedOut,
}

/// How a wait for a lock or a permit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Turn {
    /// By [`Waiting::hand_over`]: what this thread waited for is its own.
    Handed,
    /// By [`Waiting::wake`]: it may be had.
    Woken,
    /// The deadline passed and nobody had woken this thread.
    TimedOut,
}

/// What a thread is told that is only woken.
const WOKEN: usize = 0;
/// What a thread is told to which something was handed over.
const HANDED: usize = 1;

/// A thread's place in the line, which it keeps while it waits for one thing again and again.
pub(crate) struct Place(Option<u32>);

impl Place {
    /// The last.
    pub(crate) const fn new() -> Self {
        Place(None)
    }
}

/// A queue of waiting threads.
pub(crate) struct Waiters {
    queue: Mutex<Queue>,
}

/// The queue while its mutex is held.
pub(crate) struct Waiting<'a> {
    mutex: &'a Mutex<Queue>,
    queue: MutexGuard<'a, Queue>,
}

/// A doubly linked list of [`Waiter`]s by their numbers, and what decides when one of them has its turn.
struct Queue {
    /// Null when nobody waits.
    first: *const Waiter,
    /// The number of the next thread that joins the line. It wraps: fewer threads than half of that wait at once.
    next: u32,
    pace: Pace,
}

// SAFETY: the pointers lead to `Waiter`s, of which all but an atomic is touched only while the mutex around the queue is
// held.
unsafe impl Send for Queue {}

/// A waiting thread's place in the queue, on that thread's stack. It stays where it is until it is out of the queue.
struct Waiter {
    /// Notified when this waiter is woken, and never else; its mutex is the queue's.
    condvar: Condvar,
    /// What this waiter was woken with, once it was: `WOKEN` or `HANDED`, or what a caller of `wake_with` means by it.
    message: Cell<Option<usize>>,
    /// Whether this waiter has come to wait for its condition variable, so that it takes a notification to wake it.
    blocked: Cell<bool>,
    /// Whether there is a message, for a waiter that spins without the mutex. A hint: it then takes the mutex and looks.
    woken: AtomicBool,
    number: u32,
    /// The one before this; of the first one, the last.
    before: Cell<*const Waiter>,
    /// Null behind the last.
    behind: Cell<*const Waiter>,
    _pinned: PhantomPinned,
}

impl Waiters {
    constructors! {
        pub(crate) fn new() -> Self {
            Waiters { queue: Mutex::new(Queue { first: ptr::null(), next: 0, pace: Pace::new() }) }
        }
    }

    /// Stops everybody else from beginning a wait and from waking.
    pub(crate) fn lock(&self) -> Waiting<'_> {
        Waiting { mutex: &self.queue, queue: self.queue.lock() }
    }
}

impl Waiting<'_> {
    /// Whether nobody waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.first.is_null()
    }

    /// Whether more than `n` threads wait. Takes time in proportion to `n`.
    pub(crate) fn is_longer_than(&self, n: usize) -> bool {
        let mut waiter = self.queue.first;
        for _ in 0..n {
            // SAFETY: as in `Waiting::wake`: the mutex is held, so members of the queue are alive.
            let Some(first) = (unsafe { waiter.as_ref() }) else { return false };
            waiter = first.behind.get();
        }
        !waiter.is_null()
    }

    /// Wakes the `n` threads that have waited longest, or all where they are fewer; returns how many.
    pub(crate) fn wake(&mut self, n: usize) -> usize {
        self.wake_with(n, WOKEN)
    }

    /// As [`wake`](Waiting::wake), and tells each of them `message`.
    pub(crate) fn wake_with(&mut self, n: usize, message: usize) -> usize {
        for woken in 0..n {
            // SAFETY: a waiter takes itself out of the queue before it returns, which needs the mutex that is held here;
            // so what the queue points to is alive.
            let Some(waiter) = (unsafe { self.queue.first.as_ref() }) else { return woken };
            self.queue.unlink(waiter);
            waiter.message.set(Some(message));
            // All while the mutex is held: once it is free, the waiter may return and be gone.
            if waiter.blocked.get() {
                waiter.condvar.notify();
            } else {
                waiter.woken.store(true, Relaxed);
            }
        }
        n
    }

    /// Hands over what is released to the `n` threads that have waited longest, or to all where they are fewer; returns how many
    /// those are. Hands nothing over where it is too early for that, unless `fair` asks for it.
    pub(crate) fn hand_over(&mut self, n: usize, fair: bool) -> usize {
        if self.is_empty() || !self.queue.pace.hands_over(fair) { 0 } else { self.wake_with(n, HANDED) }
    }

    /// Joins the end of the queue and blocks until woken or until the deadline; spins there before, as far as the caller
    /// has not spun already.
    pub(crate) fn wait(self, spin: Spin, deadline: Deadline) -> Wake {
        match self.wait_at(&mut Place::new(), spin, deadline) {
            None => Wake::TimedOut,
            Some(_) => Wake::Woken,
        }
    }

    /// Joins the queue at `place` and blocks until it is this thread's turn or until the deadline.
    pub(crate) fn wait_for_turn(self, place: &mut Place, deadline: Deadline) -> Turn {
        match self.wait_at(place, Spin::spent(), deadline) {
            None => Turn::TimedOut,
            Some(HANDED) => Turn::Handed,
            Some(_) => Turn::Woken,
        }
    }

    fn wait_at(self, place: &mut Place, spin: Spin, deadline: Deadline) -> Option<usize> {
        if deadline == Deadline::Now {
            return None;
        }
        let leave = |waiting: &mut Self, waiter: &Waiter| {
            // Nobody else took this waiter out of the queue, and from here on nobody can.
            waiting.queue.unlink(waiter);
            true
        };
        self.block(place, spin, deadline, leave)
    }

    /// Joins the end of the queue and blocks until woken; returns what it was told. At the deadline calls `expired`, which
    /// may wake, this thread as well; until then the thread keeps its place.
    pub(crate) fn wait_for_message(self, deadline: Deadline, expired: impl FnOnce(&mut Self)) -> usize {
        let stay = |waiting: &mut Self, _: &Waiter| {
            expired(waiting);
            false
        };
        self.block(&mut Place::new(), Spin::new(), deadline, stay).expect("a thread that stays is woken")
    }

    /// Blocks until woken. At the deadline asks `expired` whether this thread has left the queue.
    fn block(
        mut self,
        place: &mut Place,
        mut spin: Spin,
        deadline: Deadline,
        expired: impl FnOnce(&mut Self, &Waiter) -> bool,
    ) -> Option<usize> {
        let number = *place.0.get_or_insert_with(|| self.queue.draw());
        let waiter = pin!(Waiter {
            condvar: Condvar::new(),
            message: Cell::new(None),
            blocked: Cell::new(false),
            woken: AtomicBool::new(false),
            number,
            before: Cell::new(ptr::null()),
            behind: Cell::new(ptr::null()),
            _pinned: PhantomPinned,
        });
        let waiter = waiter.as_ref().get_ref();
        self.queue.link(waiter);
        if spin.spin() {
            // A wake-up that is on its way comes sooner than the operating system puts a thread to sleep and wakes it.
            let mutex = self.mutex;
            drop(self);
            loop {
                if waiter.woken.load(Relaxed) || !spin.spin() {
                    break;
                }
            }
            self = Waiting { mutex, queue: mutex.lock() };
            if let Some(message) = waiter.message.get() {
                return Some(message);
            }
        }
        waiter.blocked.set(true);
        let (mut deadline, mut expired) = (deadline, Some(expired));
        loop {
            let (queue, again) = waiter.condvar.wait(self.mutex, self.queue, deadline);
            self.queue = queue;
            if waiter.message.get().is_none()
                && !again
                && let Some(expired) = expired.take()
            {
                if expired(&mut self, waiter) {
                    return None;
                }
                deadline = Deadline::Never;
            }
            if let Some(message) = waiter.message.get() {
                return Some(message);
            }
        }
    }
}

impl Queue {
    /// The next number.
    fn draw(&mut self) -> u32 {
        let number = self.next;
        self.next = number.wrapping_add(1);
        number
    }

    /// Puts the waiter behind those that came before it. Mostly it comes last, and otherwise soon.
    fn link(&mut self, waiter: &Waiter) {
        // SAFETY: as in `Waiting::wake`: the mutex is held, so members of the queue are alive.
        let Some(first) = (unsafe { self.first.as_ref() }) else {
            waiter.before.set(waiter);
            self.first = waiter;
            return;
        };
        // SAFETY: as above.
        let last = unsafe { &*first.before.get() };
        if last.comes_before(waiter) {
            waiter.before.set(last);
            last.behind.set(waiter);
            first.before.set(waiter);
            return;
        }
        let mut next = first;
        while next.comes_before(waiter) {
            // SAFETY: as above; the last does not come before this one, so there is another.
            next = unsafe { &*next.behind.get() };
        }
        waiter.behind.set(next);
        waiter.before.set(next.before.replace(waiter));
        if ptr::eq(next, first) {
            self.first = waiter;
        } else {
            // SAFETY: as above.
            unsafe { &*waiter.before.get() }.behind.set(waiter);
        }
    }

    fn unlink(&mut self, waiter: &Waiter) {
        let (before, behind) = (waiter.before.get(), waiter.behind.get());
        if ptr::eq(self.first, waiter) {
            self.first = behind;
        } else {
            // SAFETY: as in `Waiting::wake`: the mutex is held, so members of the queue are alive, neighbours among them.
            unsafe { &*before }.behind.set(behind);
        }
        // Behind the last comes, for this purpose, the first.
        let behind = if behind.is_null() { self.first } else { behind };
        // SAFETY: as above.
        if let Some(behind) = unsafe { behind.as_ref() } {
            behind.before.set(before);
        }
    }
}

impl Waiter {
    /// Whether this one joined the line before the other one did.
    fn comes_before(&self, other: &Waiter) -> bool {
        other.number.wrapping_sub(self.number) <= u32::MAX / 2
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Mutex;

    use super::*;
    use crate::sync;

    #[test]
    fn a_queue_hands_over_at_once_and_then_not_for_a_while_and_whenever_it_is_asked_to() {
        static SEEN: Mutex<BTreeSet<[bool; 2]>> = Mutex::new(BTreeSet::new());
        sync::model(|| {
            let mut pace = Pace::new();
            let (first, second) = (pace.hands_over(false), pace.hands_over(false));
            assert!(pace.hands_over(true));
            SEEN.lock().unwrap().insert([first, second]);
        });
        let seen = SEEN.lock().unwrap();
        if cfg!(real_threads) {
            assert!(seen.contains(&[true, false]), "{seen:?}");
        } else {
            assert_eq!(seen.len(), 4, "time may have passed, or not: {seen:?}");
        }
    }

    #[test]
    fn a_thread_that_comes_back_has_its_old_place_in_the_line() {
        sync::model(|| {
            let numbered = |number| Waiter {
                condvar: Condvar::new(),
                message: Cell::new(None),
                blocked: Cell::new(false),
                woken: AtomicBool::new(false),
                number,
                before: Cell::new(ptr::null()),
                behind: Cell::new(ptr::null()),
                _pinned: PhantomPinned,
            };
            // Also where the numbers wrap.
            for begin in [0, u32::MAX - 2] {
                let waiters = [0, 1, 2, 3, 4].map(|nth: u32| numbered(begin.wrapping_add(nth)));
                let mut queue = Queue { first: ptr::null(), next: 0, pace: Pace::new() };
                // Without an access there is nothing to explore, and that is no pass.
                assert!(waiters.iter().all(|waiter| !waiter.woken.load(Relaxed)));
                for nth in [3, 1, 4, 0, 2] {
                    queue.link(&waiters[nth]);
                }
                let line = |queue: &Queue| {
                    let (mut line, mut next) = (vec![], queue.first);
                    // SAFETY: the waiters live, and nobody else has them.
                    while let Some(waiter) = unsafe { next.as_ref() } {
                        line.push(waiter.number.wrapping_sub(begin));
                        next = waiter.behind.get();
                    }
                    line
                };
                assert_eq!(line(&queue), [0, 1, 2, 3, 4]);
                queue.unlink(&waiters[2]);
                queue.unlink(&waiters[4]);
                queue.link(&waiters[4]);
                queue.unlink(&waiters[0]);
                queue.unlink(&waiters[4]);
                queue.link(&waiters[0]);
                assert_eq!(line(&queue), [0, 1, 3]);
                for nth in [0, 1, 3] {
                    queue.unlink(&waiters[nth]);
                }
                assert!(queue.first.is_null());
            }
        });
    }

    #[cfg(real_threads)]
    #[test]
    fn not_every_release_is_handed_over_where_threads_wait() {
        use std::thread::{scope, yield_now};

        const WAIT: usize = 6;
        let waiters = Waiters::new();
        scope(|s| {
            for _ in 0..WAIT {
                s.spawn(|| waiters.lock().wait_for_turn(&mut Place::new(), Deadline::Never));
            }
            while !waiters.lock().is_longer_than(WAIT - 1) {
                yield_now();
            }
            let mut waiting = waiters.lock();
            assert_eq!(waiting.hand_over(1, true), 1);
            let handed = [(); WAIT - 1].map(|()| waiting.hand_over(1, false));
            assert!(handed.contains(&0), "{handed:?}");
            waiting.wake(WAIT);
        });
    }

    #[cfg(real_threads)]
    #[test]
    fn a_thread_that_was_woken_and_waits_again_is_before_one_that_came_meanwhile() {
        use std::thread::{scope, yield_now};

        let waiters = Waiters::new();
        let until_there_are = |n: usize| {
            while !waiters.lock().is_longer_than(n - 1) {
                yield_now();
            }
        };
        scope(|s| {
            let first = s.spawn(|| {
                let mut place = Place::new();
                assert_eq!(waiters.lock().wait_for_turn(&mut place, Deadline::Never), Turn::Woken);
                // The other one has come.
                until_there_are(1);
                waiters.lock().wait_for_turn(&mut place, Deadline::Never)
            });
            until_there_are(1);
            waiters.lock().wake(1);
            let second = s.spawn(|| waiters.lock().wait_for_turn(&mut Place::new(), Deadline::Never));
            until_there_are(2);
            let handed = waiters.lock().hand_over(1, true);
            // Those that are still there: nobody is left to wait forever where this fails.
            waiters.lock().wake(2);
            assert_eq!((first.join().unwrap(), second.join().unwrap()), (Turn::Handed, Turn::Woken));
            assert_eq!(handed, 1);
        });
    }
}
