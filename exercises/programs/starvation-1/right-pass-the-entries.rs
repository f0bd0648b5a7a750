//! A ledger. The lock guards the entries, and a report takes it once.

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
        write_down();
        (entries.iter().sum(), average(&entries))
    }
}

fn average(entries: &[u32]) -> u32 {
    entries.iter().sum::<u32>() / entries.len() as u32
}
