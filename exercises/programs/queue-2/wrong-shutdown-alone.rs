//! An office with clerks. It closes, and the clerks file what is left.

use selvedge_primitives::Queue;

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
        self.letters.shutdown(false);
    }
}
