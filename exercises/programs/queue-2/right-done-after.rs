//! An office with clerks. A letter is done when it is filed.

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
            self.letters.task_done().unwrap();
        }
    }

    pub fn close(&self) {
        self.letters.join();
        self.letters.shutdown(false);
    }
}
