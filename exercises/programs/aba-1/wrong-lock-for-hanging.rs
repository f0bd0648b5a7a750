//! The free keys of a hotel. A guest holds a lock to hang a key back.

use selvedge::sync::Mutex;
use selvedge::sync::atomic::{AtomicUsize, Ordering::SeqCst};

const NONE: usize = 99;

pub struct Hook {
    hanging: Mutex<()>,
    top: AtomicUsize,
    below: [AtomicUsize; 3],
}

impl Hook {
    pub fn new() -> Self {
        let below = [1, 2, NONE].map(AtomicUsize::new);
        Hook { hanging: Mutex::new(()), top: AtomicUsize::new(0), below }
    }

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

    pub fn hang(&self, key: usize) {
        let _hanging = self.hanging.lock().unwrap();
        loop {
            let top = self.top.load(SeqCst);
            self.below[key].store(top, SeqCst);
            if self.top.compare_exchange(top, key, SeqCst, SeqCst).is_ok() {
                return;
            }
        }
    }
}
