//! A logger with a thread of its own, which prints under the lock.

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
    pub fn new(print: impl FnOnce() + Send + 'static) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let thread = thread::spawn({
            let state = state.clone();
            move || {
                let mut state = state.lock().unwrap();
                if !state.closed {
                    print();
                    state.lines += 1;
                }
            }
        });
        Logger { state, thread: Mutex::new(Some(thread)) }
    }

    pub fn lines(&self) -> u32 {
        self.state.lock().unwrap().lines
    }

    pub fn close(&self) {
        self.state.lock().unwrap().closed = true;
        let thread = self.thread.lock().unwrap().take();
        if let Some(thread) = thread {
            thread.join().unwrap();
        }
    }
}
