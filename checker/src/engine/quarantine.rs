//! Memory in which an object has ended stays as it is until its execution is over.
//!
//! Otherwise the allocator would give it away again, and a stale pointer would reach another object, of which it cannot be told.
//! A program frees its memory without asking us, so this stands before the C library's `free`: what is in the memory that
//! is freed is looked up among the addresses at which handles were dropped in the execution that runs on this OS thread.
//!
//! The symbol is weak, so an allocator that a program brings along under the same name takes its place, and what is freed is
//! given to the next in line, whoever that is. Where nobody comes through this door (another system, another allocator) memory
//! is used again, and what the allocator writes there is no handle.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ops::Range;

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
}

/// A handle was dropped at this address, with the end of this number.
pub(super) fn add(address: usize, number: u32) {
    ENDED.with_borrow_mut(|ended| match ended.addresses.binary_search_by_key(&address, |(at, _)| *at) {
        Ok(at) => ended.addresses[at].1 = number,
        Err(at) => ended.addresses.insert(at, (address, number)),
    });
    WATCHES.set(true);
    LEFT.set(LEFT.get() + 1);
}

/// Where this module's thread-locals are.
pub(super) fn own_locals() -> [Range<usize>; 3] {
    [trace::span(&WATCHES), trace::span(&LEFT), trace::span(&ENDED)]
}

/// The number of the end that a handle at this address had.
pub(super) fn at(address: usize) -> Option<u32> {
    if !WATCHES.get() {
        return None;
    }
    ENDED.with_borrow(|ended| {
        let at = ended.addresses.binary_search_by_key(&address, |(at, _)| *at).ok()?;
        Some(ended.addresses[at].1)
    })
}

/// The execution is over: nobody has pointers any more.
pub(super) fn clear() {
    if !WATCHES.replace(false) {
        return;
    }
    LEFT.set(0);
    let kept = ENDED.with_borrow_mut(|ended| {
        ended.addresses.clear();
        std::mem::take(&mut ended.kept)
    });
    for memory in &kept {
        door::free(*memory);
    }
    ENDED.with_borrow_mut(|ended| {
        ended.kept = kept;
        ended.kept.clear();
    });
}

#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", not(miri)))]
mod door {
    use std::ffi::{CStr, c_char, c_void};
    use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

    use super::{ENDED, LEFT};

    unsafe extern "C" {
        fn malloc_usable_size(memory: *mut c_void) -> usize;
        fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    }

    std::arch::global_asm!(
        ".pushsection .text.selvedge_free,\"ax\",@progbits",
        ".weak free",
        ".type free,@function",
        "free:",
        "jmp {come}",
        ".size free, . - free",
        ".popsection",
        come = sym come,
    );

    /// The next `free`, once it is known.
    static NEXT: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());
    /// Whether somebody looks for it.
    static LOOKS: AtomicUsize = AtomicUsize::new(0);

    /// What a program's `free` comes to.
    extern "C" fn come(memory: *mut c_void) {
        if LEFT.get() == 0 || memory.is_null() || !keeps(memory) {
            free(memory);
        }
    }

    /// Keeps memory in which an object has ended.
    #[cold]
    fn keeps(memory: *mut c_void) -> bool {
        let keep = |ended: &std::cell::RefCell<super::Ended>| {
            // Borrowed already: by the table itself, which grows.
            let Ok(mut ended) = ended.try_borrow_mut() else { return false };
            // SAFETY: the memory is given back by its owner, so it came from the allocator.
            let end = memory.addr() + unsafe { malloc_usable_size(memory) };
            let first = ended.addresses.partition_point(|(at, _)| *at < memory.addr());
            let inside = ended.addresses[first..].iter().take_while(|(at, _)| *at < end).count();
            if inside > 0 {
                ended.kept.push(memory);
                LEFT.set(LEFT.get().saturating_sub(inside));
            }
            inside > 0
        };
        ENDED.try_with(keep).unwrap_or(false)
    }

    /// Frees memory for good.
    pub(super) fn free(memory: *mut c_void) {
        let mut next = NEXT.load(Ordering::Relaxed);
        if next.is_null() {
            next = find();
        }
        if !next.is_null() {
            // SAFETY: it is the `free` of the allocator that the memory came from.
            unsafe { std::mem::transmute::<*mut c_void, extern "C" fn(*mut c_void)>(next)(memory) }
        }
    }

    /// Looks for the next `free`. What is freed while that is done, by whatever does it, is leaked.
    #[cold]
    fn find() -> *mut c_void {
        const NEXT_IN_LINE: *mut c_void = std::ptr::without_provenance_mut(usize::MAX);
        const ANYWHERE: *mut c_void = std::ptr::null_mut();
        if LOOKS.fetch_add(1, Ordering::Relaxed) > 0 && NEXT.load(Ordering::Relaxed).is_null() {
            return NEXT.load(Ordering::Relaxed);
        }
        let look = |handle: *mut c_void, name: &CStr| {
            // SAFETY: the name is a string of C's.
            unsafe { dlsym(handle, name.as_ptr()) }
        };
        // A sanitizer's allocator is part of the program.
        let sanitizer = look(ANYWHERE, c"__interceptor_free");
        let found = if sanitizer.is_null() { look(NEXT_IN_LINE, c"free") } else { sanitizer };
        NEXT.store(found, Ordering::Relaxed);
        found
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", not(miri))))]
mod door {
    /// Nothing is kept here.
    pub(super) fn free(_: *mut std::ffi::c_void) {}
}
