//! A diary that a daemon writes. The end waits until each line is done.

use std::sync::Arc;

use selvedge_primitives::{Queue, Thread};

pub fn keep_diary(write: impl Fn() + Send + Sync + 'static, go_on: impl FnOnce()) {
    let lines = Arc::new(Queue::new(0));
    let writer = Thread::named("Writer", {
        let lines = lines.clone();
        move || {
            while let Ok("Dear diary") = lines.get() {
                write();
                lines.task_done().unwrap();
            }
        }
    });
    writer.daemon(true).start().unwrap();
    lines.put("Dear diary").unwrap();
    go_on();
    lines.join();
}
