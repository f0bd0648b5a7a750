//! A bank with four accounts, each with its own lock.

use selvedge::sync::Mutex;

pub struct Bank {
    accounts: [Mutex<i32>; 4],
}

impl Bank {
    pub fn new() -> Self {
        Bank { accounts: [10, 10, 10, 10].map(Mutex::new) }
    }

    /// Moves money, and writes a receipt before anybody else can touch the two accounts.
    pub fn transfer(&self, from: usize, to: usize, amount: i32, write_receipt: impl FnOnce()) {
        let mut giver = self.accounts[from].lock().unwrap();
        let mut taker = self.accounts[to].lock().unwrap();
        *giver -= amount;
        *taker += amount;
        write_receipt();
    }

    /// Adds up all accounts.
    pub fn total(&self) -> i32 {
        let all: Vec<_> = self.accounts.iter().map(|account| account.lock().unwrap()).collect();
        all.iter().map(|balance| **balance).sum()
    }
}
