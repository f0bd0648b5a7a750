//! The free keys of a hotel. While one is away, there are no others.

use selvedge::sync::Mutex;

pub struct Hook {
    key: Mutex<Option<usize>>,
}

impl Hook {
    pub fn new() -> Self {
        Hook { key: Mutex::new(Some(0)) }
    }

    pub fn take(&self) -> Option<usize> {
        self.key.lock().unwrap().take()
    }

    pub fn hang(&self, key: usize) {
        *self.key.lock().unwrap() = Some(key);
    }
}
