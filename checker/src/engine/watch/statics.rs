//! Statics of code that knows nothing of a checker are as they were when an execution begins.
//!
//! What is in a static before the first write to it is written down, and is put back when the execution is over.

use std::cell::RefCell;
use std::collections::HashSet;
use std::hash::BuildHasherDefault;
use std::ops::Range;

use super::symbols;
use crate::api::slot;
use crate::engine::{ByNumber, heap};
use crate::trace;

thread_local! {
    static LOG: RefCell<Log> = RefCell::default();
}

const WORD: usize = size_of::<u64>();

#[derive(Default)]
struct Log {
    /// Words that are written down, by their addresses.
    known: HashSet<usize, BuildHasherDefault<ByNumber>>,
    /// What is written down, and where it begins in `before`.
    spans: Vec<(Range<usize>, usize)>,
    /// What was there.
    before: Vec<u8>,
}

/// The caller is about to write to memory, which may be a static's.
#[inline]
pub(crate) fn write(memory: usize, size: usize) {
    if slot::is_static(memory) {
        keep(memory, size);
    }
}

/// Writes down the statics that are there, each as a whole: parts of it may be written by what tells of no access, such as a copy of
/// memory. Of what is no static that is known, the words.
#[cold]
fn keep(memory: usize, size: usize) {
    let keep = |log: &mut Log| {
        for word in (memory & !(WORD - 1)..memory + size).step_by(WORD) {
            if log.known.insert(word) {
                let whole = symbols::static_at(word.max(memory)).unwrap_or(word..word + WORD);
                log.write_down(whole);
            }
        }
    };
    heap::ours(|| LOG.with_borrow_mut(keep));
}

impl Log {
    fn write_down(&mut self, memory: Range<usize>) {
        if self.spans.iter().any(|(span, _)| *span == memory) {
            return;
        }
        let there: *const u8 = std::ptr::with_exposed_provenance(memory.start);
        // SAFETY: it is in the program's image, which is always there, and no other OS thread runs the model.
        let before = unsafe { std::slice::from_raw_parts(there, memory.len()) };
        self.spans.push((memory, self.before.len()));
        self.before.extend_from_slice(before);
    }

    /// The words that are there now.
    fn words(&self) -> impl Iterator<Item = usize> {
        let words = self.spans.iter().flat_map(|(span, _)| {
            (span.start.next_multiple_of(WORD)..(span.end + 1).saturating_sub(WORD)).step_by(WORD)
        });
        // SAFETY: as where it was written down.
        words.map(|word| unsafe { *std::ptr::with_exposed_provenance::<usize>(word) })
    }
}

/// Puts back what was there when the execution began.
pub(crate) fn put_back() {
    LOG.with_borrow_mut(|log| {
        heap::reclaim(log.words());
        // What was written down first was there first.
        while let Some((span, at)) = log.spans.pop() {
            let there: *mut u8 = std::ptr::with_exposed_provenance_mut(span.start);
            // SAFETY: as where it was written down; the execution that used it is over.
            unsafe { there.copy_from_nonoverlapping(log.before[at..].as_ptr(), span.len()) };
        }
        log.before.clear();
        log.known.clear();
    });
}

pub(super) fn own_local() -> Range<usize> {
    trace::span(&LOG)
}
