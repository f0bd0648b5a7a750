//! A server that allows two downloads at once. The permit is taken and given back by hand.

use selvedge_primitives::Semaphore;

pub struct Server {
    permits: Semaphore,
}

impl Server {
    pub fn new() -> Self {
        Server { permits: Semaphore::new(2) }
    }

    pub fn download(&self, transfer: impl FnOnce()) {
        self.permits.acquire();
        self.permits.release(1).unwrap();
        transfer();
    }
}
