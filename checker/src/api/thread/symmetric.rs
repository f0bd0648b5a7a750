//! Threads that are identical but for their names.

use std::panic::Location;

use super::{JoinHandle, STACK, begin};

/// Threads that [`symmetric`] began.
#[must_use = "threads that nobody joins may end after the others"]
#[derive(Debug)]
pub struct Symmetric<T> {
    threads: Vec<JoinHandle<T>>,
}

/// Begins `n` threads that do the same, each with a name of its own below `n`, one directly after the other.
///
/// Executions that differ only by which of these threads does what are explored once: of `n` threads with one access each
/// there is one order in place of `n!`. [`Report::is_symmetric`](crate::Report::is_symmetric) says so.
/// [Executions](crate::Report::executions) and [outcomes](crate::Report::outcomes) are then those of representatives. An
/// outcome that mentions a name is given for the representative's names only, and stands for what it becomes by renaming:
/// let outcomes tell roles (how many, which value), not names. An execution that is stopped by a failure is counted, no matter who
/// is who.
///
/// The threads run the same function on clones of the same captured values. The name may be printed, stored and compared
/// with other names, but must not decide what a thread does; nor may anybody else tell one of the threads from
/// another, by what they return or by a handle. Checked is that, as long as two threads
/// see the same, both come to the same calls at the same places with the same orderings; otherwise the exploration fails as
/// [asymmetric](crate::FailureKind::Asymmetry). Values are not compared: they may be names.
///
/// M. Kokologiannakis, I. Marmanis, V. Vafeiadis, "SPORE: Combining Symmetry and Partial Order Reduction", PLDI 2024.
///
/// ```
/// use selvedge::sync::Arc;
/// use selvedge::sync::atomic::{AtomicUsize, Ordering};
///
/// let report = selvedge::Checker::new().run(|| {
///     let count = Arc::new(AtomicUsize::new(0));
///     let threads = selvedge::thread::symmetric(5, {
///         let count = count.clone();
///         move |_| count.fetch_add(1, Ordering::Relaxed)
///     });
///     threads.join();
///     assert_eq!(count.load(Ordering::Relaxed), 5);
/// });
/// assert_eq!(report.assert_verified().executions(), 1);
/// ```
///
/// # Panics
///
/// Outside of a model.
#[track_caller]
pub fn symmetric<F, T>(n: usize, f: F) -> Symmetric<T>
where
    F: Fn(usize) -> T + Clone + 'static,
    T: 'static,
{
    let place = Location::caller();
    // All clones first: nothing happens between the beginnings of two threads.
    let bodies = vec![f; n];
    let threads = bodies.into_iter().enumerate();
    let begin = |(name, f): (usize, F)| begin(move || f(name), None, STACK, false, name as u32 + 1, place);
    Symmetric { threads: threads.map(begin).collect() }
}

impl<T> Symmetric<T> {
    /// Waits until all have ended, and returns what they returned in the order of their names.
    ///
    /// They are joined together or not at all: who joins one before another knows them apart.
    ///
    /// # Panics
    ///
    /// When one of them has left no result.
    #[track_caller]
    pub fn join(self) -> Vec<T> {
        let results: Vec<_> = self.threads.into_iter().map(JoinHandle::join).collect();
        results.into_iter().map(|result| result.expect("it has a result")).collect()
    }
}
