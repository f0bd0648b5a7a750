//! Settings that are loaded once.

use selvedge::sync::OnceLock;

pub struct Settings {
    settings: OnceLock<u32>,
}

impl Settings {
    pub fn new() -> Self {
        Settings { settings: OnceLock::new() }
    }

    pub fn with(&self, load: impl FnOnce() -> u32, use_them: impl FnOnce(u32)) {
        use_them(*self.settings.get_or_init(load));
    }
}
