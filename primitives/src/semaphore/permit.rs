//! What holds a permit, and gives it back when it is dropped.

use std::fmt;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use super::raw::RawSemaphore;
use super::{Semaphore, sealed};
use crate::sync::Site;

/// A permit of a [`Semaphore`] or a [`BoundedSemaphore`](super::BoundedSemaphore); dropping it gives it back.
///
/// # Panics
///
/// Dropping it panics where giving it back is an error, since somebody has released more than was acquired; not while the
/// thread is panicking already.
#[must_use = "the permit is given back as soon as it is dropped"]
pub struct Permit<'a> {
    pub(super) raw: &'a RawSemaphore,
    pub(super) limit: usize,
    pub(super) site: Site,
}

impl Permit<'_> {
    /// Gives the permit back as the drop does, and where threads wait for one, the thread that has waited longest has it at once:
    /// nobody who comes by can take it first. That costs a switch of threads.
    ///
    /// # Panics
    ///
    /// As the [drop](Permit).
    #[track_caller]
    pub fn release_fair(self) {
        let permit = ManuallyDrop::new(self);
        give_back(permit.raw, permit.limit, true, Site::caller());
    }
}

impl Drop for Permit<'_> {
    #[inline]
    fn drop(&mut self) {
        give_back(self.raw, self.limit, false, self.site);
    }
}

/// Gives one permit back, for a guard that was made at `site`.
#[inline]
fn give_back(raw: &RawSemaphore, limit: usize, fair: bool, site: Site) {
    let operation = if fair { "release_fair" } else { "release" };
    let released = raw.release(1, limit, fair);
    match released {
        Ok(()) => site.step(raw, operation, 1),
        Err(error) => site.step(raw, operation, error),
    }
    if let Err(error) = released {
        assert!(std::thread::panicking(), "{error}");
    }
}

/// A permit that owns its semaphore, which is a [`Semaphore`] or a [`BoundedSemaphore`](super::BoundedSemaphore); dropping it gives it back, on whatever thread.
///
/// ```
/// use std::sync::Arc;
/// use selvedge_primitives::{Semaphore, spawn};
///
/// let connections = Arc::new(Semaphore::new(2));
/// let permit = connections.permit_owned();
/// let worker = spawn(move || drop(permit))?;
/// worker.join().unwrap();
/// assert!(connections.try_acquire() && connections.try_acquire());
/// # Ok::<(), selvedge_primitives::StartError>(())
/// ```
///
/// # Panics
///
/// As a [`Permit`].
#[must_use = "the permit is given back as soon as it is dropped"]
pub struct OwnedPermit<S: sealed::Counted = Semaphore> {
    pub(super) semaphore: Arc<S>,
    /// Whether the drop hands the permit over.
    pub(super) fair: bool,
    pub(super) site: Site,
}

impl<S: sealed::Counted> OwnedPermit<S> {
    /// The semaphore.
    #[must_use]
    pub fn source(permit: &Self) -> &Arc<S> {
        &permit.semaphore
    }

    /// Gives the permit back as the drop does, and hands it over as [`Permit::release_fair`] does.
    ///
    /// # Panics
    ///
    /// As the [drop](OwnedPermit).
    #[track_caller]
    pub fn release_fair(mut permit: Self) {
        (permit.fair, permit.site) = (true, Site::caller());
    }
}

impl<S: sealed::Counted> Drop for OwnedPermit<S> {
    fn drop(&mut self) {
        let (raw, limit) = self.semaphore.raw();
        give_back(raw, limit, self.fair, self.site);
    }
}

impl<S: sealed::Counted> fmt::Debug for OwnedPermit<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit").field("left", &self.semaphore.raw().0.permits()).finish()
    }
}

impl fmt::Debug for Permit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("left", &self.raw.permits()).finish()
    }
}
