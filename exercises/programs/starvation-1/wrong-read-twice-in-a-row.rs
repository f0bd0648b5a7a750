//! A ledger. The average is read in the same function.

use selvedge::sync::RwLock;

pub struct Ledger {
    entries: RwLock<Vec<u32>>,
}

impl Ledger {
    pub fn new() -> Self {
        Ledger { entries: RwLock::new(vec![2, 4]) }
    }

    pub fn add(&self, entry: u32) {
        self.entries.write().unwrap().push(entry);
    }

    pub fn report(&self, write_down: impl FnOnce()) -> (u32, u32) {
        let first = self.entries.read().unwrap();
        let sum = first.iter().sum();
        write_down();
        let second = self.entries.read().unwrap();
        (sum, second.iter().sum::<u32>() / second.len() as u32)
    }
}
