//! As [`std::task`], with a `Wake` of the `Arc` whose counts are seen.

pub use real::task::*;

use real::mem::ManuallyDrop;

use crate::sync::Arc;

/// As [`std::task::Wake`].
pub trait Wake {
    /// As there.
    fn wake(self: Arc<Self>);

    /// As there.
    fn wake_by_ref(self: &Arc<Self>) {
        self.clone().wake();
    }
}

impl<W: Wake + Send + Sync + 'static> From<Arc<W>> for Waker {
    fn from(waker: Arc<W>) -> Waker {
        // SAFETY: the functions of the table do what a waker's have to.
        unsafe { Waker::from_raw(raw(waker)) }
    }
}

impl<W: Wake + Send + Sync + 'static> From<Arc<W>> for RawWaker {
    fn from(waker: Arc<W>) -> RawWaker {
        raw(waker)
    }
}

fn raw<W: Wake + Send + Sync + 'static>(waker: Arc<W>) -> RawWaker {
    RawWaker::new(Arc::into_raw(waker).cast(), Table::<W>::TABLE)
}

struct Table<W>(W);

impl<W: Wake + Send + Sync + 'static> Table<W> {
    const TABLE: &'static RawWakerVTable =
        &RawWakerVTable::new(Self::clone, Self::wake, Self::wake_by_ref, Self::drop);

    /// The handle that a waker is.
    ///
    /// # Safety
    ///
    /// The pointer is a waker's of this table.
    unsafe fn handle(pointer: *const ()) -> ManuallyDrop<Arc<W>> {
        // SAFETY: it came from such a handle.
        ManuallyDrop::new(unsafe { Arc::from_raw(pointer.cast()) })
    }

    unsafe fn clone(pointer: *const ()) -> RawWaker {
        // SAFETY: the waker's.
        let waker = unsafe { Self::handle(pointer) };
        raw(Arc::clone(&waker))
    }

    unsafe fn wake(pointer: *const ()) {
        // SAFETY: the waker's, which is gone after this.
        W::wake(ManuallyDrop::into_inner(unsafe { Self::handle(pointer) }));
    }

    unsafe fn wake_by_ref(pointer: *const ()) {
        // SAFETY: the waker's.
        let waker = unsafe { Self::handle(pointer) };
        W::wake_by_ref(&waker);
    }

    unsafe fn drop(pointer: *const ()) {
        // SAFETY: the waker's, which is gone after this.
        drop(ManuallyDrop::into_inner(unsafe { Self::handle(pointer) }));
    }
}
