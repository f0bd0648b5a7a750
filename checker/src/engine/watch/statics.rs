//! Statics of code that knows nothing of a checker are as they were when an execution begins.
//!
//! What the first write to a static replaces is written down, and is put back when the execution is over.

use std::cell::RefCell;
use std::collections::HashSet;
use std::hash::BuildHasherDefault;
use std::ops::Range;

use crate::api::slot;
use crate::engine::ByNumber;
use crate::trace;

thread_local! {
    static LOG: RefCell<Log> = RefCell::default();
}

const WORD: usize = size_of::<u64>();

#[derive(Default)]
struct Log {
    known: HashSet<usize, BuildHasherDefault<ByNumber>>,
    /// The addresses of words, and what was there.
    words: Vec<(usize, u64)>,
}

/// The caller is about to write to memory, which may be a static's.
#[inline]
pub(crate) fn write(memory: usize, size: usize) {
    if slot::is_static(memory) {
        keep(memory, size);
    }
}

#[cold]
fn keep(memory: usize, size: usize) {
    LOG.with_borrow_mut(|log| {
        for word in (memory & !(WORD - 1)..memory + size).step_by(WORD) {
            if log.known.insert(word) {
                // SAFETY: the word is one of the program's image, which is always there, and no other OS thread runs the model.
                let before = unsafe { *std::ptr::with_exposed_provenance::<u64>(word) };
                log.words.push((word, before));
            }
        }
    });
}

/// Puts back what was there when the execution began.
pub(crate) fn put_back() {
    LOG.with_borrow_mut(|log| {
        log.known.clear();
        for (word, before) in log.words.drain(..) {
            // SAFETY: as in `keep`; the execution that used it is over.
            unsafe { *std::ptr::with_exposed_provenance_mut::<u64>(word) = before };
        }
    });
}

pub(super) fn own_local() -> Range<usize> {
    trace::span(&LOG)
}
