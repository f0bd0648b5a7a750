//! A bank with four accounts and one lock.

use selvedge::sync::Mutex;

pub struct Bank {
    accounts: Mutex<[i32; 4]>,
}

impl Bank {
    pub fn new() -> Self {
        Bank { accounts: Mutex::new([10, 10, 10, 10]) }
    }

    pub fn transfer(&self, from: usize, to: usize, amount: i32, write_receipt: impl FnOnce()) {
        let mut accounts = self.accounts.lock().unwrap();
        accounts[from] -= amount;
        accounts[to] += amount;
        write_receipt();
    }

    pub fn total(&self) -> i32 {
        self.accounts.lock().unwrap().iter().sum()
    }
}
