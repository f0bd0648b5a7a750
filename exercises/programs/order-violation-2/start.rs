//! A diary that a daemon writes.

use std::sync::Arc;
use std::time::Duration;

use selvedge_primitives::{Queue, Thread, sleep};

/// Hands over a line, and goes on with the day.
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
    sleep(Duration::from_millis(50));
}
