//! Allocations whose leak fails the execution.

use std::panic::Location;

pub use std::alloc::Layout;

use crate::engine;

/// As [`std::alloc::alloc`], and [`dealloc`] must follow in the same execution.
///
/// # Safety
///
/// As there.
#[track_caller]
pub unsafe fn alloc(layout: Layout) -> *mut u8 {
    // SAFETY: the caller's.
    let pointer = unsafe { std::alloc::alloc(layout) };
    let place = Location::caller();
    engine::with(|e| e.run.leaks.add(pointer.addr(), place));
    pointer
}

/// As [`std::alloc::alloc_zeroed`], and [`dealloc`] must follow in the same execution.
///
/// # Safety
///
/// As there.
#[track_caller]
pub unsafe fn alloc_zeroed(layout: Layout) -> *mut u8 {
    // SAFETY: the caller's.
    let pointer = unsafe { std::alloc::alloc_zeroed(layout) };
    let place = Location::caller();
    engine::with(|e| e.run.leaks.add(pointer.addr(), place));
    pointer
}

/// As [`std::alloc::dealloc`], for what [`alloc`] or [`alloc_zeroed`] returned.
///
/// # Safety
///
/// As there.
///
/// # Panics
///
/// When `pointer` did not come from here. What is given back twice fails the execution as
/// [freed twice](crate::FailureKind::DoubleFree).
#[track_caller]
pub unsafe fn dealloc(pointer: *mut u8, layout: Layout) {
    let known = engine::free(pointer.addr());
    assert!(known, "deallocates what was not allocated here");
    // SAFETY: the caller's.
    unsafe { std::alloc::dealloc(pointer, layout) }
}

/// As [`std::alloc::realloc`], for what [`alloc`] or [`alloc_zeroed`] returned. It always moves: the old pointer is as good as
/// one that was given back.
///
/// # Safety
///
/// As there.
///
/// # Panics
///
/// As [`dealloc`], and when `new_size` makes no layout.
#[track_caller]
pub unsafe fn realloc(pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
    let new_layout =
        Layout::from_size_align(new_size, layout.align()).expect("the new size fits the alignment");
    // SAFETY: the caller's: the new size is not 0, the old pointer is alive and of this layout.
    unsafe {
        let new = alloc(new_layout);
        if !new.is_null() {
            new.copy_from_nonoverlapping(pointer, layout.size().min(new_size));
            dealloc(pointer, layout);
        }
        new
    }
}

/// A value that must be dropped before the execution ends, and once: a second drop fails the execution as
/// [freed twice](crate::FailureKind::DoubleFree).
#[derive(Debug)]
pub struct Track<T> {
    value: T,
    // Dropped with the value.
    ticket: Ticket,
}

#[derive(Debug)]
struct Ticket {
    number: usize,
    /// Of which execution it is.
    execution: u64,
}

impl<T> Track<T> {
    /// Tracks `value`.
    #[track_caller]
    pub fn new(value: T) -> Self {
        let place = Location::caller();
        let ticket = engine::with(|e| Ticket { number: e.run.leaks.issue(place), execution: e.run.tag() });
        Track { value, ticket }
    }

    /// The value.
    pub fn get_ref(&self) -> &T {
        &self.value
    }

    /// The value.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// The value, tracked no longer.
    pub fn into_inner(self) -> T {
        drop(self.ticket);
        self.value
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if engine::in_model() && engine::with(|e| e.run.tag()) == self.execution {
            engine::give_back(self.number);
        }
    }
}
