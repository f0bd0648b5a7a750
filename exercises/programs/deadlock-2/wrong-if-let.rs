//! A logger with a thread of its own, whose handle is kept with its state.

use std::sync::Arc;

use selvedge::sync::Mutex;
use selvedge::thread::{self, JoinHandle};

#[derive(Default)]
struct State {
    closed: bool,
    lines: u32,
    thread: Option<JoinHandle<()>>,
}

pub struct Logger {
    state: Arc<Mutex<State>>,
}

impl Logger {
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
        state.lock().unwrap().thread = Some(thread);
        Logger { state }
    }

    pub fn lines(&self) -> u32 {
        self.state.lock().unwrap().lines
    }

    pub fn close(&self) {
        self.state.lock().unwrap().closed = true;
        if let Some(thread) = self.state.lock().unwrap().thread.take() {
            thread.join().unwrap();
        }
    }
}
