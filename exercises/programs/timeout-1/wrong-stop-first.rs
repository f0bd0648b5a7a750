//! An order that is sent after an hour. The timer is stopped before anything else.

use std::sync::Arc;
use std::time::Duration;

use selvedge::sync::atomic::{AtomicBool, Ordering::SeqCst};
use selvedge_primitives::Timer;

pub struct Order {
    sent: Arc<AtomicBool>,
    timer: Timer,
}

impl Order {
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

    pub fn cancel(&self) -> bool {
        self.timer.cancel();
        !self.sent.load(SeqCst)
    }
}
