//! A logger with a thread of its own, and state that needs no lock.

use std::sync::Arc;

use selvedge::sync::Mutex;
use selvedge::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use selvedge::thread::{self, JoinHandle};

pub struct Logger {
    closed: Arc<AtomicBool>,
    lines: Arc<AtomicU32>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Logger {
    pub fn new(print: impl FnOnce() + Send + 'static) -> Self {
        let (closed, lines) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let thread = thread::spawn({
            let (closed, lines) = (closed.clone(), lines.clone());
            move || {
                if !closed.load(SeqCst) {
                    print();
                    lines.fetch_add(1, SeqCst);
                }
            }
        });
        Logger { closed, lines, thread: Mutex::new(Some(thread)) }
    }

    pub fn lines(&self) -> u32 {
        self.lines.load(SeqCst)
    }

    pub fn close(&self) {
        self.closed.store(true, SeqCst);
        let thread = self.thread.lock().unwrap().take();
        if let Some(thread) = thread {
            thread.join().unwrap();
        }
    }
}
