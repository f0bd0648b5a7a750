//! An office with clerks. The lock guards the number of letters that are not filed.

use selvedge::sync::{Condvar, Mutex};
use selvedge_primitives::Queue;

pub struct Office {
    letters: Queue<u32>,
    open: Mutex<u32>,
    all_filed: Condvar,
}

impl Office {
    pub fn new() -> Self {
        Office { letters: Queue::new(0), open: Mutex::new(0), all_filed: Condvar::new() }
    }

    pub fn receive(&self, letter: u32) {
        *self.open.lock().unwrap() += 1;
        self.letters.put(letter).unwrap();
    }

    pub fn work(&self, file: impl Fn(u32)) {
        while let Ok(letter) = self.letters.get() {
            file(letter);
            *self.open.lock().unwrap() -= 1;
            self.all_filed.notify_one();
        }
    }

    pub fn close(&self) {
        let open = self.open.lock().unwrap();
        drop(self.all_filed.wait_while(open, |open| *open > 0).unwrap());
        self.letters.shutdown(false);
    }
}
