//! Rowers who pull in rounds, one after the other.

use selvedge::sync::Mutex;
use selvedge_primitives::Barrier;

pub struct Boat {
    oar: Mutex<()>,
    barrier: Barrier,
}

impl Boat {
    pub fn new() -> Self {
        Boat { oar: Mutex::new(()), barrier: Barrier::new(2).unwrap() }
    }

    pub fn round(&self, pull: impl FnOnce()) {
        let oar = self.oar.lock().unwrap();
        pull();
        drop(oar);
        self.barrier.wait().unwrap();
    }
}
