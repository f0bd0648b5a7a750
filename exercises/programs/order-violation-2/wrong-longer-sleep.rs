//! A diary that a daemon writes, in a second at the most.

use std::sync::Arc;
use std::time::Duration;

use selvedge_primitives::{Queue, Thread, sleep};

pub fn keep_diary(write: impl Fn() + Send + Sync + 'static, go_on: impl FnOnce()) {
    let lines = Arc::new(Queue::new(0));
    let writer = Thread::named("Writer", {
        let lines = lines.clone();
        move || {
            while let Ok("Dear diary") = lines.get() {
                write();
            }
        }
    });
    writer.daemon(true).start().unwrap();
    lines.put("Dear diary").unwrap();
    go_on();
    sleep(Duration::from_secs(1));
}
