//! A museum for one visitor. It never has more permits than one.

use std::time::Duration;

use selvedge_primitives::BoundedSemaphore;

pub struct Museum {
    permits: BoundedSemaphore,
}

impl Museum {
    pub fn new() -> Self {
        Museum { permits: BoundedSemaphore::new(1) }
    }

    pub fn visit(&self, look: impl FnOnce()) -> bool {
        let is_in = self.permits.acquire_timeout(Duration::from_millis(500));
        if is_in {
            look();
        }
        // One too many is refused.
        let _ = self.permits.release(1);
        is_in
    }
}
