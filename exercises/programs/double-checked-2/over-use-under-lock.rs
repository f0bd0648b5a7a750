//! Settings under a lock.

use selvedge::sync::Mutex;

pub struct Settings {
    settings: Mutex<Option<u32>>,
}

impl Settings {
    pub fn new() -> Self {
        Settings { settings: Mutex::new(None) }
    }

    pub fn with(&self, load: impl FnOnce() -> u32, use_them: impl FnOnce(u32)) {
        let mut settings = self.settings.lock().unwrap();
        use_them(*settings.get_or_insert_with(load));
    }
}
