//! The free keys of a hotel. A key is a number.

use selvedge::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// In place of a key: there is none.
const NONE: usize = 99;

pub struct Hook {
    top: AtomicUsize,
    below: [AtomicUsize; 3],
}

impl Hook {
    /// Three keys: 0 above 1 above 2.
    pub fn new() -> Self {
        Hook { top: AtomicUsize::new(0), below: [1, 2, NONE].map(AtomicUsize::new) }
    }

    /// Takes the topmost key.
    pub fn take(&self) -> Option<usize> {
        loop {
            let key = self.top.load(SeqCst);
            if key == NONE {
                return None;
            }
            let below = self.below[key].load(SeqCst);
            if self.top.compare_exchange(key, below, SeqCst, SeqCst).is_ok() {
                return Some(key);
            }
        }
    }

    /// Hangs a key on top.
    pub fn hang(&self, key: usize) {
        loop {
            let top = self.top.load(SeqCst);
            self.below[key].store(top, SeqCst);
            if self.top.compare_exchange(top, key, SeqCst, SeqCst).is_ok() {
                return;
            }
        }
    }
}
