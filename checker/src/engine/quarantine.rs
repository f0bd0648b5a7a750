//! Memory in which an object has ended stays as it is until its execution is over.
//!
//! Otherwise the allocator would give it away again, and a stale pointer would reach another object, of which it cannot be told.
//! A program frees its memory without asking us, so this stands before the C library's `free`: what is in the memory that
//! is freed is looked up among the addresses at which handles were dropped in the execution that runs on this OS thread.
//!
//! The symbol is weak, so an allocator that a program brings along under the same name takes its place, and what is freed is
//! given to the next in line. `realloc` gives memory back too. Where nobody comes through this door (another system, another allocator) memory
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
    /// Who is told in this execution of the memory that is freed.
    static LISTENER: Cell<Option<Freed>> = const { Cell::new(None) };
    /// Who is told of its end.
    static OVER: Cell<Option<fn()>> = const { Cell::new(None) };
}

/// What is to be done with memory that is freed; whether it is kept.
pub(crate) type Freed = fn(&Range<usize>) -> bool;

/// Until the execution that runs is over, whatever is freed is told to `listener`. Then `over` is called.
pub(crate) fn when_freed(listener: Freed, over: fn()) {
    WATCHES.set(true);
    LISTENER.set(Some(listener));
    OVER.set(Some(over));
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
pub(super) fn own_locals() -> [Range<usize>; 5] {
    let [watches, left] = [trace::span(&WATCHES), trace::span(&LEFT)];
    [watches, left, trace::span(&ENDED), trace::span(&LISTENER), trace::span(&OVER)]
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
    LISTENER.set(None);
    if let Some(over) = OVER.take() {
        over();
    }
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

    use super::{ENDED, LEFT, LISTENER};

    unsafe extern "C" {
        fn malloc_usable_size(memory: *mut c_void) -> usize;
        fn malloc(size: usize) -> *mut c_void;
        fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    }

    std::arch::global_asm!(
        ".pushsection .text.selvedge_free,\"ax\",@progbits",
        ".weak free",
        ".type free,@function",
        "free:",
        "jmp {come}",
        ".size free, . - free",
        ".weak realloc",
        ".type realloc,@function",
        "realloc:",
        "jmp {move}",
        ".size realloc, . - realloc",
        ".popsection",
        come = sym come,
        move = sym come_to_move,
    );

    /// What a program's `free` comes to.
    extern "C-unwind" fn come(memory: *mut c_void) {
        if !is_watched() || memory.is_null() || !keeps(memory) {
            free(memory);
        }
    }

    /// What a program's `realloc` comes to. What is watched moves, so that its old addresses are given back as those of any
    /// memory.
    extern "C-unwind" fn come_to_move(memory: *mut c_void, size: usize) -> *mut c_void {
        if !is_watched() || memory.is_null() || size == 0 {
            return realloc(memory, size);
        }
        // SAFETY: the memory came from the allocator, and is as large as that says; the new one is another.
        unsafe {
            let new = malloc(size);
            if !new.is_null() {
                new.copy_from_nonoverlapping(memory, malloc_usable_size(memory).min(size));
                come(memory);
            }
            new
        }
    }

    fn is_watched() -> bool {
        LEFT.get() > 0 || LISTENER.get().is_some()
    }

    /// Keeps memory in which an object has ended.
    #[cold]
    fn keeps(memory: *mut c_void) -> bool {
        // SAFETY: the memory is given back by its owner, so it came from the allocator.
        let end = memory.addr() + unsafe { malloc_usable_size(memory) };
        let wanted = LISTENER.get().is_some_and(|listener| listener(&(memory.addr()..end)));
        let keep = |ended: &std::cell::RefCell<super::Ended>| {
            // Borrowed already: by the table itself, which grows.
            let Ok(mut ended) = ended.try_borrow_mut() else { return false };
            let first = ended.addresses.partition_point(|(at, _)| *at < memory.addr());
            let inside = ended.addresses[first..].iter().take_while(|(at, _)| *at < end).count();
            LEFT.set(LEFT.get().saturating_sub(inside));
            if inside > 0 || wanted {
                ended.kept.push(memory);
            }
            inside > 0 || wanted
        };
        ENDED.try_with(keep).unwrap_or(false)
    }

    /// A function of the next allocator in line, once it is known.
    struct Next {
        name: &'static CStr,
        /// What a sanitizer, whose allocator is part of the program, calls it.
        of_sanitizer: &'static CStr,
        found: AtomicPtr<c_void>,
        /// Whether somebody looks for it.
        looks: AtomicUsize,
    }

    static FREE: Next = Next::new(c"free", c"__interceptor_free");
    static REALLOC: Next = Next::new(c"realloc", c"__interceptor_realloc");

    /// Frees memory for good. What is freed while the next `free` is looked for, by whatever does that, is leaked.
    pub(super) fn free(memory: *mut c_void) {
        let next = FREE.get();
        if !next.is_null() {
            // SAFETY: it is the `free` of the allocator that the memory came from.
            unsafe { std::mem::transmute::<*mut c_void, extern "C" fn(*mut c_void)>(next)(memory) }
        }
    }

    fn realloc(memory: *mut c_void, size: usize) -> *mut c_void {
        type Realloc = extern "C" fn(*mut c_void, usize) -> *mut c_void;
        let next = REALLOC.get();
        if next.is_null() {
            // SAFETY: the memory came from the allocator, and is as large as that says. The old one is leaked.
            return unsafe {
                let new = malloc(size);
                if !new.is_null() && !memory.is_null() {
                    new.copy_from_nonoverlapping(memory, malloc_usable_size(memory).min(size));
                }
                new
            };
        }
        // SAFETY: it is the `realloc` of the allocator that the memory came from.
        unsafe { std::mem::transmute::<*mut c_void, Realloc>(next)(memory, size) }
    }

    impl Next {
        const fn new(name: &'static CStr, of_sanitizer: &'static CStr) -> Self {
            let (found, looks) = (AtomicPtr::new(std::ptr::null_mut()), AtomicUsize::new(0));
            Next { name, of_sanitizer, found, looks }
        }

        fn get(&self) -> *mut c_void {
            let found = self.found.load(Ordering::Relaxed);
            if found.is_null() { self.find() } else { found }
        }

        /// Null for what is called by the search itself.
        #[cold]
        fn find(&self) -> *mut c_void {
            const NEXT_IN_LINE: *mut c_void = std::ptr::without_provenance_mut(usize::MAX);
            const ANYWHERE: *mut c_void = std::ptr::null_mut();
            if self.looks.fetch_add(1, Ordering::Relaxed) > 0 && self.found.load(Ordering::Relaxed).is_null()
            {
                return self.found.load(Ordering::Relaxed);
            }
            let look = |handle: *mut c_void, name: &CStr| {
                // SAFETY: the name is a string of C's.
                unsafe { dlsym(handle, name.as_ptr()) }
            };
            let sanitizer = look(ANYWHERE, self.of_sanitizer);
            let found = if sanitizer.is_null() { look(NEXT_IN_LINE, self.name) } else { sanitizer };
            self.found.store(found, Ordering::Relaxed);
            found
        }
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", not(miri))))]
mod door {
    /// Nothing is kept here.
    pub(super) fn free(_: *mut std::ffi::c_void) {}
}
