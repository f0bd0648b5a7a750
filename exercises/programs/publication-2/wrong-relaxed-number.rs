//! A log with two lines. The line is written before it is counted.

use selvedge::sync::atomic::{
    AtomicU32, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};

pub struct Log {
    number: AtomicUsize,
    lines: [AtomicU32; 2],
}

impl Log {
    pub fn new() -> Self {
        Log { number: AtomicUsize::new(0), lines: [AtomicU32::new(0), AtomicU32::new(0)] }
    }

    pub fn append(&self, line: u32) {
        let place = self.number.load(Relaxed);
        self.lines[place].store(line, Release);
        self.number.store(place + 1, Relaxed);
    }

    pub fn read(&self) -> Vec<u32> {
        let number = self.number.load(Acquire);
        self.lines[..number].iter().map(|line| line.load(Acquire)).collect()
    }
}
