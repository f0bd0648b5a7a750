//! A log with two lines, which are shown together.

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
        let lines = self.lines.lock().unwrap();
        if lines.len() == 2 { lines.clone() } else { Vec::new() }
    }
}
