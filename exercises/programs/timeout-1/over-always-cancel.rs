//! An order that is sent after an hour, if nobody holds the parcel back, and somebody does.

use std::sync::Arc;
use std::time::Duration;

use selvedge::sync::atomic::{AtomicBool, Ordering::SeqCst};
use selvedge_primitives::{Event, Timer};

pub struct Order {
    held_back: Arc<AtomicBool>,
    decided: Arc<Event>,
}

impl Order {
    pub fn new(send: impl Fn() + Send + Sync + 'static) -> Self {
        let (held_back, decided) = (Arc::new(AtomicBool::new(false)), Arc::new(Event::new()));
        let timer = Timer::new(Duration::from_secs(3600), {
            let (held_back, decided) = (held_back.clone(), decided.clone());
            move || {
                decided.wait();
                if !held_back.load(SeqCst) {
                    send();
                }
            }
        });
        timer.start().unwrap();
        Order { held_back, decided }
    }

    pub fn cancel(&self) -> bool {
        self.held_back.store(true, SeqCst);
        self.decided.set();
        true
    }
}
