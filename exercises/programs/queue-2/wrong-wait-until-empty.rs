//! An office with clerks. It closes when there are no letters left.

use selvedge_primitives::{Queue, yield_now};

pub struct Office {
    letters: Queue<u32>,
}

impl Office {
    pub fn new() -> Self {
        Office { letters: Queue::new(0) }
    }

    pub fn receive(&self, letter: u32) {
        self.letters.put(letter).unwrap();
    }

    pub fn work(&self, file: impl Fn(u32)) {
        while let Ok(letter) = self.letters.get() {
            file(letter);
        }
    }

    pub fn close(&self) {
        while !self.letters.is_empty() {
            yield_now();
        }
        self.letters.shutdown(false);
    }
}
