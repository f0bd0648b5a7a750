//! A map that is drawn when it is needed, by std's own means.

use selvedge::sync::OnceLock;

pub struct Atlas {
    map: OnceLock<u32>,
}

impl Atlas {
    pub fn new() -> Self {
        Atlas { map: OnceLock::new() }
    }

    pub fn use_map(&self, draw: impl FnOnce() -> u32, look: impl FnOnce(u32)) {
        look(*self.map.get_or_init(draw));
    }
}
