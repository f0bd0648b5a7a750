//! A bank with four accounts. Locks are taken in the order of the accounts' numbers.

use selvedge::sync::Mutex;

pub struct Bank {
    accounts: [Mutex<i32>; 4],
}

impl Bank {
    pub fn new() -> Self {
        Bank { accounts: [10, 10, 10, 10].map(Mutex::new) }
    }

    pub fn transfer(&self, from: usize, to: usize, amount: i32, write_receipt: impl FnOnce()) {
        let mut first = self.accounts[from.min(to)].lock().unwrap();
        let mut second = self.accounts[from.max(to)].lock().unwrap();
        let (giver, taker) = if from < to { (&mut first, &mut second) } else { (&mut second, &mut first) };
        **giver -= amount;
        **taker += amount;
        write_receipt();
    }

    pub fn total(&self) -> i32 {
        let all: Vec<_> = self.accounts.iter().map(|account| account.lock().unwrap()).collect();
        all.iter().map(|balance| **balance).sum()
    }
}
