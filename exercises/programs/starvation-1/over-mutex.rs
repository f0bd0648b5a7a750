//! A ledger for one at a time.

use selvedge::sync::Mutex;

pub struct Ledger {
    entries: Mutex<Vec<u32>>,
}

impl Ledger {
    pub fn new() -> Self {
        Ledger { entries: Mutex::new(vec![2, 4]) }
    }

    pub fn add(&self, entry: u32) {
        self.entries.lock().unwrap().push(entry);
    }

    pub fn report(&self, write_down: impl FnOnce()) -> (u32, u32) {
        let entries = self.entries.lock().unwrap();
        write_down();
        let sum: u32 = entries.iter().sum();
        (sum, sum / entries.len() as u32)
    }
}
