//! How an object of the model finds its event lane or location, without registration.

use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};

use super::Run;
use crate::api::slot;
use crate::engine;
use crate::engine::heap::quarantine;

/// The name of an object of the model inside the engine: the lane, location or cell that it is in the execution that is
/// running. It is part of the object, so that it moves with it, and needs no registration, so that it can be `const`. It is
/// dropped with the object too, which is how the engine learns of the object's [end](engine::ends).
#[derive(Debug, Default)]
pub(crate) struct Handle {
    /// The worker in the upper bits, its execution in the lower: which execution `id` belongs to. 0: none yet. With
    /// [`ENDED`]: the object has ended in that execution, and `id` is the number of its end.
    tag: AtomicU64,
    id: AtomicU32,
    /// Which [`Sort`] of object `id` is the number of.
    sort: AtomicU8,
}

/// What a number in a handle counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Locations of atomics.
    Location,
    /// Lanes of objects.
    Object,
    /// Cells of plain memory.
    Cell,
}

/// Bits of a tag that count executions.
pub(super) const EXECUTION: u32 = 40;

/// The bit of a tag that says that the object has ended. No worker's number is so large.
const ENDED: u64 = 1 << 63;

/// What is known of an object in the execution that is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// Nobody has used it.
    Unused,
    Used(Sort, u32),
    /// It has ended, with the end of this number.
    Ended(u32),
    /// What is here is no handle: the memory was freed, and is used for something else or by the allocator.
    Garbage,
}

impl Handle {
    pub(crate) const fn new() -> Self {
        Handle { tag: AtomicU64::new(0), id: AtomicU32::new(0), sort: AtomicU8::new(0) }
    }

    /// Lets it be the handle of another object, of which nothing is known.
    pub(crate) fn renew(&self) {
        self.tag.store(0, Ordering::Relaxed);
    }
}

impl Drop for Handle {
    #[inline]
    fn drop(&mut self) {
        if engine::in_model() {
            engine::end_of(self);
        }
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
        } else if tag == 0 || self.is_mine(tag) {
            None
        } else {
            // Another worker's tag: an object that outlives executions, a static. It is not moved.
            self.foreign.get(&std::ptr::from_ref(handle).addr()).copied()
        }
    }

    fn is_mine(&self, tag: u64) -> bool {
        (tag & !ENDED) >> EXECUTION == self.worker >> EXECUTION
    }

    /// What is known of an object, which may have ended.
    pub(in crate::engine) fn known(&self, handle: &Handle) -> Known {
        let tag = handle.tag.load(Ordering::Relaxed);
        let id = handle.id.load(Ordering::Relaxed);
        if tag == self.tag() {
            return match handle.sort.load(Ordering::Relaxed) {
                0 => Known::Used(Sort::Location, id),
                1 => Known::Used(Sort::Object, id),
                _ => Known::Used(Sort::Cell, id),
            };
        }
        if tag == self.tag() | ENDED {
            return Known::Ended(id);
        }
        // A tag of 0 is that of an object that was made here since, one of an execution before that of an object that is
        // older than this execution and was moved here.
        match quarantine::at(std::ptr::from_ref(handle).addr()) {
            Some(_) if tag != 0 && !self.is_mine(tag) => Known::Garbage,
            _ => Known::Unused,
        }
    }

    /// The object has ended, with the end of this number.
    pub(in crate::engine) fn mark_ended(&self, handle: &Handle, end: u32) {
        handle.id.store(end, Ordering::Relaxed);
        handle.tag.store(self.tag() | ENDED, Ordering::Relaxed);
    }

    /// Whether the object may be in use by another worker: it is neither of this execution nor a static, of which each
    /// execution has a copy. Its data would be written by two OS threads.
    pub(crate) fn is_shared(&self, handle: &Handle) -> bool {
        let tag = handle.tag.load(Ordering::Relaxed);
        self.has_company && !self.is_mine(tag) && !slot::is_static(std::ptr::from_ref(handle).addr())
    }

    pub(crate) fn bind(&mut self, handle: &Handle, sort: Sort, id: u32) {
        let address = std::ptr::from_ref(handle).addr();
        let is_observer = std::ptr::eq(handle, &raw const *self.observer);
        if !is_observer && self.stack_of_running().is_some_and(|stack| !stack.contains(&address)) {
            self.this_thread().reaches = true;
        }
        let tag = handle.tag.load(Ordering::Relaxed);
        let mine = self.is_mine(tag)
            || tag == 0
                && handle.tag.compare_exchange(0, self.worker, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if mine {
            handle.id.store(id, Ordering::Relaxed);
            handle.sort.store(sort as u8, Ordering::Relaxed);
            handle.tag.store(self.tag(), Ordering::Relaxed);
        } else {
            self.foreign.insert(std::ptr::from_ref(handle).addr(), id);
        }
    }
}
