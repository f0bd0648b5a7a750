//! What [`std::hint`] has, inside of a model.

use std::panic::Location;

use crate::engine::{self, Waits};

/// As [`std::hint::spin_loop`]: says that this thread waits for something that others do.
///
/// It takes no behaviour away: a loop that waits is known by its rounds, with a hint or without. Where a bound on preemptions
/// is set, a switch away from the thread here is none. Where a loop has no other way out, [`spin_until`] explores less.
#[track_caller]
#[inline(always)]
pub fn spin_loop() {
    engine::hint(Location::caller());
    engine::sweep();
}

/// Waits until `condition` holds: in a model what `while !condition() { spin_loop() }` is in a program.
///
/// The condition is evaluated once, when what it loads makes it hold, so that every behaviour is explored once however long
/// the thread may spin; a loop of [`spin_loop`] is explored with every value that it sees on the way. An execution in
/// which the condition held for a while and the thread did not look is *blocked*, or, where nothing changes any more, a
/// [`Livelock`](crate::FailureKind::Livelock). That others go on forever while this thread waits is not found.
///
/// The condition must not have effects of its own, nor depend on anything but what it loads from atomics: it is called
/// with values that the thread will not read. It may load several atomics, with any ordering.
///
/// ```
/// use selvedge::hint::spin_until;
/// use selvedge::sync::atomic::{AtomicBool, Ordering::{Acquire, Release}};
/// use std::sync::Arc;
///
/// let report = selvedge::Checker::new().run(|| {
///     let ready = Arc::new(AtomicBool::new(false));
///     let theirs = ready.clone();
///     let other = selvedge::thread::spawn(move || theirs.store(true, Release));
///     spin_until(|| ready.load(Acquire));
///     other.join().unwrap();
/// });
/// let report = report.assert_verified();
/// assert_eq!((report.executions(), report.blocked()), (1, 0));
/// ```
///
/// # Panics
///
/// Outside of a model. A condition that does something else than to load, or that is false without a load, is a
/// [limit of the model](crate::FailureKind::ModelLimit).
#[track_caller]
pub fn spin_until(condition: impl Fn() -> bool) {
    engine::wait_until(&condition, Waits::Spinning, Location::caller());
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

/// As [`std::hint::assert_unchecked`], but where `condition` is false it panics.
///
/// # Safety
///
/// None here; for std's the condition must hold.
///
/// # Panics
///
/// When `condition` is false.
#[track_caller]
pub unsafe fn assert_unchecked(condition: bool) {
    assert!(condition, "assert_unchecked of what does not hold")
}

pub use std::hint::{black_box, cold_path, select_unpredictable};
