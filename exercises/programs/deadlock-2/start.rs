//! A logger with a thread of its own.

use std::sync::Arc;

use selvedge::sync::Mutex;
use selvedge::thread::{self, JoinHandle};

#[derive(Default)]
struct State {
    closed: bool,
    lines: u32,
}

pub struct Logger {
    state: Arc<Mutex<State>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Logger {
    /// Prints one line, unless it is closed before.
    pub fn new(print: impl FnOnce() + Send + 'static) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let thread = thread::spawn({
            let state = state.clone();
            move || {
                let closed = state.lock().unwrap().closed;
                if !closed {
                    print();
                    state.lock().unwrap().lines += 1;
                }
            }
        });
        Logger { state, thread: Mutex::new(Some(thread)) }
    }

    pub fn lines(&self) -> u32 {
        self.state.lock().unwrap().lines
    }

    /// Tells the thread to stop, and waits for its end.
    pub fn close(&self) {
        let mut state = self.state.lock().unwrap();
        state.closed = true;
        let thread = self.thread.lock().unwrap().take();
        if let Some(thread) = thread {
            thread.join().unwrap();
        }
    }
}
