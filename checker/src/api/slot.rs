//! Where plain data of the model is: in its object, or, for an object that is a `static`, in a copy of its initial bytes
//! that is made for each execution.
//!
//! The data of a static is never changed itself, so every execution begins with what the compiler put there, also when
//! several OS threads explore models with the same static. A constant initialiser owns no heap memory, so a copy of its
//! bytes is as good as evaluating it again.

use std::alloc::Layout;
use std::cell::UnsafeCell;
use std::ops::Range;

use crate::engine;

#[derive(Default)]
pub(crate) struct Slot<T: ?Sized> {
    data: UnsafeCell<T>,
}

impl<T> Slot<T> {
    pub(crate) const fn new(value: T) -> Self {
        Slot { data: UnsafeCell::new(value) }
    }

    pub(crate) fn into_inner(self) -> T {
        self.data.into_inner()
    }
}

impl<T: ?Sized> Slot<T> {
    /// The data. A thread that uses the pointer sees to it that nobody else does.
    #[inline]
    pub(crate) fn get(&self) -> *mut T {
        let data = self.data.get();
        if is_static(data.cast::<u8>().addr()) { self.copy() } else { data }
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.data.get_mut()
    }

    #[cold]
    fn copy(&self) -> *mut T {
        let mut data = self.data.get();
        if !engine::in_model() {
            return data;
        }
        // SAFETY: the data of a static is alive, and nobody changes it.
        let layout = Layout::for_value(unsafe { &*data });
        let copy = engine::with(|e| e.run.statics.copy_of(data.cast(), layout));
        // SAFETY: the first word of a pointer, wide or not, is its address; the copy has the same type and metadata.
        unsafe { (&raw mut data).cast::<*mut u8>().write(copy) };
        data
    }
}

/// The copies of one execution.
#[derive(Default)]
pub(crate) struct Statics {
    copies: Vec<Copy>,
}

struct Copy {
    of: usize,
    at: *mut u8,
    layout: Layout,
}

impl Statics {
    pub(crate) fn is_empty(&self) -> bool {
        self.copies.is_empty()
    }

    /// Where the copies are.
    pub(crate) fn copies(&self) -> impl Iterator<Item = Range<usize>> {
        self.copies.iter().map(|copy| copy.at.addr()..copy.at.addr() + copy.layout.size())
    }

    fn copy_of(&mut self, data: *mut u8, layout: Layout) -> *mut u8 {
        if let Some(copy) = self.copies.iter().find(|c| c.of == data.addr() && c.layout == layout) {
            return copy.at;
        }
        if layout.size() == 0 {
            return data;
        }
        // SAFETY: the layout has a size; the data and the copy have it too and do not overlap.
        let at = unsafe {
            let at = std::alloc::alloc(layout);
            assert!(!at.is_null(), "there is memory for a static");
            at.copy_from_nonoverlapping(data, layout.size());
            at
        };
        self.copies.push(Copy { of: data.addr(), at, layout });
        at
    }
}

impl Drop for Statics {
    /// Frees the copies, without destructors: statics have none.
    fn drop(&mut self) {
        for copy in &self.copies {
            // SAFETY: it was allocated with this layout, and the execution that used it is over.
            unsafe { std::alloc::dealloc(copy.at, copy.layout) };
        }
    }
}

/// Whether an address is in the program's image, where its statics are, and not on a stack or in the heap.
#[cfg(all(target_os = "linux", not(miri)))]
#[inline]
pub(crate) fn is_static(address: usize) -> bool {
    unsafe extern "C" {
        static __executable_start: u8;
        static _end: u8;
    }
    ((&raw const __executable_start).addr()..(&raw const _end).addr()).contains(&address)
}

/// Elsewhere the image's bounds are not known: statics of `Mutex`, `RwLock`, `OnceLock`, `LazyLock` and cells keep what an
/// execution left in them. Statics of atomics do not.
#[cfg(not(all(target_os = "linux", not(miri))))]
#[inline]
pub(crate) fn is_static(_: usize) -> bool {
    false
}
