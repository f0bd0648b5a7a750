//! A cake for two bakers and one oven.

use selvedge::sync::Mutex;
use selvedge_primitives::Barrier;

pub struct Kitchen {
    oven: Mutex<()>,
    baked: Barrier,
}

impl Kitchen {
    pub fn new() -> Self {
        Kitchen { oven: Mutex::new(()), baked: Barrier::new(2).unwrap() }
    }

    pub fn bake(&self, bake_half: impl FnOnce(), ice: impl FnOnce()) {
        let oven = self.oven.lock().unwrap();
        bake_half();
        drop(oven);
        self.baked.wait().unwrap();
        ice();
    }
}
