//! An office with clerks.

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

    /// A clerk files letters until the office is closed. To file a letter takes a while.
    pub fn work(&self, file: impl Fn(u32)) {
        while let Ok(letter) = self.letters.get() {
            self.letters.task_done().unwrap();
            file(letter);
        }
    }

    /// Waits until all letters are filed, and closes.
    pub fn close(&self) {
        self.letters.join();
        self.letters.shutdown(false);
    }
}
