//! The allocator of a program whose atomics are known by their addresses.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr::NonNull;

use super::places;

/// The system's, but for what a model gives back with atomics in it: that is kept until the execution ends, so that a use of it,
/// and giving it back again, are noticed, and no other atomic has its addresses.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allocator;

// SAFETY: it is the system's; a block that is kept is nobody's until it is given to the system.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if !NonNull::new(block).is_some_and(|block| places::give_back(block, layout)) {
            // SAFETY: the caller's.
            unsafe { System.dealloc(block, layout) }
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !NonNull::new(block).is_some_and(|block| places::is_known(block, layout)) {
            // SAFETY: the caller's.
            return unsafe { System.realloc(block, layout, size) };
        }
        // What has atomics in it moves, so that its old addresses are given back as those of any block.
        // SAFETY: the caller's: the size makes a layout with this alignment, and the block is as large as its layout says.
        unsafe {
            let new = System.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                new.copy_from_nonoverlapping(block, layout.size().min(size));
                self.dealloc(block, layout);
            }
            new
        }
    }
}
