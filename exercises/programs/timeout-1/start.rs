//! An order that is sent after an hour.

use std::sync::Arc;
use std::time::Duration;

use selvedge::sync::atomic::{AtomicBool, Ordering::SeqCst};
use selvedge_primitives::Timer;

pub struct Order {
    sent: Arc<AtomicBool>,
    timer: Timer,
}

impl Order {
    /// Sends the parcel after an hour.
    pub fn new(send: impl Fn() + Send + Sync + 'static) -> Self {
        let sent = Arc::new(AtomicBool::new(false));
        let timer = Timer::new(Duration::from_secs(3600), {
            let sent = sent.clone();
            move || {
                send();
                sent.store(true, SeqCst);
            }
        });
        timer.start().unwrap();
        Order { sent, timer }
    }

    /// Says whether it came in time: then the parcel is not sent.
    pub fn cancel(&self) -> bool {
        if self.sent.load(SeqCst) {
            return false;
        }
        self.timer.cancel();
        true
    }
}
