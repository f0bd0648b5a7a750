//! A cake for two bakers who go on when they have waited long enough.

use std::time::Duration;

use selvedge_primitives::Barrier;

pub struct Kitchen {
    baked: Barrier,
}

impl Kitchen {
    pub fn new() -> Self {
        Kitchen { baked: Barrier::new(2).unwrap() }
    }

    pub fn bake(&self, bake_half: impl FnOnce(), ice: impl FnOnce()) {
        bake_half();
        let _ = self.baked.wait_timeout(Duration::from_secs(60));
        ice();
    }
}
