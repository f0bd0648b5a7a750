//! A question, which is a future. One lock is held for all that is done with it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use selvedge::sync::Mutex;

pub struct Question {
    state: Mutex<(Option<u32>, Option<Waker>)>,
}

impl Question {
    pub fn new() -> Self {
        Question { state: Mutex::new((None, None)) }
    }

    pub fn answer(&self, work_out: impl FnOnce() -> u32) {
        let mut state = self.state.lock().unwrap();
        state.0 = Some(work_out());
        if let Some(waker) = state.1.take() {
            waker.wake();
        }
    }
}

impl Future for &Question {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let mut state = self.state.lock().unwrap();
        if let Some(answer) = state.0 {
            return Poll::Ready(answer);
        }
        state.1 = Some(context.waker().clone());
        Poll::Pending
    }
}
