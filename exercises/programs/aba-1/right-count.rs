//! The free keys of a hotel. `top` is the topmost key and, times 100, how often it was changed.

use selvedge::sync::atomic::{AtomicUsize, Ordering::SeqCst};

const NONE: usize = 99;

pub struct Hook {
    top: AtomicUsize,
    below: [AtomicUsize; 3],
}

impl Hook {
    pub fn new() -> Self {
        Hook { top: AtomicUsize::new(0), below: [1, 2, NONE].map(AtomicUsize::new) }
    }

    pub fn take(&self) -> Option<usize> {
        loop {
            let top = self.top.load(SeqCst);
            let (count, key) = (top / 100, top % 100);
            if key == NONE {
                return None;
            }
            let below = (count + 1) * 100 + self.below[key].load(SeqCst);
            if self.top.compare_exchange(top, below, SeqCst, SeqCst).is_ok() {
                return Some(key);
            }
        }
    }

    pub fn hang(&self, key: usize) {
        loop {
            let top = self.top.load(SeqCst);
            self.below[key].store(top % 100, SeqCst);
            let with_key = (top / 100 + 1) * 100 + key;
            if self.top.compare_exchange(top, with_key, SeqCst, SeqCst).is_ok() {
                return;
            }
        }
    }
}
