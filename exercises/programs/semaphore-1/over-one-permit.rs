//! A server that allows one download.

use selvedge_primitives::Semaphore;

pub struct Server {
    permits: Semaphore,
}

impl Server {
    pub fn new() -> Self {
        Server { permits: Semaphore::new(1) }
    }

    pub fn download(&self, transfer: impl FnOnce()) {
        let _permit = self.permits.permit();
        transfer();
    }
}
