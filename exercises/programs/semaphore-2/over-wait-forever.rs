//! A museum for one visitor. All wait until they come in.

use selvedge_primitives::Semaphore;

pub struct Museum {
    permits: Semaphore,
}

impl Museum {
    pub fn new() -> Self {
        Museum { permits: Semaphore::new(1) }
    }

    pub fn visit(&self, look: impl FnOnce()) -> bool {
        self.permits.acquire();
        look();
        self.permits.release(1).unwrap();
        true
    }
}
