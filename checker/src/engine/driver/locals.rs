//! Whether the thread-locals of an OS thread are as they were when it was new.
//!
//! A thread-local is a few bytes in a block that each thread has, with a byte that says whether it was made where it is not
//! constant or has a destructor. So what a model did with one is seen in the block: one that was made, or changed, makes it
//! another. What the block points to was made by somebody who has changed the block, or is no thread-local. How many panics
//! a thread is in the middle of is kept there as well.
//!
//! Where the blocks are the dynamic linker says, on Linux. Not looked at are those of the C library, whose allocator has
//! one, those of libraries that are loaded later, and what C code keeps behind `pthread_setspecific`. Elsewhere nothing is
//! known, and no thread is used twice.

use std::cell::OnceCell;
use std::ops::Range;

use crate::trace;

thread_local! {
    /// As they were when this thread was new; nothing where they are not found.
    static NEW: OnceCell<Option<Locals>> = const { OnceCell::new() };
}

/// To be called on a new thread.
pub(super) fn remember() {
    NEW.with(|new| _ = new.set(Locals::of_this_thread()));
}

/// Whether they are as they were when this thread [remembered](remember) them.
pub(super) fn are_as_they_were() -> bool {
    NEW.with(|new| matches!(new.get(), Some(Some(locals)) if locals.are_as_they_were()))
}

/// Where this module's thread-local is.
pub(in crate::engine) fn own_local() -> Range<usize> {
    trace::span(&NEW)
}

#[cfg(not(target_os = "linux"))]
pub(super) use unknown::Locals;

#[cfg(target_os = "linux")]
pub(super) use linux::Locals;
#[cfg(target_os = "linux")]
pub(crate) use linux::{blocks, blocks_of_others};

/// Where this thread's thread-locals are: nothing is known here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn blocks() -> Vec<std::ops::Range<usize>> {
    Vec::new()
}

/// As [`blocks`].
#[cfg(not(target_os = "linux"))]
pub(crate) use blocks as blocks_of_others;

#[cfg(not(target_os = "linux"))]
mod unknown {
    pub(crate) enum Locals {}

    impl Locals {
        pub(crate) fn of_this_thread() -> Option<Self> {
            None
        }

        pub(crate) fn are_as_they_were(&self) -> bool {
            match *self {}
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::{CStr, c_int, c_void};
    use std::ops::Range;

    /// The bytes of this thread's thread-locals, but for the checker's own.
    pub(crate) struct Locals {
        parts: Vec<Range<usize>>,
        bytes: Vec<u8>,
    }

    impl Locals {
        /// To be called on a new thread. `None` where its thread-locals are not found.
        pub(crate) fn of_this_thread() -> Option<Self> {
            // This makes them, so that they need not be made later.
            let own = crate::engine::own_locals();
            let blocks = blocks();
            if !own.iter().all(|own| blocks.iter().any(|b| b.start <= own.start && own.end <= b.end)) {
                return None;
            }
            let parts = without_all(blocks, &own);
            let bytes = parts.iter().flat_map(bytes_of).copied().collect();
            Some(Locals { parts, bytes })
        }

        /// On the same thread.
        pub(crate) fn are_as_they_were(&self) -> bool {
            let mut left = &self.bytes[..];
            self.parts.iter().all(|part| {
                let (before, rest) = left.split_at(part.len());
                left = rest;
                bytes_of(part) == before
            })
        }
    }

    /// Where this thread's thread-locals are.
    pub(crate) fn blocks() -> Vec<Range<usize>> {
        let mut blocks: Vec<Range<usize>> = Vec::new();
        // SAFETY: the callback is called with what its type says, and with the pointer to `blocks`.
        unsafe { libc::dl_iterate_phdr(Some(add_block), (&raw mut blocks).cast()) };
        blocks
    }

    /// Where this thread's thread-locals are that are not the checker's.
    pub(crate) fn blocks_of_others() -> Vec<Range<usize>> {
        without_all(blocks(), &crate::engine::own_locals())
    }

    fn without_all(parts: Vec<Range<usize>>, own: &[Range<usize>]) -> Vec<Range<usize>> {
        own.iter().fold(parts, |parts, own| parts.into_iter().flat_map(|part| without(part, own)).collect())
    }

    /// What is left of `part`.
    fn without(part: Range<usize>, own: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
        let before = part.start..own.start.clamp(part.start, part.end);
        let after = own.end.clamp(part.start, part.end)..part.end;
        [before, after].into_iter().filter(|part| !part.is_empty())
    }

    fn bytes_of(part: &Range<usize>) -> &[u8] {
        let at: *const u8 = std::ptr::with_exposed_provenance(part.start);
        // SAFETY: the block is this thread's, and lives as long as it; `Locals` stays on the thread that it was made on. No
        // code that writes to it runs while the slice is compared or copied.
        unsafe { std::slice::from_raw_parts(at, part.len()) }
    }

    /// Adds the block that this thread has of a module.
    ///
    /// # Safety
    ///
    /// `info` is the dynamic linker's, `blocks` a vector that nobody else uses.
    unsafe extern "C" fn add_block(info: *mut libc::dl_phdr_info, _: usize, blocks: *mut c_void) -> c_int {
        // SAFETY: the caller's promise.
        let (info, blocks) = unsafe { (&*info, &mut *blocks.cast::<Vec<Range<usize>>>()) };
        if info.dlpi_tls_data.is_null() || is_of_c(info) {
            return 0;
        }
        // SAFETY: the module has so many headers there.
        let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, info.dlpi_phnum.into()) };
        if let Some(tls) = headers.iter().find(|header| header.p_type == libc::PT_TLS) {
            let start = info.dlpi_tls_data.expose_provenance();
            blocks.push(start..start + tls.p_memsz as usize);
        }
        0
    }

    /// Whether a module is the C library or the dynamic linker.
    fn is_of_c(info: &libc::dl_phdr_info) -> bool {
        if info.dlpi_name.is_null() {
            return false;
        }
        // SAFETY: a module's name is a C string.
        let name = unsafe { CStr::from_ptr(info.dlpi_name) }.to_bytes();
        let name = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        [&b"libc."[..], b"libc-", b"ld-"].iter().any(|c| name.starts_with(c))
    }

    #[cfg(test)]
    mod tests {
        use std::cell::{Cell, RefCell};

        use super::*;

        thread_local! {
            static COUNT: Cell<u32> = const { Cell::new(0) };
            static LIST: RefCell<Vec<u32>> = RefCell::new(vec![1]);
        }

        fn seen_after(f: fn()) -> bool {
            let look = move || {
                let locals = Locals::of_this_thread().expect("they are found");
                f();
                !locals.are_as_they_were()
            };
            std::thread::spawn(look).join().unwrap()
        }

        #[test]
        fn a_thread_local_that_is_changed_or_made_is_seen() {
            assert!(seen_after(|| _ = std::hint::black_box(COUNT.replace(1))));
            assert!(seen_after(|| LIST.with(|_| ())));
            assert!(seen_after(|| drop(std::collections::HashMap::<u8, u8>::new())));
        }

        #[test]
        fn what_leaves_them_as_they_are_is_not_seen() {
            assert!(!seen_after(|| ()));
            assert!(!seen_after(|| COUNT.set(0)));
            assert!(!seen_after(|| drop(std::panic::catch_unwind(|| std::panic::resume_unwind(Box::new(
                1
            ))))));
        }
    }
}
