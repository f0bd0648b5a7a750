//! A map under a lock.

use selvedge::sync::Mutex;

pub struct Atlas {
    map: Mutex<Option<u32>>,
}

impl Atlas {
    pub fn new() -> Self {
        Atlas { map: Mutex::new(None) }
    }

    pub fn use_map(&self, draw: impl FnOnce() -> u32, look: impl FnOnce(u32)) {
        let mut map = self.map.lock().unwrap();
        look(*map.get_or_insert_with(draw));
    }
}
