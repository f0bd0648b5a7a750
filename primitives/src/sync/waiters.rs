//! The seam through which every primitive blocks: a queue of waiting threads, first in, first out.
//!
//! A primitive keeps its state in an atomic word of its own and marks in that word that somebody may be waiting. Whoever
//! wants to wait takes the queue's mutex, looks at the word again, and waits; whoever changes the word and sees the mark
//! takes the mutex and wakes. So the decision to wait and the wake-up are ordered by the mutex, and a wake-up cannot fall
//! between the look and the wait.
//!
//! A wake-up is given to a waiter, not to a condition: [`Waiting::wake`] takes the longest-waiting threads out of the queue,
//! and each of them returns [`Wake::Woken`], even if its deadline passes in the same moment. So nothing that was handed
//! out is lost by a timeout, and a wake-up can be counted.
//!
//! A waiter may spin in the queue before it blocks. It does so without the mutex, looking at a hint, and takes the mutex before
//! it believes it; so whoever wakes is done with it when it leaves. Whether it has blocked is said under the mutex: where
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
use super::backend::{Condvar, Deadline, Mutex, MutexGuard, Spin, constructors};

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Wake {
    /// By [`Waiting::wake`].
    Woken,
    /// The deadline passed and nobody had woken this thread.
    TimedOut,
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

/// The ends of a doubly linked list of [`Waiter`]s, both null when nobody waits.
struct Queue {
    first: *const Waiter,
    last: *const Waiter,
}

// SAFETY: the pointers lead to `Waiter`s, of which all but an atomic is touched only while the mutex around the queue is
// held.
unsafe impl Send for Queue {}

/// A waiting thread's place in the queue, on that thread's stack. It stays where it is until it is out of the queue.
struct Waiter {
    /// Notified when this waiter is woken, and never else; its mutex is the queue's.
    condvar: Condvar,
    /// What this waiter was woken with, once it was.
    message: Cell<Option<usize>>,
    /// Whether this waiter has come to wait for its condition variable, so that it takes a notification to wake it.
    blocked: Cell<bool>,
    /// Whether there is a message, for a waiter that spins without the mutex. A hint: it then takes the mutex and looks.
    woken: AtomicBool,
    before: Cell<*const Waiter>,
    behind: Cell<*const Waiter>,
    _pinned: PhantomPinned,
}

impl Waiters {
    constructors! {
        pub(crate) fn new() -> Self {
            Waiters { queue: Mutex::new(Queue { first: ptr::null(), last: ptr::null() }) }
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
        self.wake_with(n, 0)
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

    /// Joins the end of the queue and blocks until woken or until the deadline; spins there before, as far as the caller
    /// has not spun already.
    pub(crate) fn wait(self, spin: Spin, deadline: Deadline) -> Wake {
        if deadline == Deadline::Now {
            return Wake::TimedOut;
        }
        let leave = |waiting: &mut Self, waiter: &Waiter| {
            // Nobody else took this waiter out of the queue, and from here on nobody can.
            waiting.queue.unlink(waiter);
            true
        };
        self.block(spin, deadline, leave).map_or(Wake::TimedOut, |_| Wake::Woken)
    }

    /// Joins the end of the queue and blocks until woken; returns what it was told. At the deadline calls `expired`, which
    /// may wake, this thread as well; until then the thread keeps its place.
    pub(crate) fn wait_for_message(self, deadline: Deadline, expired: impl FnOnce(&mut Self)) -> usize {
        let stay = |waiting: &mut Self, _: &Waiter| {
            expired(waiting);
            false
        };
        self.block(Spin::new(), deadline, stay).expect("a thread that stays is woken")
    }

    /// Blocks until woken. At the deadline asks `expired` whether this thread has left the queue.
    fn block(
        mut self,
        mut spin: Spin,
        deadline: Deadline,
        expired: impl FnOnce(&mut Self, &Waiter) -> bool,
    ) -> Option<usize> {
        let waiter = pin!(Waiter {
            condvar: Condvar::new(),
            message: Cell::new(None),
            blocked: Cell::new(false),
            woken: AtomicBool::new(false),
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
    fn link(&mut self, waiter: &Waiter) {
        waiter.before.set(self.last);
        // SAFETY: as in `Waiting::wake`: the mutex is held, so members of the queue are alive.
        match unsafe { self.last.as_ref() } {
            Some(last) => last.behind.set(waiter),
            None => self.first = waiter,
        }
        self.last = waiter;
    }

    fn unlink(&mut self, waiter: &Waiter) {
        let (before, behind) = (waiter.before.get(), waiter.behind.get());
        // SAFETY: as in `Waiting::wake`: the mutex is held, so members of the queue are alive, neighbours among them.
        match unsafe { before.as_ref() } {
            Some(before) => before.behind.set(behind),
            None => self.first = behind,
        }
        // SAFETY: as above.
        match unsafe { behind.as_ref() } {
            Some(behind) => behind.before.set(before),
            None => self.last = before,
        }
    }
}
