//! `AtomicWaker`, loom's mock of the one in the crate `futures`.

use std::cell::RefCell;
use std::task::Waker;

use crate::api::sync::Mutex;
use crate::api::thread;

/// A waker that may be replaced and woken at the same time.
#[derive(Debug, Default)]
pub struct AtomicWaker {
    waker: Mutex<RefCell<Option<Waker>>>,
}

impl AtomicWaker {
    /// Without a waker.
    pub const fn new() -> Self {
        AtomicWaker { waker: Mutex::new(RefCell::new(None)) }
    }

    /// Puts `waker` here. While somebody wakes, it is woken instead.
    #[track_caller]
    pub fn register(&self, waker: Waker) {
        match self.waker.try_lock() {
            Ok(here) => drop(here.replace(Some(waker))),
            Err(_) => {
                waker.wake();
                thread::yield_now();
            }
        }
    }

    /// As [`AtomicWaker::register`], with a clone.
    #[track_caller]
    pub fn register_by_ref(&self, waker: &Waker) {
        self.register(waker.clone());
    }

    /// Wakes what was registered last.
    #[track_caller]
    pub fn wake(&self) {
        if let Some(waker) = self.take_waker() {
            waker.wake();
        }
    }

    /// Takes what was registered last.
    #[track_caller]
    pub fn take_waker(&self) -> Option<Waker> {
        let here = self.waker.lock().expect("locks do not poison here");
        here.take()
    }
}
