//! The allocator that a program would have without us: the next in line behind what stands before it.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
    fn malloc_usable_size(memory: *mut c_void) -> usize;
}

/// A function of it, once it is known.
struct Next {
    name: &'static CStr,
    /// What a sanitizer, whose allocator is part of the program, calls it.
    of_sanitizer: &'static CStr,
    found: AtomicPtr<c_void>,
    /// Who looks for it, or 0.
    looks: AtomicUsize,
}

static FREE: Next = Next::new(c"free", c"__interceptor_free");
static REALLOC: Next = Next::new(c"realloc", c"__interceptor_realloc");
static MALLOC: Next = Next::new(c"malloc", c"__interceptor_malloc");
static CALLOC: Next = Next::new(c"calloc", c"__interceptor_calloc");
static ALIGNED: Next = Next::new(c"posix_memalign", c"__interceptor_posix_memalign");
static USABLE: Next = Next::new(c"malloc_usable_size", c"__interceptor_malloc_usable_size");

/// Frees memory for good. What is freed while the next `free` is looked for, by whatever does that, is leaked.
pub(super) fn free(memory: *mut c_void) {
    let next = FREE.get();
    if !next.is_null() {
        // SAFETY: it is the `free` of the allocator that the memory came from.
        unsafe { std::mem::transmute::<*mut c_void, extern "C" fn(*mut c_void)>(next)(memory) }
    }
}

/// Null where it is not known yet.
pub(super) fn malloc(size: usize) -> *mut c_void {
    let next = MALLOC.get();
    if next.is_null() {
        return std::ptr::null_mut();
    }
    // SAFETY: it is the allocator's `malloc`.
    unsafe { std::mem::transmute::<*mut c_void, extern "C" fn(usize) -> *mut c_void>(next)(size) }
}

/// Null where it is not known yet.
pub(super) fn calloc(count: usize, size: usize) -> *mut c_void {
    let next = CALLOC.get();
    if next.is_null() {
        return std::ptr::null_mut();
    }
    type Calloc = extern "C" fn(usize, usize) -> *mut c_void;
    // SAFETY: it is the allocator's `calloc`.
    unsafe { std::mem::transmute::<*mut c_void, Calloc>(next)(count, size) }
}

/// As `posix_memalign`, whose error it returns.
pub(super) fn aligned(memory: *mut *mut c_void, align: usize, size: usize) -> c_int {
    const ENOMEM: c_int = 12;
    let next = ALIGNED.get();
    if next.is_null() {
        return ENOMEM;
    }
    type Aligned = extern "C" fn(*mut *mut c_void, usize, usize) -> c_int;
    // SAFETY: it is the allocator's `posix_memalign`.
    unsafe { std::mem::transmute::<*mut c_void, Aligned>(next)(memory, align, size) }
}

/// How many bytes memory has that came from it.
pub(super) fn usable(memory: *mut c_void) -> usize {
    let next = USABLE.get();
    if next.is_null() {
        return 0;
    }
    // SAFETY: it is the allocator's `malloc_usable_size`.
    unsafe { std::mem::transmute::<*mut c_void, extern "C" fn(*mut c_void) -> usize>(next)(memory) }
}

pub(super) fn realloc(memory: *mut c_void, size: usize) -> *mut c_void {
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
        // What is called by the search itself has nothing; other threads wait for its end.
        let here = super::this_thread();
        match self.looks.compare_exchange(0, here, Ordering::Acquire, Ordering::Acquire) {
            Err(looks) if looks == here => return std::ptr::null_mut(),
            Err(_) => {
                while self.looks.load(Ordering::Acquire) != 0 {
                    std::hint::spin_loop();
                }
                return self.found.load(Ordering::Relaxed);
            }
            Ok(_) => {}
        }
        let look = |handle: *mut c_void, name: &CStr| {
            // SAFETY: the name is a string of C's.
            unsafe { dlsym(handle, name.as_ptr()) }
        };
        let sanitizer = look(ANYWHERE, self.of_sanitizer);
        let found = if sanitizer.is_null() { look(NEXT_IN_LINE, self.name) } else { sanitizer };
        self.found.store(found, Ordering::Relaxed);
        self.looks.store(0, Ordering::Release);
        found
    }
}
