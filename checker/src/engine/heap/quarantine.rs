//! Memory in which an object has ended stays as it is until its execution is over.
//!
//! Otherwise the allocator would give it away again, and a stale pointer would reach another object, of which it cannot be told.
//! A program frees its memory without asking us, and comes through the [door](super::door) with it: what is in the memory that
//! is freed is looked up among the addresses at which handles were dropped in the execution that runs on this OS thread. Where
//! nobody comes through that door (another system, another allocator) memory is used again, and what the allocator writes there
//! is no handle.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ops::Range;

use super::{Hooks, next, running};
use crate::trace;

/// What ended in the execution that runs on this OS thread.
#[derive(Default)]
struct Ended {
    /// Where handles were dropped, by address, with the numbers of their ends.
    addresses: Vec<(usize, u32)>,
    /// What was freed and is kept.
    kept: Vec<*mut c_void>,
}

thread_local! {
    /// Whether there is anything in `ENDED`. It is there for as long as the OS thread runs.
    static WATCHES: Cell<bool> = const { Cell::new(false) };
    /// How many of the addresses in `ENDED` lie in memory that is not kept yet, and may be freed.
    static LEFT: Cell<usize> = const { Cell::new(0) };
    static ENDED: RefCell<Ended> = RefCell::default();
    /// Who is told in this execution of the memory that is freed.
    static HOOKS: Cell<Option<Hooks>> = const { Cell::new(None) };
}

/// Until the execution that runs is over, whatever is freed is told to the hooks.
pub(super) fn when_freed(hooks: Hooks) {
    WATCHES.set(true);
    HOOKS.set(Some(hooks));
}

/// Who is told of memory that is freed.
pub(super) fn hooks() -> Option<Hooks> {
    HOOKS.get()
}

/// A handle was dropped at this address, with the end of this number.
pub(in crate::engine) fn add(address: usize, number: u32) {
    ENDED.with_borrow_mut(|ended| match ended.addresses.binary_search_by_key(&address, |(at, _)| *at) {
        Ok(at) => ended.addresses[at].1 = number,
        Err(at) => ended.addresses.insert(at, (address, number)),
    });
    WATCHES.set(true);
    LEFT.set(LEFT.get() + 1);
}

/// Where this module's thread-locals are.
pub(in crate::engine) fn own_locals() -> [Range<usize>; 4] {
    let [watches, left] = [trace::span(&WATCHES), trace::span(&LEFT)];
    [watches, left, trace::span(&ENDED), trace::span(&HOOKS)]
}

/// What ended in this memory is of no use: something else is there now.
pub(super) fn is_used_again(memory: &Range<usize>) {
    let forget = |ended: &RefCell<Ended>| {
        if let Ok(mut ended) = ended.try_borrow_mut() {
            ended.addresses.retain(|(at, _)| !memory.contains(at));
        }
    };
    // What was freed was no longer counted in `LEFT`.
    _ = ENDED.try_with(forget);
}

/// The number of the end that a handle at this address had.
pub(in crate::engine) fn at(address: usize) -> Option<u32> {
    if !WATCHES.get() {
        return None;
    }
    ENDED.with_borrow(|ended| {
        let at = ended.addresses.binary_search_by_key(&address, |(at, _)| *at).ok()?;
        Some(ended.addresses[at].1)
    })
}

/// The execution is over: no pointer is in use any more.
pub(in crate::engine) fn clear() {
    if !WATCHES.replace(false) {
        return;
    }
    LEFT.set(0);
    if let Some(hooks) = HOOKS.take() {
        (hooks.over)();
    }
    let kept = ENDED.with_borrow_mut(|ended| {
        ended.addresses.clear();
        std::mem::take(&mut ended.kept)
    });
    for memory in &kept {
        next::free(*memory);
    }
    ENDED.with_borrow_mut(|ended| {
        ended.kept = kept;
        ended.kept.clear();
    });
}

/// Whether it matters what is freed.
pub(super) fn is_watched() -> bool {
    LEFT.get() > 0 || HOOKS.get().is_some()
}

/// The memory is freed, of which the hooks are told if it is the model that frees. Returns whether it is to be kept as it is until the execution is over.
#[cold]
pub(super) fn is_freed(memory: &Range<usize>) -> bool {
    let hooks = HOOKS.get().filter(|_| running().is_some());
    let wanted = hooks.is_some_and(|hooks| (hooks.freed)(memory));
    let has_ends = |ended: &RefCell<Ended>| {
        // Borrowed already: by the table itself, which grows.
        let Ok(ended) = ended.try_borrow() else { return false };
        let first = ended.addresses.partition_point(|(at, _)| *at < memory.start);
        let inside = ended.addresses[first..].iter().take_while(|(at, _)| *at < memory.end).count();
        LEFT.set(LEFT.get().saturating_sub(inside));
        inside > 0
    };
    ENDED.try_with(has_ends).unwrap_or(false) || wanted
}

/// Keeps memory that the system's allocator is given when the execution is over. Returns whether it is kept.
pub(super) fn keep(memory: *mut c_void) -> bool {
    let keep = |ended: &RefCell<Ended>| {
        let Ok(mut ended) = ended.try_borrow_mut() else { return false };
        ended.kept.push(memory);
        true
    };
    ENDED.try_with(keep).unwrap_or(false)
}
