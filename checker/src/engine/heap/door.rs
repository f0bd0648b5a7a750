//! What stands before the C library's allocator.
//!
//! The symbols are weak, so an allocator that a program brings along under the same names takes their place. `free` and `realloc` are in
//! every program with this crate in it. What allocates is only in those that explore code which knows nothing of a checker: there
//! `selvedge-std` brings the symbols along, and comes to [`malloc`] and its like here.

use std::ffi::{c_int, c_void};

use super::slots::{self, Slot};
use super::{Freed, LARGE, SERVES, next, own, quarantine, running};

std::arch::global_asm!(
    ".pushsection .text.selvedge_free,\"ax\",@progbits",
    ".weak free",
    ".type free,@function",
    "free:",
    "jmp {free}",
    ".size free, . - free",
    ".weak realloc",
    ".type realloc,@function",
    "realloc:",
    "mov rdx, [rsp]",
    "jmp {realloc}",
    ".size realloc, . - realloc",
    ".popsection",
    free = sym free,
    realloc = sym realloc,
);

/// What the C library aligns memory to.
const ALIGN: usize = 16;

/// What a program's `malloc` comes to, and where it goes on.
pub extern "C-unwind" fn malloc(size: usize, code: usize) -> *mut c_void {
    slot(size, ALIGN, code).unwrap_or_else(|| large(next::malloc(size), size, code))
}

/// What a program's `calloc` comes to, and where it goes on.
pub extern "C-unwind" fn calloc(count: usize, size: usize, code: usize) -> *mut c_void {
    let zeroed = |memory: *mut c_void| {
        // SAFETY: the slot has that many bytes, for they did not overflow.
        unsafe { memory.write_bytes(0, count * size) };
        memory
    };
    count
        .checked_mul(size)
        .and_then(|size| slot(size, ALIGN, code))
        .map_or_else(|| large(next::calloc(count, size), count.saturating_mul(size), code), zeroed)
}

/// What a program's `posix_memalign` comes to, and where it goes on.
///
/// # Safety
///
/// `memory` can be written.
pub unsafe extern "C-unwind" fn posix_memalign(
    memory: *mut *mut c_void,
    align: usize,
    size: usize,
    code: usize,
) -> c_int {
    match align.is_power_of_two().then(|| slot(size, align.max(ALIGN), code)).flatten() {
        Some(slot) => {
            // SAFETY: the caller's.
            unsafe { memory.write(slot) };
            0
        }
        None => next::aligned(memory, align, size),
    }
}

/// What a program's `malloc_usable_size` comes to.
pub extern "C-unwind" fn malloc_usable_size(memory: *mut c_void) -> usize {
    if slots::is_slot(memory.addr()) {
        slots::left_at(memory.addr())
    } else if memory.is_null() {
        0
    } else {
        next::usable(memory)
    }
}

/// What a program's `free` comes to.
extern "C-unwind" fn free(memory: *mut c_void) {
    if slots::is_slot(memory.addr()) {
        return free_slot(memory);
    }
    if memory.is_null() || !quarantine::is_watched() {
        return next::free(memory);
    }
    let is_kept = is_kept(memory);
    is_large_no_more(memory);
    if !is_kept {
        next::free(memory);
    }
}

/// What a program's `realloc` comes to. What is watched moves, so that its old addresses are given back as those of any memory.
extern "C-unwind" fn realloc(memory: *mut c_void, size: usize, code: usize) -> *mut c_void {
    let is_slot = slots::is_slot(memory.addr());
    if !is_slot && (memory.is_null() || size == 0 || !quarantine::is_watched()) {
        return if memory.is_null() { malloc(size, code) } else { next::realloc(memory, size) };
    }
    let new = malloc(size, code);
    if !new.is_null() {
        // SAFETY: both are as large as that, and the new one is another.
        unsafe { new.copy_from_nonoverlapping(memory, malloc_usable_size(memory).min(size)) };
        free(memory);
    }
    new
}

/// A slot for memory of the model's, if the code that asks is the program's; `None` for all else. What libraries of C allocate may
/// be kept in places that are not searched.
#[inline]
fn slot(size: usize, align: usize, code: usize) -> Option<*mut c_void> {
    let slots = SERVES.get();
    if slots.is_null() || !crate::api::slot::is_static(code) {
        return None;
    }
    let running = running()?;
    let hooks = quarantine::hooks()?;
    // SAFETY: they are this OS thread's, and nothing else uses them meanwhile.
    let Some(address) = super::ours(|| unsafe { (*slots).allocate(running.thread, size, align) }) else {
        if slots::is_small(size, align) {
            (hooks.no_room)();
        }
        return None;
    };
    // SAFETY: as above.
    if unsafe { (*slots).reuses() } {
        let slot = address..address + slots::left_at(address);
        quarantine::is_used_again(&slot);
        (hooks.again)(&slot);
    }
    (hooks.allocated)(address);
    Some(std::ptr::with_exposed_provenance_mut(address))
}

/// Memory of the system's, which is the model's where it is too large for a slot: what is in it leads to other memory.
#[inline]
fn large(memory: *mut c_void, size: usize, code: usize) -> *mut c_void {
    if !SERVES.get().is_null() && !slots::is_small(size, ALIGN) && !memory.is_null() {
        remember(memory, size, code);
    }
    memory
}

#[cold]
fn remember(memory: *mut c_void, size: usize, code: usize) {
    if crate::api::slot::is_static(code) && running().is_some() {
        super::ours(|| LARGE.with_borrow_mut(|large| large.push(memory.addr()..memory.addr() + size)));
    }
}

#[cold]
fn is_large_no_more(memory: *mut c_void) {
    // Borrowed: by the list itself, which grows.
    _ = LARGE.try_with(|large| {
        if let Ok(mut large) = large.try_borrow_mut() {
            large.retain(|memory_is| memory_is.start != memory.addr());
        }
    });
}

/// Memory in a slot is freed. What another OS thread frees is leaked: it is not the model's, which has one.
#[cold]
fn free_slot(memory: *mut c_void) {
    let Some(slots) = own(memory.addr()) else { return };
    let by_model = running().zip(quarantine::hooks());
    let found = slots.slot(memory.addr());
    let (slot, before) = match found {
        Slot::Live(slot) if slot.start == memory.addr() => (slot, None),
        Slot::GivenBack(slot, freed) if slot.start == memory.addr() => (slot, Some(*freed)),
        Slot::Live(_) | Slot::GivenBack(..) | Slot::Free => {
            if let Some((_, hooks)) = by_model {
                (hooks.freed_wrongly)();
            }
            return;
        }
    };
    if let Some(before) = before {
        if let (Some((_, hooks)), Some(before)) = (by_model, before) {
            (hooks.freed_twice)(&slot, before);
        }
        return;
    }
    let freed = by_model.map(|(running, hooks)| {
        quarantine::is_freed(&slot);
        Freed { lane: running.lane, place: (hooks.place)(&slot) }
    });
    let Some(slots) = own(memory.addr()) else { return };
    let thread = by_model.map(|(running, _)| running.thread);
    super::ours(|| slots.give_back(memory.addr(), thread, freed));
    if SERVES.get().is_null() {
        // No execution runs.
        slots.end();
    }
}

/// Whether memory of the system's, which is freed, is kept.
#[cold]
fn is_kept(memory: *mut c_void) -> bool {
    // The memory is given back by its owner, so it came from the allocator.
    let memory_is = memory.addr()..memory.addr() + next::usable(memory);
    quarantine::is_freed(&memory_is) && quarantine::keep(memory)
}
