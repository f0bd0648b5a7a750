//! A museum for one visitor. The permit is a guard.

use std::time::Duration;

use selvedge_primitives::Semaphore;

pub struct Museum {
    permits: Semaphore,
}

impl Museum {
    pub fn new() -> Self {
        Museum { permits: Semaphore::new(1) }
    }

    pub fn visit(&self, look: impl FnOnce()) -> bool {
        let permit = self.permits.permit_timeout(Duration::from_millis(500));
        if permit.is_some() {
            look();
        }
        permit.is_some()
    }
}
