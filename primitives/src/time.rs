//! Letting time pass, and letting others go first.

use std::time::Duration;

use crate::sync;

/// The clock of deadlines: [`std::time::Instant`]; in a model the model's, `selvedge::time::Instant`.
pub type Instant = sync::Instant;

/// Does nothing for `duration`, or a little longer: Python's `time.sleep`.
///
/// In a model its reading of time decides what a sleep says about order: nothing in adversarial time, where any thread may
/// be slow for any time wherever it is; everything in virtual time.
#[track_caller]
pub fn sleep(duration: Duration) {
    sync::sleep(duration);
}

/// Lets another thread go first. A loop that polls says so with this; Python's interpreter switches by itself.
///
/// In a model the thread goes on when another has taken a step, so a loop that polls ends.
#[track_caller]
pub fn yield_now() {
    sync::yield_now();
}
