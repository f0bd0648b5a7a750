//! What [`std::time`] has, inside of a model.

use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::panic::Location;
pub use std::time::Duration;

use crate::Time;
use crate::engine;

/// How time passes in the model that is running.
///
/// # Panics
///
/// Outside of a model.
pub fn reading() -> Time {
    engine::with(|e| e.run.reading)
}

/// As [`std::time::Instant`], of the model's own clock.
///
/// In [virtual time](crate::Time::Virtual) it is the instant that all threads are in. In
/// [adversarial time](crate::Time::Adversarial) each thread has a clock of its own, which says what time has passed at
/// least: a sleep and a wait that timed out move it on by their durations, a thread begins with the time of the one that
/// spawned it, and who joins a thread is no earlier than its end. A thread that reads its clock at the same call again and
/// again, and does nothing meanwhile that takes time, finds it moved on ever further. So a loop that waits until a deadline ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

/// The first instant of an execution: instants before it can be named.
const BEGIN: u64 = 1 << 62;

impl Instant {
    /// As [`std::time::Instant::now`].
    ///
    /// # Panics
    ///
    /// Outside of a model.
    #[track_caller]
    pub fn now() -> Self {
        let place = Location::caller();
        Instant(BEGIN + engine::with(|e| e.reads_clock(place)))
    }

    /// As [`std::time::Instant::elapsed`].
    #[track_caller]
    pub fn elapsed(&self) -> Duration {
        Self::now().saturating_duration_since(*self)
    }

    /// As [`std::time::Instant::duration_since`].
    pub fn duration_since(&self, earlier: Self) -> Duration {
        self.saturating_duration_since(earlier)
    }

    /// As [`std::time::Instant::checked_duration_since`].
    pub fn checked_duration_since(&self, earlier: Self) -> Option<Duration> {
        self.0.checked_sub(earlier.0).map(Duration::from_nanos)
    }

    /// As [`std::time::Instant::saturating_duration_since`].
    pub fn saturating_duration_since(&self, earlier: Self) -> Duration {
        self.checked_duration_since(earlier).unwrap_or_default()
    }

    /// As [`std::time::Instant::checked_add`].
    pub fn checked_add(&self, duration: Duration) -> Option<Self> {
        self.0.checked_add(u64::try_from(duration.as_nanos()).ok()?).map(Instant)
    }

    /// As [`std::time::Instant::checked_sub`].
    pub fn checked_sub(&self, duration: Duration) -> Option<Self> {
        self.0.checked_sub(u64::try_from(duration.as_nanos()).ok()?).map(Instant)
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, duration: Duration) -> Instant {
        self.checked_add(duration).expect("the clock counts so far")
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl Sub<Duration> for Instant {
    type Output = Instant;

    fn sub(self, duration: Duration) -> Instant {
        self.checked_sub(duration).expect("the clock counts so far back")
    }
}

impl SubAssign<Duration> for Instant {
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Instant) -> Duration {
        self.duration_since(earlier)
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.checked_duration_since(Instant(BEGIN)) {
            Some(since) => write!(f, "Instant({since:?})"),
            None => write!(f, "Instant(-{:?})", Instant(BEGIN) - *self),
        }
    }
}
