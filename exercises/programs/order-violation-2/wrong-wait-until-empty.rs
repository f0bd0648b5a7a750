//! A diary that a daemon writes. The end waits until the queue is empty.

use std::sync::Arc;

use selvedge_primitives::{Queue, Thread, yield_now};

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
    while !lines.is_empty() {
        yield_now();
    }
}
