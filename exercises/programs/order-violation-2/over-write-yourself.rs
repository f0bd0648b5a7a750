//! A diary that nobody else writes.

use std::sync::Arc;

use selvedge_primitives::Thread;

pub fn keep_diary(write: impl Fn() + Send + Sync + 'static, go_on: impl FnOnce()) {
    let writer = Arc::new(Thread::named("Writer", write));
    writer.start().unwrap();
    writer.join().unwrap();
    go_on();
}
