//! A server that allows two downloads at once. The permit lives as long as the download.

use selvedge_primitives::Semaphore;

pub struct Server {
    permits: Semaphore,
}

impl Server {
    pub fn new() -> Self {
        Server { permits: Semaphore::new(2) }
    }

    pub fn download(&self, transfer: impl FnOnce()) {
        let _permit = self.permits.permit();
        transfer();
    }
}
