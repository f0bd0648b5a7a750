//! A bank with four accounts. The one that gets the money is always locked first.

use selvedge::sync::Mutex;

pub struct Bank {
    accounts: [Mutex<i32>; 4],
}

impl Bank {
    pub fn new() -> Self {
        Bank { accounts: [10, 10, 10, 10].map(Mutex::new) }
    }

    pub fn transfer(&self, from: usize, to: usize, amount: i32, write_receipt: impl FnOnce()) {
        let mut taker = self.accounts[to].lock().unwrap();
        let mut giver = self.accounts[from].lock().unwrap();
        *giver -= amount;
        *taker += amount;
        write_receipt();
    }

    pub fn total(&self) -> i32 {
        let all: Vec<_> = self.accounts.iter().map(|account| account.lock().unwrap()).collect();
        all.iter().map(|balance| **balance).sum()
    }
}
