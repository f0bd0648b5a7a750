//! A cake for two bakers who wait for each other.

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
        self.baked.wait().unwrap();
        ice();
    }
}
