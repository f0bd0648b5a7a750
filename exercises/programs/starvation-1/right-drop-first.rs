//! A ledger. A report takes the lock twice, and never holds it twice.

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
        let entries = self.entries.read().unwrap();
        let sum = entries.iter().sum();
        write_down();
        drop(entries);
        (sum, self.average())
    }

    fn average(&self) -> u32 {
        let entries = self.entries.read().unwrap();
        entries.iter().sum::<u32>() / entries.len() as u32
    }
}
