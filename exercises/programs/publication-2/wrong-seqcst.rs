//! A log with two lines and the strongest orderings.

use selvedge::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};

pub struct Log {
    number: AtomicUsize,
    lines: [AtomicU32; 2],
}

impl Log {
    pub fn new() -> Self {
        Log { number: AtomicUsize::new(0), lines: [AtomicU32::new(0), AtomicU32::new(0)] }
    }

    pub fn append(&self, line: u32) {
        let place = self.number.fetch_add(1, SeqCst);
        self.lines[place].store(line, SeqCst);
    }

    pub fn read(&self) -> Vec<u32> {
        let number = self.number.load(SeqCst);
        self.lines[..number].iter().map(|line| line.load(SeqCst)).collect()
    }
}
