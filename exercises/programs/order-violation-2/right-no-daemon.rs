//! A diary that a thread writes until there are no more lines.

use std::sync::Arc;

use selvedge_primitives::{Queue, Thread};

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
    writer.start().unwrap();
    lines.put("Dear diary").unwrap();
    lines.shutdown(false);
    go_on();
}
