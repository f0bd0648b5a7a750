//! A table for gifts, which nobody sees.

use selvedge::sync::Mutex;

pub struct Table {
    gift: Mutex<Option<u32>>,
}

impl Table {
    pub fn new() -> Self {
        Table { gift: Mutex::new(None) }
    }

    pub fn offer(&self, gift: u32) -> bool {
        let mut table = self.gift.lock().unwrap();
        *table = Some(gift);
        table.take().is_none()
    }

    pub fn take(&self) -> Option<u32> {
        self.gift.lock().unwrap().take()
    }
}
