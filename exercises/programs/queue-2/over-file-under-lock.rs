//! An office with clerks and one chair.

use selvedge::sync::Mutex;
use selvedge_primitives::Queue;

pub struct Office {
    chair: Mutex<()>,
    letters: Queue<u32>,
}

impl Office {
    pub fn new() -> Self {
        Office { chair: Mutex::new(()), letters: Queue::new(0) }
    }

    pub fn receive(&self, letter: u32) {
        self.letters.put(letter).unwrap();
    }

    pub fn work(&self, file: impl Fn(u32)) {
        while let Ok(letter) = self.letters.get() {
            let chair = self.chair.lock().unwrap();
            file(letter);
            drop(chair);
            self.letters.task_done().unwrap();
        }
    }

    pub fn close(&self) {
        self.letters.join();
        self.letters.shutdown(false);
    }
}
