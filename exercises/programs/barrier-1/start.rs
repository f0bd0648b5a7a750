//! A cake for two bakers.

use std::time::Duration;

use selvedge_primitives::Barrier;

pub struct Kitchen {
    baked: Barrier,
}

impl Kitchen {
    pub fn new() -> Self {
        Kitchen { baked: Barrier::new(2).unwrap() }
    }

    /// Bakes a half, waits for the other one, and ices the cake.
    pub fn bake(&self, bake_half: impl FnOnce(), ice: impl FnOnce()) {
        bake_half();
        self.baked.wait_timeout(Duration::from_secs(60)).unwrap();
        ice();
    }
}
