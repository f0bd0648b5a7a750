//! The free keys of a hotel. The lock guards all of them.

use selvedge::sync::Mutex;

pub struct Hook {
    keys: Mutex<Vec<usize>>,
}

impl Hook {
    pub fn new() -> Self {
        Hook { keys: Mutex::new(vec![2, 1, 0]) }
    }

    pub fn take(&self) -> Option<usize> {
        self.keys.lock().unwrap().pop()
    }

    pub fn hang(&self, key: usize) {
        self.keys.lock().unwrap().push(key);
    }
}
