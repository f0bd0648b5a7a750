//! A table for gifts. When the time is over, the giver takes the gift back.

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

    pub fn offer(&self, gift: u32) -> bool {
        let mut table = self.gift.lock().unwrap();
        *table = Some(gift);
        let (mut table, wait) = self.taken.wait_timeout(table, Duration::from_millis(500)).unwrap();
        *table = None;
        !wait.timed_out()
    }

    pub fn take(&self) -> Option<u32> {
        let gift = self.gift.lock().unwrap().take();
        self.taken.notify_one();
        gift
    }
}
