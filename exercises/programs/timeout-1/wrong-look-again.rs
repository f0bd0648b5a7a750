//! An order that is sent after an hour. `cancel` looks before it stops the timer, and after.

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
                sent.store(true, SeqCst);
                send();
            }
        });
        timer.start().unwrap();
        Order { sent, timer }
    }

    pub fn cancel(&self) -> bool {
        if self.sent.load(SeqCst) {
            return false;
        }
        let late = self.sent.load(SeqCst);
        self.timer.cancel();
        !late
    }
}
