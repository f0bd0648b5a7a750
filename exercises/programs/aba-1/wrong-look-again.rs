//! The free keys of a hotel. The top is looked at again before it is changed.

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
            let key = self.top.load(SeqCst);
            if key == NONE {
                return None;
            }
            let below = self.below[key].load(SeqCst);
            let same = self.top.load(SeqCst) == key;
            if same && self.top.compare_exchange(key, below, SeqCst, SeqCst).is_ok() {
                return Some(key);
            }
        }
    }

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
