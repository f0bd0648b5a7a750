//! A call that is made later, unless it is cancelled before: Python's `threading.Timer`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{JoinError, StartError};
use crate::sync::atomic::{AtomicU8, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use crate::sync::{self, Deadline, Site, Spin, Waiters, Wake};
use crate::thread::{Run, Thread};
use crate::time::Instant;

/// The call will not be made.
const CANCELLED: u8 = 1;
/// The call is being made, or has been.
const FIRED: u8 = 2;
/// The timer's thread waits, or is about to: the thread that cancels has to wake it.
const WAITING: u8 = 4;

/// A thread that waits, and then calls a function once, unless it is cancelled before: Python's `threading.Timer`.
///
/// ```
/// use selvedge_primitives::Timer;
/// use std::time::Duration;
///
/// let timer = Timer::new(Duration::from_secs(3600), || unreachable!("cancelled long before"));
/// timer.start()?;
/// assert!(timer.cancel());
/// timer.join()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The interval begins with the start. It is a least one: the call may come later by any time. One that is too long for the
/// clock, [`Duration::MAX`] among them, never ends, but can be cancelled.
///
/// A `Timer` is a handle, cheap to clone. What it does beside waiting and cancelling, its [thread](Timer::thread) does: it has
/// a default name of the same count, is a daemon if its maker is, and keeps its [`program`](crate::program) waiting if it is not.
///
/// Semantics: Python 3.13, `threading`, "Timer objects".
#[derive(Clone)]
pub struct Timer {
    thread: Thread,
    shared: Arc<Shared>,
}

/// | `FIRED` | `CANCELLED` | meaning |
/// |---|---|---|
/// | 0 | 0 | not decided |
/// | 0 | 1 | cancelled, for good |
/// | 1 | 0 | the call is made, for good |
///
/// One compare-and-exchange from the first state decides between the expiry and a cancel. `WAITING` is set once, by the
/// timer's thread, under the queue's mutex and together with a look for `CANCELLED`: so a cancel is seen by that look, or
/// finds `WAITING` and takes the mutex, which is free only when the thread waits.
///
/// `FIRED` is set with `Release` and seen by a cancel with `Acquire`: the thread that is told that the timer was faster knows that it
/// was started, and is not told otherwise by [`is_alive`](Timer::is_alive) or [`join`](Timer::join). All else is `Relaxed`:
/// what the call does is ordered by the start and the join of the thread.
struct Shared {
    state: AtomicU8,
    waiters: Waiters,
}

impl Timer {
    /// A timer that will call `function` when `interval` has passed since its start.
    #[track_caller]
    #[must_use = "a timer runs when it is started"]
    pub fn new(interval: Duration, function: impl Run) -> Self {
        let shared = Arc::new(Shared { state: AtomicU8::new(0), waiters: Waiters::new() });
        let site = Site::caller();
        let thread = Thread::new({
            let shared = shared.clone();
            move || {
                let fires = shared.expires(interval);
                site.step(&*shared, "expire", if fires { "fires" } else { "cancelled" });
                if fires {
                    function.run();
                }
            }
        });
        Timer { thread, shared }
    }

    /// Starts the timer.
    ///
    /// # Errors
    ///
    /// As [`Thread::start`].
    #[track_caller]
    pub fn start(&self) -> Result<(), StartError> {
        self.thread.start()
    }

    /// Cancels the call, started or not; returns whether it will never be made.
    ///
    /// `false` means that the timer was faster: the call has been made or is being made. Of a cancel and an expiry that meet,
    /// exactly one wins. Cancelling again changes nothing and returns the same. A timer that was cancelled can still be started: it
    /// ends at once.
    #[track_caller]
    pub fn cancel(&self) -> bool {
        let cancelled = self.shared.cancel();
        sync::step(&*self.shared, "cancel", cancelled);
        cancelled
    }

    /// Whether the timer has been started, and neither has its call returned nor has it ended cancelled.
    #[track_caller]
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.thread.is_alive()
    }

    /// Blocks until the call has returned, or the timer has ended cancelled.
    ///
    /// # Errors
    ///
    /// As [`Thread::join`].
    #[track_caller]
    pub fn join(&self) -> Result<(), JoinError> {
        self.thread.join()
    }

    /// As [`join`](Timer::join), or gives up after `timeout`; returns whether the timer has ended.
    ///
    /// # Errors
    ///
    /// As [`Thread::join`].
    #[track_caller]
    pub fn join_timeout(&self, timeout: Duration) -> Result<bool, JoinError> {
        self.thread.join_timeout(timeout)
    }

    /// As [`join_timeout`](Timer::join_timeout), or gives up at `deadline`. One that has passed is a poll.
    ///
    /// # Errors
    ///
    /// As [`Thread::join`].
    #[track_caller]
    pub fn join_until(&self, deadline: Instant) -> Result<bool, JoinError> {
        self.thread.join_until(deadline)
    }

    /// The thread that waits and calls: for its name, whether it is a daemon, and the like.
    #[must_use]
    pub fn thread(&self) -> &Thread {
        &self.thread
    }
}

impl Shared {
    /// Waits for the end of the interval or for a cancel; returns whether the call is to be made.
    fn expires(&self, interval: Duration) -> bool {
        let deadline = Deadline::after(interval);
        let waiting = self.waiters.lock();
        if self.state.fetch_or(WAITING, Relaxed) & CANCELLED != 0 {
            return false;
        }
        match waiting.wait(Spin::spent(), deadline) {
            Wake::Woken => false,
            Wake::TimedOut => self.state.compare_exchange(WAITING, FIRED, Release, Relaxed).is_ok(),
        }
    }

    fn cancel(&self) -> bool {
        let mut state = self.state.load(Acquire);
        while state & (CANCELLED | FIRED) == 0 {
            match self.state.compare_exchange(state, state | CANCELLED, Relaxed, Acquire) {
                Ok(_) => {
                    if state & WAITING != 0 {
                        self.waiters.lock().wake(1);
                    }
                    return true;
                }
                Err(other) => state = other,
            }
        }
        state & CANCELLED != 0
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.shared.state.load(Relaxed) & (CANCELLED | FIRED) {
            0 => "pending",
            CANCELLED => "cancelled",
            _ => "fired",
        };
        f.debug_struct("Timer").field("thread", &self.thread).field("state", &state).finish()
    }
}
