//! A ledger.

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

    /// The sum and the average of all entries, and time to write them down.
    pub fn report(&self, write_down: impl FnOnce()) -> (u32, u32) {
        let entries = self.entries.read().unwrap();
        write_down();
        (entries.iter().sum(), self.average())
    }

    fn average(&self) -> u32 {
        let entries = self.entries.read().unwrap();
        entries.iter().sum::<u32>() / entries.len() as u32
    }
}
