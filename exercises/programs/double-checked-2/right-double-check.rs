//! Settings that are loaded under a lock. `loaded` publishes them.

use selvedge::sync::Mutex;
use selvedge::sync::atomic::{
    AtomicBool, AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};

pub struct Settings {
    loading: Mutex<()>,
    loaded: AtomicBool,
    settings: AtomicU32,
}

impl Settings {
    pub fn new() -> Self {
        Settings { loading: Mutex::new(()), loaded: AtomicBool::new(false), settings: AtomicU32::new(0) }
    }

    pub fn with(&self, load: impl FnOnce() -> u32, use_them: impl FnOnce(u32)) {
        if !self.loaded.load(Acquire) {
            let _loading = self.loading.lock().unwrap();
            if !self.loaded.load(Relaxed) {
                self.settings.store(load(), Relaxed);
                self.loaded.store(true, Release);
            }
        }
        use_them(self.settings.load(Relaxed));
    }
}
