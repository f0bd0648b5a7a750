//! Dropping what others have written, some of which panics.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What a panic carries.
pub(crate) type Payload = Box<dyn Any + Send>;

/// Drops all items, though some of these drops may panic, and then goes on with the first panic. Where one panic interrupts the
/// drop of several, a second one aborts the process.
pub(crate) fn drop_each<T>(items: impl IntoIterator<Item = T>) {
    let mut first = None;
    drop_each_caught(items, |payload| match &first {
        None => first = Some(payload),
        Some(_) => drop_payload(payload),
    });
    match first {
        Some(payload) if std::thread::panicking() => drop_payload(payload),
        Some(payload) => resume_unwind(payload),
        None => (),
    }
}

/// Drops all items, and gives each panic to `caught`.
pub(crate) fn drop_each_caught<T>(items: impl IntoIterator<Item = T>, mut caught: impl FnMut(Payload)) {
    for item in items {
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(item))) {
            caught(payload);
        }
    }
}

/// Drops what a panic carried, which may panic itself.
pub(crate) fn drop_payload(payload: Payload) {
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(another);
    }
}
