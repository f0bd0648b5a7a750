//! A map that is drawn when it is needed.

use selvedge::sync::Mutex;
use selvedge::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

pub struct Atlas {
    pencil: Mutex<()>,
    map: AtomicU32,
    drawn: AtomicBool,
}

impl Atlas {
    pub fn new() -> Self {
        Atlas { pencil: Mutex::new(()), map: AtomicU32::new(0), drawn: AtomicBool::new(false) }
    }

    /// Draws the map if it is not drawn yet, and looks at it.
    pub fn use_map(&self, draw: impl FnOnce() -> u32, look: impl FnOnce(u32)) {
        if !self.drawn.load(Relaxed) {
            let _pencil = self.pencil.lock().unwrap();
            if !self.drawn.load(Relaxed) {
                self.map.store(draw(), Relaxed);
                self.drawn.store(true, Relaxed);
            }
        }
        look(self.map.load(Relaxed));
    }
}
