//! A table for gifts.

use std::time::Duration;

use selvedge::sync::{Condvar, Mutex};

pub struct Table {
    gift: Mutex<Option<u32>>,
    taken: Condvar,
}

impl Table {
    pub fn new() -> Self {
        Table { gift: Mutex::new(None), taken: Condvar::new() }
    }

    /// Offers a gift for a while. Says whether it was taken; if not, the giver keeps it.
    pub fn offer(&self, gift: u32) -> bool {
        let mut table = self.gift.lock().unwrap();
        *table = Some(gift);
        let wait = self.taken.wait_timeout_while(table, Duration::from_millis(500), |table| table.is_some());
        wait.unwrap().0.is_none()
    }

    /// Takes what is on the table.
    pub fn take(&self) -> Option<u32> {
        let gift = self.gift.lock().unwrap().take();
        self.taken.notify_one();
        gift
    }
}
