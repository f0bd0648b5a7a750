//! What [`std::hint`] has, inside of a model.

use std::panic::Location;

use crate::engine;

/// As [`std::hint::spin_loop`]: says that this thread waits for something that others do.
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
