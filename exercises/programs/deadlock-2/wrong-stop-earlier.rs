//! A logger with a thread of its own. It is told to stop before anything else is locked.

use std::sync::Arc;

use selvedge::sync::Mutex;
use selvedge::sync::atomic::{AtomicBool, Ordering::SeqCst};
use selvedge::thread::{self, JoinHandle};

pub struct Logger {
    closed: Arc<AtomicBool>,
    lines: Arc<Mutex<u32>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Logger {
    pub fn new(print: impl FnOnce() + Send + 'static) -> Self {
        let (closed, lines) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(0)));
        let thread = thread::spawn({
            let (closed, lines) = (closed.clone(), lines.clone());
            move || {
                if !closed.load(SeqCst) {
                    print();
                    *lines.lock().unwrap() += 1;
                }
            }
        });
        Logger { closed, lines, thread: Mutex::new(Some(thread)) }
    }

    pub fn lines(&self) -> u32 {
        *self.lines.lock().unwrap()
    }

    pub fn close(&self) {
        self.closed.store(true, SeqCst);
        let _lines = self.lines.lock().unwrap();
        let thread = self.thread.lock().unwrap().take();
        if let Some(thread) = thread {
            thread.join().unwrap();
        }
    }
}
