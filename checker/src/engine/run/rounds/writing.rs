//! Plain memory that a thread may be writing through the API: a round that writes there is idle only where the same is there after it.

use crate::engine::local_state::Digest;
use crate::engine::run::Engine;

/// Plain memory that a thread may be writing.
pub(super) struct Writing {
    pub(super) memory: *const u8,
    pub(super) bytes: usize,
    /// What was there.
    pub(super) before: Digest,
    /// Whether it is there for as long as this is, whatever the thread forgets.
    pub(super) scoped: bool,
}

impl Engine {
    /// The running thread may write plain memory from here on, until [`Engine::has_written`]. `scoped`: it is sure to say that,
    /// and the memory is there until then.
    pub(crate) fn writes(&mut self, memory: *const u8, bytes: usize, scoped: bool) {
        let done = self.run.done();
        let watching = self.run.watching;
        let circle = &mut self.run.this_thread().circle;
        if !watching {
            circle.dirty = done;
        } else if !circle.writing.iter().any(|w| w.memory == memory) {
            // SAFETY: the caller has a reference to so many bytes.
            let before = unsafe { contents(memory, bytes) };
            circle.writing.push(Writing { memory, bytes, before, scoped });
        }
    }

    /// The running thread has given back what it may have written.
    #[inline]
    pub(crate) fn has_written(&mut self, memory: *const u8) {
        if self.run.watching {
            self.has_settled(memory);
        }
    }

    #[cold]
    pub(in crate::engine::run) fn has_settled(&mut self, memory: *const u8) {
        let done = self.run.done();
        let circle = &mut self.run.this_thread().circle;
        if let Some(n) = circle.writing.iter().position(|w| w.memory == memory) {
            let writing = circle.writing.swap_remove(n);
            // SAFETY: the caller still has a reference to so many bytes.
            if unsafe { contents(memory, writing.bytes) } != writing.before {
                circle.dirty = done;
            }
        }
    }

    /// Looks at the memory that the running thread is in the middle of writing.
    pub(in crate::engine::run) fn looks_at_writing(&mut self) {
        let done = self.run.done();
        let circle = &mut self.run.this_thread().circle;
        for writing in circle.writing.iter_mut().filter(|w| w.scoped) {
            // SAFETY: it is there for as long as this is.
            let now = unsafe { contents(writing.memory, writing.bytes) };
            if std::mem::replace(&mut writing.before, now) != now {
                circle.dirty = done;
            }
        }
    }

    /// The running thread has written plain memory.
    pub(in crate::engine) fn has_changed_plain_memory(&mut self) {
        let done = self.run.done();
        self.run.this_thread().circle.dirty = done;
    }
}

/// A digest of so many bytes.
///
/// # Safety
///
/// They may be read.
unsafe fn contents(memory: *const u8, bytes: usize) -> Digest {
    let mut digest = (0, 0);
    for n in 0..bytes {
        // SAFETY: the caller's. Padding is taken as it is: it is compared and nothing else.
        crate::engine::local_state::mix(&mut digest, u64::from(unsafe { memory.add(n).read_volatile() }));
    }
    digest
}
