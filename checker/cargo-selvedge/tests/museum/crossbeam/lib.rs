//! RUSTSEC-2018-0009: what is taken from a queue is dropped once more when its node is freed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use crossbeam::epoch;
use crossbeam::queue::MsQueue;

static DROPPED: AtomicU32 = AtomicU32::new(0);

struct Counted(#[expect(dead_code, reason = "a value has some size")] u32);

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn one_takes_what_another_pushes() {
    let queue = Arc::new(MsQueue::new());
    let other = queue.clone();
    let pushes = thread::spawn(move || other.push(Counted(1)));
    drop(queue.try_pop());
    pushes.join().unwrap();
    drop(queue.try_pop());
    (0..4).for_each(|_| epoch::pin().flush());
    assert_eq!(DROPPED.load(Ordering::Relaxed), 1);
}
