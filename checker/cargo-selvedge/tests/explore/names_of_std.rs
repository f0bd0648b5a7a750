// What is std's. The two cells are bytes of one word.

pub use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};
pub use std::sync::atomic::{AtomicUsize, fence};
pub use std::sync::{Arc, Mutex};
pub use std::thread;

#[derive(Default)]
pub struct Cells([std::cell::UnsafeCell<u8>; 2]);

unsafe impl Sync for Cells {}

impl Cells {
    pub fn read(&self, at: usize) {
        unsafe { self.0[at].get().read_volatile() };
    }

    pub fn write(&self, at: usize) {
        unsafe { self.0[at].get().write_volatile(1) }
    }
}
