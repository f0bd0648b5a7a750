//! What [`std::hint`] has, inside of a model.

use std::panic::Location;

use crate::engine;

/// As [`std::hint::spin_loop`]: says that this thread waits for something that others do.
///
/// The thread goes on when an atomic changes that it has read since its last hint, and sees the change. It goes on without
/// one only when nobody else can: so a loop that ends by itself is explored, but **not** that a thread gives up after a few
/// rounds while another could still have made the change. Leave the hint out where a model is about that.
#[track_caller]
pub fn spin_loop() {
    engine::hint(Location::caller());
}

/// As [`std::hint::unreachable_unchecked`], but where it is reached it panics.
///
/// # Safety
///
/// None here; std's must not be reached.
///
/// # Panics
///
/// Always.
#[track_caller]
pub unsafe fn unreachable_unchecked() -> ! {
    unreachable!("unreachable_unchecked was reached")
}
