//! An order that is sent after an hour. The timer says whether it was stopped in time.

use std::time::Duration;

use selvedge_primitives::Timer;

pub struct Order {
    timer: Timer,
}

impl Order {
    pub fn new(send: impl Fn() + Send + Sync + 'static) -> Self {
        let timer = Timer::new(Duration::from_secs(3600), send);
        timer.start().unwrap();
        Order { timer }
    }

    pub fn cancel(&self) -> bool {
        self.timer.cancel()
    }
}
