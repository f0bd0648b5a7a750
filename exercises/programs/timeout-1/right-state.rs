//! An order that is sent after an hour. Its state is changed in one step.

use std::sync::Arc;
use std::time::Duration;

use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};
use selvedge_primitives::Timer;

const OPEN: u32 = 0;
const SENT: u32 = 1;
const CANCELLED: u32 = 2;

pub struct Order {
    state: Arc<AtomicU32>,
    timer: Timer,
}

impl Order {
    pub fn new(send: impl Fn() + Send + Sync + 'static) -> Self {
        let state = Arc::new(AtomicU32::new(OPEN));
        let timer = Timer::new(Duration::from_secs(3600), {
            let state = state.clone();
            move || {
                if state.compare_exchange(OPEN, SENT, SeqCst, SeqCst).is_ok() {
                    send();
                }
            }
        });
        timer.start().unwrap();
        Order { state, timer }
    }

    pub fn cancel(&self) -> bool {
        self.timer.cancel();
        self.state.compare_exchange(OPEN, CANCELLED, SeqCst, SeqCst).is_ok()
    }
}
