//! A logger that is counted once, and closed.

use std::sync::Arc;
use std::time::Duration;

use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};
use selvedge::{outcome, thread};

use super::program::Logger;

/// How far the printing is.
const BEGUN: u32 = 1;
const DONE: u32 = 2;

pub fn check() {
    let printed = Arc::new(AtomicU32::new(0));
    let logger = Logger::new({
        let printed = printed.clone();
        move || {
            printed.store(BEGUN, SeqCst);
            printed.store(DONE, SeqCst);
        }
    });
    let before = printed.load(SeqCst);
    let lines = logger.lines();
    if before == BEGUN && printed.load(SeqCst) == BEGUN {
        outcome("lines are counted while one is printed");
    }
    // By the clock the thread has long ended.
    thread::sleep(Duration::from_millis(50));
    logger.close();
    assert!(lines <= 1, "a line was counted twice");
    assert_eq!(logger.lines(), printed.load(SeqCst) / DONE, "the lines were counted wrongly");
}
