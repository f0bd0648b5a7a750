//! Rowers who pull in rounds, with the library's barrier.

use selvedge_primitives::Barrier;

pub struct Boat {
    barrier: Barrier,
}

impl Boat {
    pub fn new() -> Self {
        Boat { barrier: Barrier::new(2).unwrap() }
    }

    pub fn round(&self, pull: impl FnOnce()) {
        pull();
        self.barrier.wait().unwrap();
    }
}
