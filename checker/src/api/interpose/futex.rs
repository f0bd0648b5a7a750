//! Futexes: a wait for a change of an atomic, which the system looks at itself (futex(2)).
//!
//! What a wait does under the system's lock it does here under a lock of the model: it looks at the atomic, and begins to wait if that
//! is as expected. A wake takes the same lock, so it either comes before the look or finds the thread waiting. That orders
//! more than the manual promises: a thread that comes to a futex later knows what those did that came earlier.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::ops::Range;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::atomic::AtomicU32;
use super::places;
use crate::api::sync::{Condvar, Mutex};
use crate::engine::{self, ByNumber};
use crate::trace;

thread_local! {
    static FUTEXES: RefCell<Futexes> = RefCell::default();
    /// The execution that they are of.
    static EXECUTION: Cell<u64> = const { Cell::new(0) };
}

type Futexes = HashMap<usize, Rc<Futex>, BuildHasherDefault<ByNumber>>;

/// Who waits for a change at one address.
#[derive(Default)]
struct Futex {
    lock: Mutex<()>,
    changed: Condvar,
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    Woken,
    /// What is there is not what was expected.
    Changed,
    TimedOut,
}

/// Whether the atomic at this address is one of the execution that runs here: others are the system's matter.
pub fn is_futex(word: *const u32) -> bool {
    engine::in_model() && places::is_known(word.addr())
}

/// Waits while `expected` is at `word`, until a wake, or for so long.
///
/// # Safety
///
/// The word [is one](is_futex).
#[track_caller]
pub unsafe fn wait(word: *const u32, expected: u32, timeout: Option<Duration>) -> Waited {
    let futex = futex(word);
    // SAFETY: the caller's; an atomic is its bytes.
    let atomic = unsafe { AtomicU32::from_ptr(word.cast_mut()) };
    let guard = futex.lock.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if atomic.load(Ordering::Relaxed) != expected {
        return Waited::Changed;
    }
    match timeout {
        None => {
            drop(futex.changed.wait(guard));
            Waited::Woken
        }
        Some(timeout) => {
            let waited =
                futex.changed.wait_timeout(guard, timeout).unwrap_or_else(|poisoned| poisoned.into_inner());
            if waited.1.timed_out() { Waited::TimedOut } else { Waited::Woken }
        }
    }
}

/// Wakes so many of the threads that wait at `word`.
///
/// # Safety
///
/// The word [is one](is_futex).
#[track_caller]
pub unsafe fn wake(word: *const u32, count: u32) {
    let futex = futex(word);
    let _guard = futex.lock.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    // More than there are threads is as good as all.
    if count > 64 {
        futex.changed.notify_all();
    } else {
        (0..count).for_each(|_| futex.changed.notify_one());
    }
}

fn futex(word: *const u32) -> Rc<Futex> {
    let tag = engine::with(|e| e.run.tag());
    engine::ours(|| {
        if EXECUTION.replace(tag) != tag {
            // The threads that waited in the one before are given up.
            let before = FUTEXES.take();
            before.into_values().for_each(std::mem::forget);
        }
        FUTEXES.with_borrow_mut(|futexes| futexes.entry(word.addr()).or_default().clone())
    })
}

/// Where this module's thread-locals are.
pub(super) fn own_locals() -> [Range<usize>; 2] {
    [trace::span(&FUTEXES), trace::span(&EXECUTION)]
}
