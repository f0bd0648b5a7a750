//! A flag that threads wait for: Python's `threading.Event`.

use std::fmt;
use std::time::Duration;

use crate::sync::atomic::{
    AtomicU8, Ordering::AcqRel, Ordering::Acquire, Ordering::Relaxed, Ordering::Release,
};
use crate::sync::{self, Deadline, EventSpecification, Spin, Waiters, Wake, constructors};
use crate::time::Instant;

/// The event is set.
const SET: u8 = 1;
/// Threads may be in the queue: the thread that sets the event has to look.
const WAITERS: u8 = 2;

/// A flag that one thread sets and others wait for: Python's `threading.Event`.
///
/// [`set`](Event::set) lets every thread go on that waits at that moment, even if [`clear`](Event::clear) follows at once:
/// a wake-up is given to a thread, which does not look at the flag again. While the event is set nobody waits.
///
/// What a thread did before it set the event happens before what follows a wait that this set ended, an
/// [`is_set`](Event::is_set) that saw it, and a `clear` that took it back. So a worker may `wait`, then `clear`, then look
/// for work: work that was published before any `set` is found, or the event is set once more.
///
/// Setting, clearing and asking make no system call unless there is somebody to wake, and nothing ever allocates.
///
/// Semantics: Python 3.13, `threading`, "Event objects".
///
/// ```
/// use selvedge_primitives::Event;
///
/// static READY: Event = Event::new();
/// std::thread::scope(|s| {
///     s.spawn(|| READY.wait());
///     READY.set();
/// });
/// assert!(READY.is_set());
/// READY.clear();
/// assert!(!READY.wait_timeout(std::time::Duration::from_millis(1)));
/// ```
///
/// # How
///
/// | `WAITERS` | `SET` | meaning |
/// |---|---|---|
/// | 0 | 0 | clear, nobody waits |
/// | 0 | 1 | set |
/// | 1 | 0 | clear, and threads wait or have just given up |
///
/// Both at once do not occur: a set empties the queue. `WAITERS` is set by the thread that is about to wait, and cleared only
/// under the queue's mutex, by a set. A thread waits only if, under that mutex, it still sees `WAITERS` alone; so the thread that
/// sets the event finds the mark and takes the mutex, and wakes exactly those that wait while the event is clear. Waking
/// first and marking later would not do: between the two another thread may clear the event and wait, and would be woken
/// by a set that it had already taken back.
///
/// # Orderings
///
/// A set is a `Release` read-modify-write even where it finds the event set, and a clear an `Acquire` one: they fall in one
/// order, and a set that comes before a clear is seen by it with all that it published. Were the second set a mere look, a
/// worker that clears and finds no work could miss that set and its work both. A clear releases too, for those that
/// find the event clear. A thread that was woken gets what was published through the queue's mutex.
pub struct Event {
    state: AtomicU8,
    waiters: Waiters,
    specification: EventSpecification,
}

impl Event {
    constructors! {
        /// An event that is not set.
        pub fn new() -> Self {
            Event { state: AtomicU8::new(0), waiters: Waiters::new(), specification: EventSpecification::new() }
        }
    }

    /// Whether the event is set; by the time the caller looks, it may not be.
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn is_set(&self) -> bool {
        let set = self.flag();
        sync::step(self, "is_set", set);
        set
    }

    /// Sets the event and lets all threads go on that wait for it. Setting it again is allowed.
    #[inline]
    #[track_caller]
    pub fn set(&self) {
        if let Some(specification) = self.specification.in_use() {
            specification.set();
        } else if !self.set_unmarked() {
            self.set_slow();
        }
        sync::step(self, "set", "");
    }

    /// Sets the event where it is clear and nobody waits.
    #[inline]
    fn set_unmarked(&self) -> bool {
        self.state.compare_exchange(0, SET, Release, Relaxed).is_ok()
    }

    /// Clears the event where it is set; where it is not it is clear already, marked or not.
    #[inline]
    fn take_back(&self) {
        let _ = self.state.compare_exchange(SET, 0, AcqRel, Relaxed);
    }

    #[cold]
    fn set_slow(&self) {
        loop {
            let state = self.state.load(Relaxed);
            if state != WAITERS {
                if self.state.compare_exchange(state, SET, Release, Relaxed).is_ok() {
                    return;
                }
                continue;
            }
            let mut waiting = self.waiters.lock();
            // Another set may have been here. While the mark is there, only the holder of the queue's mutex changes the
            // word, so this look decides.
            if self.state.load(Relaxed) == WAITERS {
                waiting.wake(usize::MAX);
                self.state.store(SET, Release);
                return;
            }
        }
    }

    /// Takes the set back: threads wait again from here on. Clearing a clear event is allowed.
    #[inline]
    #[track_caller]
    pub fn clear(&self) {
        if let Some(specification) = self.specification.in_use() {
            specification.clear();
        } else {
            self.take_back();
        }
        sync::step(self, "clear", "");
    }

    /// Blocks until the event is set. Returns at once where it is.
    #[inline]
    #[track_caller]
    pub fn wait(&self) {
        self.wait_by("wait", || Deadline::Never);
        sync::step(self, "wait", "");
    }

    /// Blocks until the event is set, or gives up after `timeout`; says whether it was set.
    ///
    /// A zero timeout is a poll. One that is too long for the clock, [`Duration::MAX`] among them, waits forever.
    #[inline]
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let set = self.wait_by("wait_timeout", || Deadline::after(timeout));
        sync::step(self, "wait_timeout", set);
        set
    }

    /// As [`wait_timeout`](Event::wait_timeout), or gives up at `deadline`. One that has passed is a poll.
    #[track_caller]
    pub fn wait_until(&self, deadline: Instant) -> bool {
        let set = self.wait_by("wait_until", || Deadline::until(deadline));
        sync::step(self, "wait_until", set);
        set
    }

    #[inline]
    #[track_caller]
    fn wait_by(&self, operation: &'static str, deadline: impl FnOnce() -> Deadline) -> bool {
        if let Some(specification) = self.specification.in_use() {
            return specification.wait(self, operation, deadline());
        }
        self.flag() || self.wait_slow(operation, deadline())
    }

    #[cold]
    #[track_caller]
    fn wait_slow(&self, operation: &'static str, deadline: Deadline) -> bool {
        loop {
            if self.flag() {
                return true;
            }
            if deadline == Deadline::Now {
                return false;
            }
            // Fails where the mark is there already, and where the event was just set. The look under the mutex tells.
            let _ = self.state.compare_exchange(0, WAITERS, Relaxed, Relaxed);
            let waiting = self.waiters.lock();
            if self.state.load(Relaxed) != WAITERS {
                continue;
            }
            sync::blocks(self, operation);
            return match waiting.wait(Spin::new(), deadline) {
                Wake::Woken => true,
                Wake::TimedOut => self.flag(),
            };
        }
    }

    #[inline]
    #[track_caller]
    fn flag(&self) -> bool {
        if let Some(specification) = self.specification.in_use() {
            return specification.is_set();
        }
        self.sees_set()
    }

    #[inline]
    fn sees_set(&self) -> bool {
        self.state.load(Acquire) & SET != 0
    }
}

impl Default for Event {
    fn default() -> Self {
        Event::new()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event").field("set", &self.flag()).finish()
    }
}
