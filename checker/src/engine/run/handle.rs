//! How an object of the model finds its event lane or location, without registration.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::Run;
use crate::api::slot;

/// The name of an object of the model inside the engine: the lane, location or cell that it is in the execution that is
/// running. It is part of the object, so that it moves with it, and needs no registration, so that it can be `const`.
#[derive(Debug, Default)]
pub(crate) struct Handle {
    /// The worker in the upper bits, its execution in the lower: which execution `id` belongs to. 0: none yet.
    tag: AtomicU64,
    id: AtomicU32,
}

/// Bits of a tag that count executions.
pub(super) const EXECUTION: u32 = 40;

impl Handle {
    pub(crate) const fn new() -> Self {
        Handle { tag: AtomicU64::new(0), id: AtomicU32::new(0) }
    }
}

impl Run {
    /// Which execution of which worker this is.
    pub(crate) fn tag(&self) -> u64 {
        self.worker | self.execution
    }

    pub(crate) fn resolve(&self, handle: &Handle) -> Option<u32> {
        let tag = handle.tag.load(Ordering::Relaxed);
        if tag == self.tag() {
            Some(handle.id.load(Ordering::Relaxed))
        } else if tag == 0 || tag >> EXECUTION == self.worker >> EXECUTION {
            None
        } else {
            // Another worker's tag: an object that outlives executions, a static. It is not moved.
            self.foreign.get(&std::ptr::from_ref(handle).addr()).copied()
        }
    }

    /// Whether the object may be in use by another worker: it is neither of this execution nor a static, of which each
    /// execution has a copy. Its data would be written by two OS threads.
    pub(crate) fn is_shared(&self, handle: &Handle) -> bool {
        let tag = handle.tag.load(Ordering::Relaxed);
        self.has_company
            && tag >> EXECUTION != self.worker >> EXECUTION
            && !slot::is_static(std::ptr::from_ref(handle).addr())
    }

    pub(crate) fn bind(&mut self, handle: &Handle, id: u32) {
        let address = std::ptr::from_ref(handle).addr();
        let is_observer = std::ptr::eq(handle, &raw const *self.observer);
        if !is_observer && self.stack_of_running().is_some_and(|stack| !stack.contains(&address)) {
            self.this_thread().reaches = true;
        }
        let tag = handle.tag.load(Ordering::Relaxed);
        let mine = tag >> EXECUTION == self.worker >> EXECUTION
            || tag == 0
                && handle.tag.compare_exchange(0, self.worker, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if mine {
            handle.id.store(id, Ordering::Relaxed);
            handle.tag.store(self.tag(), Ordering::Relaxed);
        } else {
            self.foreign.insert(std::ptr::from_ref(handle).addr(), id);
        }
    }
}
