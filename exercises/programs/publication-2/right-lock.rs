//! A log whose lines the lock guards.

use selvedge::sync::Mutex;

pub struct Log {
    lines: Mutex<Vec<u32>>,
}

impl Log {
    pub fn new() -> Self {
        Log { lines: Mutex::new(Vec::new()) }
    }

    pub fn append(&self, line: u32) {
        self.lines.lock().unwrap().push(line);
    }

    pub fn read(&self) -> Vec<u32> {
        self.lines.lock().unwrap().clone()
    }
}
